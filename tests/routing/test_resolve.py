"""Which agent answers."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.dialects.openai.model_list import encode_model_list
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.routing.resolve import AgentIndex, choose_default, resolve_agent

INDEX = AgentIndex(("main", "Ops"), "main")


@pytest.mark.parametrize(
    ("ids", "owner", "expected"),
    [
        pytest.param(("a", "b", "main"), "b", "b", id="owner"),
        pytest.param(("a", "B"), "b", "B", id="owner in another case"),
        pytest.param(("solo",), None, "solo", id="the only one"),
        pytest.param(("a", "main"), None, "main", id="main"),
        pytest.param(("a", "main"), "gone", "main", id="owner unknown"),
        pytest.param((), None, "main", id="implicit main"),
        pytest.param(("a", "b"), None, None, id="nobody"),
    ],
)
def test_default(ids: tuple[str, ...], owner: str | None, expected: str | None) -> None:
    """The default is the configured owner, else the only agent, else main."""
    assert choose_default(ids, owner) == expected


@pytest.mark.parametrize(
    ("model", "header", "expected"),
    [
        pytest.param(None, None, "main", id="nothing"),
        pytest.param("openclaw", None, "main", id="plain"),
        pytest.param("openclaw/default", None, "main", id="default"),
        pytest.param(" ", None, "main", id="blank"),
        pytest.param("openclaw/ops", None, "Ops", id="slash"),
        pytest.param("openclaw:ops", None, "Ops", id="colon"),
        pytest.param("agent:OPS", None, "Ops", id="agent, case"),
        pytest.param(" OpenClaw/Ops ", None, "Ops", id="spaces, case"),
        pytest.param("openclaw", "ops", "Ops", id="header"),
        pytest.param("openclaw/main", " OPS ", "Ops", id="header before model"),
        pytest.param("openclaw/ops", "", "Ops", id="blank header"),
    ],
)
def test_agent_is_found(model: str | None, header: str | None, expected: str) -> None:
    """All spellings of an agent lead to it, without regard to case; the header comes before the model."""
    assert resolve_agent(model, header, INDEX) == expected


@pytest.mark.parametrize(
    ("model", "header", "message", "param"),
    [
        pytest.param("openclaw/x", None, "Unknown agent 'x'.", "model", id="unknown"),
        pytest.param("agent:x", None, "Unknown agent 'x'.", "model", id="unknown, agent form"),
        pytest.param(
            "gpt-4o", None, "Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.", "model", id="another model"
        ),
        pytest.param(
            "openclaw/../x", None, "Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.", "model", id="path"
        ),
        pytest.param("openclaw", "x", "Unknown agent 'x'.", "x-openclaw-agent-id", id="unknown in header"),
        pytest.param(
            None,
            "a\x00b",
            "`x-openclaw-agent-id` must name an agent by 1 to 64 letters, digits, `-` or `_`.",
            "x-openclaw-agent-id",
            id="hostile header",
        ),
        pytest.param(
            "gpt-4o",
            "ops",
            "Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.",
            "model",
            id="header is no excuse",
        ),
    ],
)
def test_agent_is_refused(model: str | None, header: str | None, message: str, param: str) -> None:
    """An unknown agent and a string that names none are told apart, with the field at fault."""
    with pytest.raises(InvalidRequest) as caught:
        resolve_agent(model, header, INDEX)
    assert (caught.value.message, caught.value.param) == (message, param)


def test_listed_names_are_accepted() -> None:
    """Every name that the list of models shows is accepted as `model`."""
    names = [row["id"] for row in msgspec.json.decode(encode_model_list(INDEX.ids))["data"]]
    assert names == ["openclaw", "openclaw/default", "openclaw/main", "openclaw/Ops"]
    assert [resolve_agent(name, None, INDEX) for name in names] == ["main", "main", "main", "Ops"]


def test_full_session_key_chooses_before_the_default() -> None:
    """A full session key chooses its agent when nothing else does, but not against what the request chose."""
    assert resolve_agent(None, None, INDEX, session_key="agent:ops:x") == "Ops"
    assert resolve_agent("openclaw", None, INDEX, session_key="Agent:OPS:x") == "Ops"
    assert resolve_agent("openclaw/main", None, INDEX, session_key="agent:ops:x") == "main"
    assert resolve_agent(None, None, INDEX, session_key="plain") == "main"
    with pytest.raises(InvalidRequest) as caught:
        resolve_agent(None, None, INDEX, session_key="agent:x:y")
    assert caught.value.param == "x-openclaw-session-key"


def test_without_a_default_the_caller_must_choose() -> None:
    """Several agents without owner and without main: the error tells how to choose one."""
    index = AgentIndex(("a", "b"), None)
    assert resolve_agent("openclaw/b", None, index) == "b"
    with pytest.raises(InvalidRequest, match="openclaw/a") as caught:
        resolve_agent("openclaw", None, index)
    assert caught.value.param == "model"


@given(st.text(max_size=80), st.none() | st.text(max_size=80), st.none() | st.text(max_size=80))
def test_any_text_is_an_agent_or_a_refusal(model: str, header: str | None, key: str | None) -> None:
    """No text makes anything but a configured agent or a refusal that can be printed."""
    assert name_or_refusal(model, header, key) in {*INDEX.ids, True}


def name_or_refusal(model: str, header: str | None, key: str | None) -> str | bool:
    """The agent, or whether the refusal is printable and names its field."""
    try:
        return resolve_agent(model, header, INDEX, session_key=key)
    except InvalidRequest as error:
        fields = {"model", "x-openclaw-agent-id", "x-openclaw-session-key"}
        return error.message.isprintable() and error.param in fields
