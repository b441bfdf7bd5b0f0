"""Session keys: their grammar, and which key a request gets.

A key names one conversation of one agent: `agent:<id>:<rest>`, in lower case. What a caller sends may be short (`main`,
`my-chat`); it is completed with the agent. Source: OpenClaw docs/concepts/session.md and OpenClaw
docs/gateway/openai-http-api.md, "Sessions".

What a client names (a chat, a user) is a name of that client's credential: the keys of the shared secret are those of
the original, all others carry a digest of the credential, so that two credentials never meet in one session.
"""

import re
from typing import Literal

import msgspec

from openclaw_gateway.errors import InvalidRequest

Rung = Literal["session-key", "client-header", "previous-response", "conversation", "user", "ephemeral"]

SESSION_KEY_HEADER = "x-openclaw-session-key"
MAX_KEY_CHARS = 512

_OF_USER = re.compile(r"agent:[^:]+:open(?:ai|responses)-user[@:]")

# Credentials whose derived keys are the original's: there is one of them in each mode.
_OWN_SUBJECTS = frozenset(("shared-secret", "anonymous"))

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
    subject: str,
    explicit: str | None,
    user: str | None,
    fresh_id: str,
    surface: str = "openai",
    explicit_field: str = SESSION_KEY_HEADER,
    chat: str | None = None,
    chat_field: str = "",
) -> ChosenSession:
    """The first that is there: an explicit key, a chat of a known client, the `user` field, a fresh session.

    Blank counts as absent. explicit: what the caller sent, as header or parameter `explicit_field`. chat: the value of
    the header `chat_field`, by which a known client names its chat. fresh_id: unique, and better ordered by time,
    because keys are indexed. surface: "openai" or "openresponses". subject: of the caller's principal. Raises
    InvalidRequest for a key that is hostile, reserved or another agent's.
    """
    if explicit is not None and (key := explicit.strip()):
        return ChosenSession(
            normalise_session_key(key, agent_id=agent_id, field=explicit_field), "session-key", is_ephemeral=False
        )
    if chat is not None and (name := chat.strip()):
        _check_text(name, field=chat_field)
        place = _name_place(f"{surface}-chat", subject)
        return ChosenSession(f"agent:{agent_id.lower()}:{place}:{name.lower()}", "client-header", is_ephemeral=False)
    if user is not None and (name := user.strip()):
        _check_text(name, field="user")
        place = _name_place(f"{surface}-user", subject)
        return ChosenSession(f"agent:{agent_id.lower()}:{place}:{name.lower()}", "user", is_ephemeral=False)
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


def is_named_by_user(key: str) -> bool:
    """Whether a full key was derived from a request's `user`."""
    return _OF_USER.search(key) is not None


def _name_place(kind: str, subject: str) -> str:
    """A kind of key ("openai-user"), for a credential of its own with that credential's digest ("openai-user@3f…")."""
    if subject in _OWN_SUBJECTS:
        return kind
    from hashlib import sha256

    return f"{kind}@{sha256(subject.encode()).hexdigest()[:16]}"


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
    # Measured in the form in which it is kept: some letters are longer in lower case. Hostile ones are not made longer
    # first.
    size = len(text) if len(text) > MAX_KEY_CHARS else len(text.lower())
    if size > MAX_KEY_CHARS:
        raise InvalidRequest(f"`{field}` must be at most {MAX_KEY_CHARS} characters long, got {size}.", param=field)
    # isprintable is false for exactly these: controls, line separators, surrogates, invisible formatting, unassigned
    # code points.
    if not text.isprintable():
        raise InvalidRequest(f"`{field}` must hold printable characters only.", param=field)
