"""Which session a request gets."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.routing.session_key import (
    MAX_KEY_CHARS,
    ChosenSession,
    agent_of_key,
    derive_session_key,
    is_named_by_user,
    main_session_key,
    normalise_session_key,
)


def derive(
    explicit: str | None = None, user: str | None = None, agent: str = "main", surface: str = "openai"
) -> ChosenSession:
    return derive_session_key(
        agent, explicit=explicit, user=user, fresh_id="f1", surface=surface, subject="shared-secret"
    )


@pytest.mark.parametrize(
    ("explicit", "user", "expected"),
    [
        pytest.param(None, None, ChosenSession("agent:main:openai:f1", "ephemeral", is_ephemeral=True), id="nothing"),
        pytest.param("", " ", ChosenSession("agent:main:openai:f1", "ephemeral", is_ephemeral=True), id="blank both"),
        pytest.param(
            None, "Alice:1", ChosenSession("agent:main:openai-user:alice:1", "user", is_ephemeral=False), id="user"
        ),
        pytest.param(
            "plainKey", "alice", ChosenSession("agent:main:plainkey", "session-key", is_ephemeral=False), id="key wins"
        ),
        pytest.param(
            "Agent:Main:X:y", None, ChosenSession("agent:main:x:y", "session-key", is_ephemeral=False), id="full key"
        ),
        pytest.param("main", None, ChosenSession("agent:main:main", "session-key", is_ephemeral=False), id="main"),
        pytest.param(
            "schlüssel", None, ChosenSession("agent:main:schlüssel", "session-key", is_ephemeral=False), id="letters"
        ),
    ],
)
def test_ladder(explicit: str | None, user: str | None, expected: ChosenSession) -> None:
    """An explicit key comes first, then the user, then a fresh ephemeral one; keys are complete and in lower case."""
    assert derive(explicit, user) == expected


@pytest.mark.parametrize(
    ("explicit", "chat", "expected"),
    [
        pytest.param(None, "Chat-7", ("agent:main:openai-chat:chat-7", "client-header"), id="chat before user"),
        pytest.param("mine", "chat-7", ("agent:main:mine", "session-key"), id="key before chat"),
        pytest.param(None, " ", ("agent:main:openai-user:ann", "user"), id="blank chat"),
    ],
)
def test_chat_of_a_known_client(explicit: str | None, chat: str, expected: tuple[str, str]) -> None:
    """The header of a known client stands between an explicit key and the user."""
    chosen = derive_session_key(
        "main", explicit=explicit, user="ann", fresh_id="f", chat=chat, chat_field="x-chat", subject="shared-secret"
    )
    assert (chosen.key, chosen.rung) == expected


def test_hostile_chat_is_refused() -> None:
    """What would not survive a header or a log is refused by the header's name."""
    with pytest.raises(InvalidRequest) as refused:
        derive_session_key(
            "main",
            explicit=None,
            user=None,
            fresh_id="f",
            chat="a\u2028b",
            chat_field="x-chat",
            subject="shared-secret",
        )
    assert refused.value.param == "x-chat"


def test_p12_credentials_do_not_share_derived_keys() -> None:
    """The same name under two credentials is two sessions, and no name of one gives a key of the other."""

    def key(subject: str, user: str) -> str:
        return derive_session_key("main", explicit=None, user=user, fresh_id="f", subject=subject).key

    assert key("shared-secret", "ann") == "agent:main:openai-user:ann"
    assert key("device-1", "ann") != key("device-2", "ann")
    assert key("device-1", "ann").startswith("agent:main:openai-user@")
    assert all(is_named_by_user(key(subject, "x")) for subject in ("shared-secret", "device-1"))
    assert not is_named_by_user("agent:main:my-openai-user:x")


def test_surfaces_do_not_share_users() -> None:
    """The same user of the responses endpoint has another session than of the chat endpoint."""
    assert derive(user="bob", surface="openresponses").key == "agent:main:openresponses-user:bob"


@pytest.mark.parametrize("namespace", ["subagent:x", "cron:job", "acp:1", "hook:1", "SubAgent:x"])
@pytest.mark.parametrize("prefix", ["", "agent:main:", " Agent:MAIN:"])
def test_reserved_namespaces_are_refused(prefix: str, namespace: str) -> None:
    """A caller cannot name a session of background work, bare or behind its agent (P12)."""
    with pytest.raises(InvalidRequest) as caught:
        derive(prefix + namespace)
    assert caught.value.message == "`x-openclaw-session-key` cannot use reserved internal session namespaces."
    assert caught.value.param == "x-openclaw-session-key"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("k" * (MAX_KEY_CHARS + 1), id="too long"),
        pytest.param("\u0130" * (MAX_KEY_CHARS // 2 + 1), id="too long in lower case"),
        pytest.param("a\x00b", id="NUL"),
        pytest.param("a\r\nset-cookie: x", id="line break"),
        pytest.param("a\x7fb", id="delete"),
        pytest.param("a\x85b", id="C1 control"),
        pytest.param("a\u2028b", id="line separator"),
        pytest.param("a\ud800b", id="lone surrogate"),
        pytest.param("a\u202eb", id="right-to-left override"),
    ],
)
def test_hostile_text_is_refused(text: str) -> None:
    """What would not survive a header or a log line is refused, naming the field, as key and as user."""
    with pytest.raises(InvalidRequest) as by_key:
        derive(text)
    with pytest.raises(InvalidRequest) as by_user:
        derive(user=text)
    assert (by_key.value.param, by_user.value.param) == ("x-openclaw-session-key", "user")


@pytest.mark.parametrize(
    "text", ["agent:", "agent::x", "agent:main: ", "agent:main:", "agent:main", "agent:main:agent:ops:subagent:1"]
)
def test_malformed_full_keys_are_refused(text: str) -> None:
    """A key that begins like a full one and is none is refused, not completed; nor can one hide inside another."""
    with pytest.raises(InvalidRequest, match="must be a plain key"):
        derive(text)


def test_key_of_another_agent_is_refused() -> None:
    """A key cannot reach into the sessions of an agent that the request did not choose; the error names both."""
    with pytest.raises(InvalidRequest, match=r"agent 'ops'.*agent 'main'"):
        derive("agent:ops:secret")


def complete(text: str) -> str | None:
    """The full form of a key of agent main, None if it is refused."""
    with contextlib.suppress(InvalidRequest):
        return normalise_session_key(text, agent_id="Main", field="sessionKey")
    return None


@given(st.text(min_size=1, max_size=40))
def test_every_key_is_the_agents_own_or_refused(text: str) -> None:
    """Whatever a caller sends, the key is one of the chosen agent, and completing it again changes nothing."""
    key = complete(text)
    assert key is None or (key.startswith("agent:main:") and key.isprintable() and key != "agent:main:")
    assert key is None or (complete(key), agent_of_key(key)) == (key, "main")


def test_main_key_is_what_main_stands_for() -> None:
    """The short key `main` of an agent is its main conversation."""
    assert main_session_key("Ops") == normalise_session_key("Main", agent_id="ops", field="key") == "agent:ops:main"
