"""What a caller may ask to see beside the answer: the agent's own tools at work, and the model's reasoning.

Off unless asked for by `x-openclaw-events: tools,reasoning` or by `?openclaw_events=tools,reasoning`. Never content.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

import msgspec

from openclaw_gateway.dialects.openai.error_body import replace_surrogates
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.events import ApprovalRequested, ApprovalResolved, ToolFinished, ToolStarted
from openclaw_gateway.json_errors import JSON_ERRORS

EVENTS_HEADER: Final = "x-openclaw-events"
EVENTS_PARAM: Final = "openclaw_events"

MAX_PREVIEW_CHARS: Final = 200
_MAX_VALUE_CHARS: Final = 80
# More than this is not looked through for a preview.
_MAX_READ_CHARS: Final = 64 * 1024
_HIDDEN: Final = "[hidden]"
_SECRET_NAME: Final = re.compile(
    r"(?i)token|passw|passphrase|secret|api_?-?key|private_?-?key|credential|authori[sz]ation|cookie"
)
_SECRET_SHAPE: Final = re.compile(
    r"(?i)(?<=bearer )[^\s\"']{8,}|\b(?:sk|pk|xox[abp]|ghp|github_pat|glpat|AKIA|AIza|eyJ)[-_.A-Za-z0-9]{12,}"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
)


ShownEvent = ToolStarted | ToolFinished | ApprovalRequested | ApprovalResolved


class VisibleWork(msgspec.Struct, frozen=True, gc=False):
    """What is to be shown."""

    tools: bool = False
    reasoning: bool = False


class ToolStep(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A step of one of the agent's own tools. id: of the call. arguments: a short preview.

    phase: "started", "finished"; "asking" and "answered" for one that waits for a person.
    """

    phase: str
    id: str = ""
    name: str = ""
    arguments: str | None = None
    duration_ms: int | None = None
    ok: bool | None = None
    approval_id: str | None = None
    expires_at_ms: int | None = None
    decision: str | None = None


def read_visible_work(headers: Mapping[str, str], query: str) -> VisibleWork | None:
    """What the request asks to see; None for nothing. Raises InvalidRequest for a word that is none."""
    header = headers.get(EVENTS_HEADER)
    if header is None and EVENTS_PARAM not in query:
        return None
    return _parse(header, EVENTS_HEADER) if header is not None else _parse_query(query)


def show_tool(event: ShownEvent) -> ToolStep:
    """The step as it is told. Commands themselves are told to those who may answer."""
    if isinstance(event, ApprovalRequested):
        call_id = replace_surrogates(event.tool_call_id)
        return ToolStep("asking", call_id, approval_id=event.approval_id, expires_at_ms=event.expires_at_ms)
    if isinstance(event, ApprovalResolved):
        return ToolStep("answered", approval_id=event.approval_id, decision=event.decision)
    call_id, name = replace_surrogates(event.id), replace_surrogates(event.name)
    if isinstance(event, ToolStarted):
        return ToolStep("started", call_id, name, arguments=preview_arguments(event.arguments))
    return ToolStep("finished", call_id, name, duration_ms=event.duration_ms, ok=not event.is_error)


def preview_arguments(arguments: str) -> str:
    """The beginning of a call's arguments, for people: values cut short, and what is or looks secret left out."""
    shown = _HIDDEN
    if len(arguments) <= _MAX_READ_CHARS:
        try:
            shown = msgspec.json.encode(_shorten(msgspec.json.decode(arguments))).decode()
        except JSON_ERRORS:
            shown = _hide(replace_surrogates(arguments))
    return shown if len(shown) <= MAX_PREVIEW_CHARS else shown[: MAX_PREVIEW_CHARS - 1] + "…"


def _shorten(value: object) -> object:
    match value:
        case dict():
            return {key: _HIDDEN if _SECRET_NAME.search(key) else _shorten(item) for key, item in value.items()}
        case list():
            return [_shorten(item) for item in value]
        case str():
            text = _hide(value)
            return text if len(text) <= _MAX_VALUE_CHARS else text[: _MAX_VALUE_CHARS - 1] + "…"
        case _:
            return value


def _hide(text: str) -> str:
    return _SECRET_SHAPE.sub(_HIDDEN, text)


def _parse(words: str, param: str) -> VisibleWork | None:
    asked = {word for part in words.split(",") if (word := part.strip())}
    if unknown := asked - {"tools", "reasoning"}:
        raise InvalidRequest(f"{param}: expected tools, reasoning or both, got {min(unknown)[:64]!r}", param=param)
    return VisibleWork("tools" in asked, "reasoning" in asked) if asked else None


def _parse_query(query: str) -> VisibleWork | None:
    return _parse(",".join(parse_qs(query).get(EVENTS_PARAM, ())), EVENTS_PARAM)
