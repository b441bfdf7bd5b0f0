"""From entries of the config to models."""

from typing import Any

import pytest
from tests.models.asking import HI, catalog
from tests.upstream import Upstream

from openclaw_gateway.model_errors import ModelAuthFailed, ModelError, ModelNotFound, ModelUnreachable
from openclaw_gateway.models.forms import anthropic_url, openai_url
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.known_providers import KNOWN_PROVIDERS


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://h/v1", "http://h/v1/chat/completions"),
        ("http://h/v1/", "http://h/v1/chat/completions"),
        ("http://h:11434", "http://h:11434/v1/chat/completions"),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions"),
        ("http://h/api/v1beta/openai", "http://h/api/v1beta/openai/chat/completions"),
    ],
)
def test_openai_urls(base: str, url: str) -> None:
    """Base URLs are understood as people write them."""
    assert openai_url(base) == url


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://h", "http://h/v1/messages"),
        ("http://h/", "http://h/v1/messages"),
        ("http://h/v1", "http://h/v1/messages"),
        ("http://h/proxy", "http://h/proxy/v1/messages"),
    ],
)
def test_anthropic_urls(base: str, url: str) -> None:
    """Base URLs are understood as people write them."""
    assert anthropic_url(base) == url


@pytest.mark.parametrize(
    ("provider", "kind", "words"),
    [
        pytest.param({"models": []}, ModelNotFound, r"models\.providers\.p\.baseUrl", id="no address"),
        pytest.param({"baseUrl": "nowhere"}, ModelUnreachable, "must begin with http", id="bad address"),
        pytest.param({"baseUrl": "http://169.254.169.254/v1"}, ModelUnreachable, "metadata", id="metadata address"),
        pytest.param(
            {"baseUrl": "http://h", "api": "google-vertex"}, ModelNotFound, "does not speak", id="unknown api"
        ),
        pytest.param({"baseUrl": "http://h", "headers": {"Host": "x"}}, ModelUnreachable, "Host", id="reserved header"),
        pytest.param(
            {"baseUrl": "http://h", "apiKey": "a\nb"}, ModelUnreachable, "authorization", id="key of two lines"
        ),
        pytest.param(
            {"baseUrl": "http://h", "request": {"proxy": {"url": "socks5://p"}}},
            ModelUnreachable,
            "proxy",
            id="proxy that is none",
        ),
        pytest.param(
            {"api": "scripted", "models": [{"id": "m", "params": {"script": [{"txt": "x"}]}}]},
            ModelNotFound,
            r"params\.script: .*txt",
            id="bad script",
        ),
    ],
)
async def test_a_bad_entry_says_so_when_asked(
    client: HttpClient, provider: dict[str, Any], kind: type[ModelError], words: str
) -> None:
    """What is wrong with an entry is told by its calls, with the key to mend."""
    model = catalog(client, models={"providers": {"p": provider}}).resolve("p/m")
    with pytest.raises(kind, match=words) as caught:
        await model.ask(HI, lambda event: None)
    assert (caught.value.provider, caught.value.model) == ("p", "m")


@pytest.mark.parametrize("provider_id", KNOWN_PROVIDERS)
async def test_known_providers_need_a_key_only(client: HttpClient, provider_id: str) -> None:
    """Without a key the error names the variable; with one the model is there without any config."""
    without = catalog(client).resolve(f"{provider_id}/m")
    with pytest.raises(ModelAuthFailed, match=KNOWN_PROVIDERS[provider_id].key_variable):
        await without.ask(HI, lambda event: None)
    assert type(catalog(client, {provider_id: "dummy"}).resolve(f"{provider_id}/m")).__name__ == "RemoteModel"


async def ask(client: HttpClient, upstream: Upstream, **provider: Any) -> Any:
    """What a provider entry in front of the upstream sends: the request as the server saw it."""
    entry = {"baseUrl": upstream.url, "models": [{"id": "m"}], **provider}
    model = entry["models"][0]["id"]
    await catalog(client, models={"providers": {"p": entry}}).resolve(f"p/{model}").ask(HI, lambda event: None)
    return upstream.requests[-1]


async def test_headers_and_bearer(client: HttpClient, upstream: Upstream) -> None:
    """Headers of provider, request and model are sent, the nearest to the model last."""
    seen = await ask(
        client,
        upstream,
        headers={"X-A": "1", "X-B": "1"},
        request={"headers": {"x-b": "2"}},
        models=[{"id": "m", "headers": {"X-C": "3"}}],
    )
    assert [seen.headers[name] for name in ("x-a", "x-b", "x-c")] == ["1", "2", "3"]
    assert "authorization" not in seen.headers


async def test_refusals_do_not_repeat_secrets(client: HttpClient, upstream: Upstream) -> None:
    """A server that quotes what it was sent does not make us tell keys or headers of the config, at any level."""
    secrets = ["key-of-the-provider", "header-of-the-provider", "header-of-requests", "header-of-the-model"]
    upstream.fail(400, f"cannot take Bearer {' '.join(secrets)}")
    with pytest.raises(ModelError) as refused:
        await ask(
            client,
            upstream,
            apiKey=secrets[0],
            headers={"x-a": f"Bearer {secrets[1]}"},
            request={"headers": {"x-b": secrets[2]}},
            models=[{"id": "m", "headers": {"x-c": secrets[3]}}],
        )
    assert "cannot take" in refused.value.message
    assert not [secret for secret in secrets if secret in refused.value.message]


async def test_params_become_fields(client: HttpClient, upstream: Upstream) -> None:
    """Sampling params and extraBody of the entry are sent where the caller is silent; others are not sent."""
    params = {"temperature": 0.25, "topP": 0.5, "maxTokens": 9, "extraBody": {"top_k": 3}, "cacheRetention": "long"}
    body = (await ask(client, upstream, models=[{"id": "m", "params": params}])).json
    assert (body["temperature"], body["top_p"], body["max_tokens"], body["top_k"]) == (0.25, 0.5, 9, 3)
    assert "cacheRetention" not in body


async def test_compat_flags(client: HttpClient, upstream: Upstream) -> None:
    """An entry's compat decides what its server is sent."""
    compat = {
        "supportsDeveloperRole": True,
        "supportsUsageInStreaming": False,
        "maxTokensField": "max_completion_tokens",
    }
    body = (await ask(client, upstream, models=[{"id": "m", "maxTokens": 5, "compat": compat}])).json
    assert body["messages"][0]["role"] == "developer"
    assert "stream_options" not in body
    assert body["max_completion_tokens"] == 5


@pytest.mark.parametrize(
    ("model", "compat", "is_marked"),
    [
        pytest.param("claude-sonnet-4-5", {}, True, id="claude, also behind another gateway"),
        pytest.param("claude-sonnet-4-5", {"supportsPromptCache": False}, False, id="turned off"),
        pytest.param("tiny", {}, False, id="another model behind that API"),
        pytest.param("tiny", {"supportsPromptCache": True}, True, id="turned on"),
    ],
)
async def test_messages_mark_the_stable_part_for_the_cache(
    client: HttpClient, upstream: Upstream, model: str, compat: dict[str, bool], *, is_marked: bool
) -> None:
    """Claude is told what stays the same, wherever it is asked; servers of other models may fail on the mark."""
    models = [{"id": model, "compat": compat}]
    entry = {"baseUrl": upstream.anthropic_url, "api": "anthropic-messages", "models": models}
    seen = (await ask(client, upstream, **entry)).json
    assert ("cache_control" in str(seen["system"])) is is_marked
