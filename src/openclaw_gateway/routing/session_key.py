"""Session keys: their grammar, and which key a request gets.

A key names one conversation of one agent: `agent:<id>:<rest>`, in lower case. What a caller sends may be short (`main`,
`my-chat`); it is completed with the agent. Source: OpenClaw docs/concepts/session.md and
docs/gateway/openai-http-api.md, "Sessions".

The credential is no part of the key: there is one shared secret today. With more of them the store will be asked for
(subject, key), so that the keys on the wire stay as they are.
"""

from typing import Literal

import msgspec

from openclaw_gateway.errors import InvalidRequest

Rung = Literal["session-key", "user", "ephemeral"]

SESSION_KEY_HEADER = "x-openclaw-session-key"
MAX_KEY_CHARS = 512

# Background work owns these; a caller who could name them would speak in the voice of the gateway (security property
# P12).
RESERVED_NAMESPACES = ("subagent:", "cron:", "acp:", "hook:")


class ChosenSession(msgspec.Struct, frozen=True, gc=False):
    """The session of a request and the rung of the ladder that chose it, echoed in a response header.

    is_ephemeral: nobody can name it again, so it is in no list and expires.
    """

    key: str
    rung: Rung
    is_ephemeral: bool


def derive_session_key(
    agent_id: str,
    *,
    explicit: str | None,
    user: str | None,
    fresh_id: str,
    surface: str = "openai",
    explicit_field: str = SESSION_KEY_HEADER,
) -> ChosenSession:
    """The first that is there: an explicit key, the `user` field, a fresh session. Blank counts as absent.

    explicit: what the caller sent, as header or parameter `explicit_field`. fresh_id: unique, and better ordered by
    time, because keys are indexed. surface: "openai" or "openresponses". Raises InvalidRequest for a key that is
    hostile, reserved or another agent's.
    """
    if explicit is not None and (key := explicit.strip()):
        return ChosenSession(
            normalise_session_key(key, agent_id=agent_id, field=explicit_field), "session-key", is_ephemeral=False
        )
    if user is not None and (name := user.strip()):
        _check_text(name, field="user")
        return ChosenSession(f"agent:{agent_id.lower()}:{surface}-user:{name.lower()}", "user", is_ephemeral=False)
    return ChosenSession(f"agent:{agent_id.lower()}:{surface}:{fresh_id}", "ephemeral", is_ephemeral=True)


def normalise_session_key(text: str, *, agent_id: str, field: str) -> str:
    """A caller's key in full form: "Main" of agent "ops" is "agent:ops:main"; "agent:ops:x" stays as it is.

    Raises InvalidRequest naming the field: not printable or too long, reserved, malformed, or the key of another agent
    than `agent_id`.
    """
    _check_text(text, field=field)
    key = text.strip().lower()
    own_agent = agent_id.lower()
    named_agent, rest = _split(key)
    if not rest or named_agent == "" or (named_agent is not None and rest.startswith("agent:")):
        raise InvalidRequest(f"`{field}` must be a plain key or `agent:<agentId>:<key>`.", param=field)
    if rest.startswith(RESERVED_NAMESPACES):
        raise InvalidRequest(f"`{field}` cannot use reserved internal session namespaces.", param=field)
    if named_agent is None:
        return f"agent:{own_agent}:{key}"
    if named_agent != own_agent:
        raise InvalidRequest(
            f"`{field}` belongs to agent '{named_agent}', but the request chose agent '{own_agent}'."
            " Name the same agent twice, or leave one out.",
            param=field,
        )
    return key


def agent_of_key(key: str) -> str | None:
    """The agent that a key in full form names, in lower case; None for a short key."""
    return _split(key.strip().lower())[0] or None


def main_session_key(agent_id: str) -> str:
    """The key of an agent's main conversation."""
    return f"agent:{agent_id.lower()}:main"


def _split(key: str) -> tuple[str | None, str]:
    """("ops", "x") of "agent:ops:x"; (None, key) of a short key; an empty part is malformed."""
    if not key.startswith("agent:"):
        return None, key
    agent_id, _, rest = key[len("agent:") :].partition(":")
    return agent_id, rest


def _check_text(text: str, *, field: str) -> None:
    """Refuse what would not survive a header, a log line or a file: control characters, NUL, lone surrogates, endless
    text.
    """
    if len(text) > MAX_KEY_CHARS:
        raise InvalidRequest(
            f"`{field}` must be at most {MAX_KEY_CHARS} characters long, got {len(text)}.", param=field
        )
    # isprintable is false for exactly these: controls, line separators, surrogates, invisible formatting, unassigned
    # code points.
    if not text.isprintable():
        raise InvalidRequest(f"`{field}` must hold printable characters only.", param=field)
