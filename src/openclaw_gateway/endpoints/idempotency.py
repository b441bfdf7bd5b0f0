"""What a request's headers ask of its delivery, and when two requests are the same one."""

import asyncio
import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from openclaw_gateway.auth.authenticate import SCOPES_HEADER
from openclaw_gateway.dialects.openai.visible_work import EVENTS_HEADER
from openclaw_gateway.endpoints.exchange import HttpRequest, StreamPlace
from openclaw_gateway.errors import Conflict, GatewayError, InvalidRequest
from openclaw_gateway.events import RunEvent, RunFailed, TextDelta, ToolCallStarted, ToolStarted
from openclaw_gateway.runs.event_log import EventLog

IDEMPOTENCY_KEY = "idempotency-key"
LAST_EVENT_ID = "last-event-id"
ON_DISCONNECT = "x-openclaw-on-disconnect"
# OpenAI's SDKs count their own attempts here, from 0.
RETRY_COUNT = "x-stainless-retry-count"

MAX_KEY_CHARS = 255
MAX_EVENT_ID_CHARS = 300
_MAX_RETRY_COUNT = 100

# Bodies above this are digested on a thread: this much takes a millisecond.
_LARGE_BODY_BYTES = 1024 * 1024
# Headers of ours and of chat UIs decide on agent, session and model, so they belong to what is asked; not these.
_ASKING_PREFIX = "x-open"
_NOT_ASKING = frozenset({ON_DISCONNECT, EVENTS_HEADER, SCOPES_HEADER})
# Codes of runs whose own end was lost: the gateway ended first, or their events were too much to keep.
_CUT_SHORT = frozenset(("run_interrupted", "events_not_kept"))

Policy = Literal["cancel", "continue"]


def read_key(headers: Mapping[str, str]) -> str | None:
    """The idempotency key, None without one. Raises InvalidRequest for an empty, long or unprintable one."""
    key = headers.get(IDEMPOTENCY_KEY)
    return None if key is None else check_key(key, "Idempotency-Key")


def check_key(key: str, place: str) -> str:
    """The key, if it is one; else raises InvalidRequest naming the place that it came from."""
    if not (0 < len(key) <= MAX_KEY_CHARS and key.isprintable()):
        raise InvalidRequest(
            f"{place}: expected 1 to {MAX_KEY_CHARS} printable characters, got {len(key)} characters", param=place
        )
    return key


def key_reused() -> Conflict:
    """The error for a key that came with another request before."""
    return Conflict(
        "Idempotency-Key: this key came with another request before; use a new key for each request",
        param="Idempotency-Key",
        code="idempotency_key_reused",
    )


def read_policy(headers: Mapping[str, str]) -> Policy | None:
    """What is to become of the run when its client leaves; None if the request does not say."""
    match headers.get(ON_DISCONNECT):
        case None:
            return None
        case "cancel":
            return "cancel"
        case "continue":
            return "continue"
        case other:
            raise InvalidRequest(
                f"{ON_DISCONNECT}: expected cancel or continue, got {other[:64]!r}", param=ON_DISCONNECT
            )


def read_event_id(event_id: str) -> tuple[str, StreamPlace]:
    """The run and the place in it that an event's `id` names. Raises InvalidRequest for one that is not ours."""
    run_id, _, place = event_id.rpartition(":")
    number, dot, part = place.partition(".")
    if not run_id or len(event_id) > MAX_EVENT_ID_CHARS or not _is_number(number) or (dot and not _is_number(part)):
        raise InvalidRequest(
            f"Last-Event-ID: expected the id of an event of this gateway, as in <run>:12, got {event_id[:100]!r}",
            param="Last-Event-ID",
        )
    return run_id, StreamPlace(int(number), int(part) if dot else None)


def refuse_beyond_end(place: StreamPlace, log: EventLog) -> None:
    """Raise InvalidRequest for a place behind the last event of a run that is over."""
    if log.last is not None and place.number >= len(log.events) and not is_cut_short(log):
        message = f"Last-Event-ID: the run ended with event {len(log.events) - 1}, got {place.number}"
        raise InvalidRequest(message, param="Last-Event-ID")


def is_cut_short(log: EventLog) -> bool:
    """Whether the end of the run was not written down, so that a client may have seen more than is kept."""
    return isinstance(log.last, RunFailed) and log.last.error.code in _CUT_SHORT


def read_retry_count(headers: Mapping[str, str]) -> int:
    """How many attempts of its request an SDK made before this one; 0 if it does not say."""
    count = headers.get(RETRY_COUNT, "")
    return min(int(count), _MAX_RETRY_COUNT) if _is_number(count) else 0


async def digest_request(request: HttpRequest, session_headers: Collection[str] = ()) -> bytes:
    """What two requests to one path have in common when they ask for the same.

    session_headers: `gateway.http.sessionHeaders`, where they choose the session.
    """
    if len(request.body) > _LARGE_BODY_BYTES:
        return await asyncio.to_thread(digest_body, request.headers, request.body, session_headers)
    return digest_body(request.headers, request.body, session_headers)


def digest_body(headers: Mapping[str, str], body: bytes, session_headers: Collection[str] = ()) -> bytes:
    """SHA-256 of the body and of the headers that say what is asked for."""
    digest = hashlib.sha256()
    for name in sorted(headers):
        if (name.startswith(_ASKING_PREFIX) and name not in _NOT_ASKING) or name in session_headers:
            digest.update(f"{name}:{headers[name]}\n".encode("utf-8", "surrogateescape"))
    digest.update(b"\n")
    digest.update(body)
    return digest.digest()


def may_run_again(log: EventLog, *, was_shown: bool, was_abandoned: bool) -> bool:
    """Whether the same request may be tried again, because nothing came of the run of this log.

    was_shown: text went out as it came. was_abandoned: the run was ended because nobody came back for it.
    """
    last = log.last
    if not isinstance(last, RunFailed):
        return False
    if was_abandoned:
        return not any(isinstance(event, ToolStarted) for event in log.events)
    return is_worth_another_try(last.error, log.events, was_shown=was_shown)


def is_worth_another_try(error: GatewayError, events: Iterable[RunEvent], *, was_shown: bool) -> bool:
    """Whether a run that failed may be done again under its key, because nothing came of it.

    That is so for 429 and 5xx, unless a tool of the agent began to run, or text of it went out in a stream already.
    """
    if error.status != 429 and error.status < 500:
        return False
    effects = (ToolStarted, TextDelta, ToolCallStarted) if was_shown else (ToolStarted,)
    return not any(isinstance(event, effects) for event in events)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
