"""Which agent answers: the `model` of the request, the agent header, the session key, or the default.

Source: OpenClaw docs/gateway/openai-http-api.md, "Agent-first model contract".
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.routing.session_key import SESSION_KEY_HEADER, agent_of_key

AGENT_HEADER = "x-openclaw-agent-id"
IMPLICIT_AGENT = "main"

_AGENT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MODEL = re.compile(rf"(?:openclaw[/:]|agent:)({_AGENT_ID.pattern})")


@dataclass(frozen=True, slots=True)
class AgentIndex:
    """The configured agents, prepared once per configuration. Agent ids are compared without case.

    ids: as configured, in that order. default_id: see `choose_default`. by_id and by_model map every accepted spelling,
    in lower case, to the id as configured; the default agent's spellings map to None, as they choose nothing.
    """

    ids: tuple[str, ...]
    default_id: str | None
    by_id: dict[str, str] = field(init=False, repr=False)
    by_model: dict[str, str | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_id = {agent_id.lower(): agent_id for agent_id in self.ids}
        by_model: dict[str, str | None] = {
            f"{prefix}{lower}": agent_id
            for lower, agent_id in by_id.items()
            for prefix in ("openclaw/", "openclaw:", "agent:")
        }
        by_model |= {"openclaw": None, "openclaw/default": None}
        object.__setattr__(self, "by_id", by_id)
        object.__setattr__(self, "by_model", by_model)


def choose_default(ids: Collection[str], system_agent_id: str | None) -> str | None:
    """The configured owner, else the only agent, else `main`; None when several agents have neither, so a request must
    name one.

    The original refuses as soon as there are several without an owner; we do not where `main` exists. No ids: the
    implicit `main`.
    """
    by_lower = {agent_id.lower(): agent_id for agent_id in ids} or {IMPLICIT_AGENT: IMPLICIT_AGENT}
    if system_agent_id is not None and (owner := by_lower.get(system_agent_id.lower())):
        return owner
    if len(by_lower) == 1:
        return next(iter(by_lower.values()))
    return by_lower.get(IMPLICIT_AGENT)


def resolve_agent(model: str | None, header: str | None, index: AgentIndex, *, session_key: str | None = None) -> str:
    """The configured id of the agent that a request chose: by header, else by `model`, else by a full session key, else
    the default.

    A blank header, key or model chooses nothing. Raises InvalidRequest whose param is "model" or the header at fault.
    """
    chosen = _by_model(model, index) if model is not None else None
    if header is not None and (text := header.strip()):
        chosen = _known(text.lower(), index, param=AGENT_HEADER)
    if chosen is None and session_key is not None and (named := agent_of_key(session_key)):
        chosen = _known(named, index, param=SESSION_KEY_HEADER)
    if chosen is None:
        chosen = index.default_id
    if chosen is None:
        raise InvalidRequest(
            "Several agents are configured and none is the default: choose one by `model`, as in"
            f" `openclaw/{index.ids[0]}`, or set `agents.defaults.systemAgent.agentId`.",
            param="model",
        )
    return chosen


def _by_model(model: str, index: AgentIndex) -> str | None:
    if model in index.by_model:
        return index.by_model[model]
    name = model.strip().lower()
    if not name or name in index.by_model:
        return index.by_model.get(name)
    if match := _MODEL.fullmatch(name):
        raise _unknown(match[1], param="model")
    raise InvalidRequest("Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.", param="model")


def _known(agent_id: str, index: AgentIndex, *, param: str) -> str:
    known = index.by_id.get(agent_id)
    if known is not None:
        return known
    if _AGENT_ID.fullmatch(agent_id) is None:
        raise InvalidRequest(f"`{param}` must name an agent by 1 to 64 letters, digits, `-` or `_`.", param=param)
    raise _unknown(agent_id, param=param)


def _unknown(agent_id: str, *, param: str) -> InvalidRequest:
    return InvalidRequest(f"Unknown agent '{agent_id}'.", param=param)


def agent_index(ids: Iterable[str], system_agent_id: str | None) -> AgentIndex:
    """The index of a configuration; no ids: the implicit agent `main`."""
    known = tuple(ids) or (IMPLICIT_AGENT,)
    return AgentIndex(known, choose_default(known, system_agent_id))
