"""Finding a model for a first start."""

import pytest
from tests.upstream import Raw, Upstream, Verbatim

from openclaw_gateway.models.discovery import DEMO, LocalServer, discover, find_keys, find_local


def server(upstream: Upstream, name: str = "ollama") -> LocalServer:
    return LocalServer(name, name.title(), upstream.port)


@pytest.mark.parametrize(
    ("variables", "ref"),
    [
        ({"OPENAI_API_KEY": "x", "GEMINI_API_KEY": "y"}, "openai/"),
        ({"ANTHROPIC_API_KEY": "x", "OPENROUTER_API_KEY": "y"}, "anthropic/"),
        ({"OPENROUTER_API_KEY": "x"}, "openrouter/"),
        ({"OPENAI_API_KEY": " ", "GEMINI_API_KEY": "y"}, "gemini/"),
    ],
)
async def test_a_key_comes_first(upstream: Upstream, variables: dict[str, str], ref: str) -> None:
    """The first key decides, before any server, and its value is not shown."""
    found = await discover(variables, local_servers=(server(upstream),))
    assert found.ref.startswith(ref)
    assert "x" not in found.description.split("(")[1].replace("is set", "").split("_")[0]
    assert not upstream.requests


async def test_a_local_server_comes_next() -> None:
    """A server that lists a model is used; one for embeddings only is not."""
    async with Upstream(models=("nomic-embed-text", "llama3:8b")) as upstream, Upstream(models=("embed",)) as other:
        found = await discover({}, local_servers=(server(other, "first"), server(upstream, "second")))
        assert found.ref == "second/llama3:8b"
        assert found.provider == {
            "baseUrl": upstream.url,
            "api": "openai-completions",
            "models": [{"id": "llama3:8b"}],
        }
        assert str(upstream.port) in found.description


async def test_nothing_is_the_demo(upstream: Upstream) -> None:
    """Without key and server the demo serves, and says what to set."""
    await upstream.close_door()
    found = await discover({}, local_servers=(server(upstream),))
    assert found is DEMO
    assert "OPENAI_API_KEY" in found.description


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Verbatim(b"SSH-2.0-OpenSSH\r\n"), id="not HTTP"),
        pytest.param(Verbatim(b""), id="closed"),
        pytest.param(Verbatim(b"HTTP/1.0 200 OK\r\n\r\n"), id="silent body"),
        pytest.param(Raw(404, {}, (b"{}",)), id="404"),
        pytest.param(Raw(200, {}, (b"<html>",)), id="another site"),
        pytest.param(Raw(200, {}, (b'{"data":[]}',)), id="no models"),
        pytest.param(Raw(200, {}, (b"[" * 100_000,)), id="deep"),
        pytest.param(Raw(200, {}, (b"x" * 65536,), repeat_last=1 << 20), id="endless"),
    ],
)
async def test_other_servers_on_the_port_do_no_harm(upstream: Upstream, answer: Raw | Verbatim) -> None:
    """Whatever else listens there is passed over in time."""
    upstream.plan_for_get(answer)
    assert await discover({}, local_servers=(server(upstream),), probe_s=0.2) is DEMO


async def test_all_that_is_at_hand_is_found() -> None:
    """Who wants to choose sees each provider with a key, and each model of each server, in order, but no odd names."""
    variables = {"GEMINI_API_KEY": "x", "OPENAI_API_KEY": "y"}
    assert [found.provider_id for found in find_keys(variables)] == ["openai", "gemini"]
    odd = ("embed", "\x1b[2J", "x" * 300, "")
    async with Upstream(models=("b", *odd, "a")) as upstream, Upstream(models=("c",)) as other:
        found = await find_local(local_servers=(server(upstream, "first"), server(other, "second")))
    assert [one.ref for one in found] == ["first/b", "first/a", "second/c"]
