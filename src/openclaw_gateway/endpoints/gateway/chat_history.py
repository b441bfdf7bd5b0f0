"""`chat.history` and `chat.message.get`: what was said in a session, what waits to be, and what is being answered now.

A client that was away asks with the `deltaCursor` of its last answer and gets what came since; when the path it knew is
not the path any more (a reset, another branch) it is told to begin anew.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from openclaw_gateway.dialects.gateway.history_form import DEFAULT_MAX_CHARS, Told, tell_compaction, tell_message
from openclaw_gateway.dialects.gateway.silent_reply import is_silent
from openclaw_gateway.endpoints.gateway.agent_result import collect_texts
from openclaw_gateway.endpoints.gateway.pending_inputs import PendingItem, PendingPage, list_pending, page_pending
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, SessionKeyText, find_address
from openclaw_gateway.endpoints.gateway.session_defaults import SessionDefaults, find_defaults
from openclaw_gateway.endpoints.gateway.session_rows import ListedSession, SessionTeller
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import NotFound
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.runs.run import Run
from openclaw_gateway.sessions.compaction import count_since
from openclaw_gateway.sessions.directory import SessionRow
from openclaw_gateway.sessions.session import Entry, Session

DEFAULT_LIMIT: Final = 200
MAX_LIMIT: Final = 1000
# A page stays well below what clients take in one frame; older messages of it move to the next page.
MAX_PAGE_BYTES: Final = 6 * 1024 * 1024

_measure = msgspec.json.Encoder().encode


class ChatHistoryParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which page: the newest `limit` messages after passing over `offset`, or those since `cursor`, or around one."""

    session_key: SessionKeyText
    agent_id: AgentIdText | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0
    pending_before: Annotated[int, msgspec.Meta(ge=1)] | None = None
    input_run_ids: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=50)] | None = None
    message_id: str | None = None
    session_id: str | None = None
    max_chars: Annotated[int, msgspec.Meta(ge=1, le=500_000)] = DEFAULT_MAX_CHARS


class ChatMessageGetParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """message_id: `__openclaw.id` of a message of the history."""

    session_key: SessionKeyText
    message_id: Annotated[str, msgspec.Meta(min_length=1)]
    agent_id: AgentIdText | None = None
    max_chars: Annotated[int, msgspec.Meta(ge=1, le=2_000_000)] = 2_000_000


class InFlightRun(msgspec.Struct, frozen=True, rename="camel"):
    """The run that is being answered. text: of the current message so far; what follows comes as `chat` events."""

    run_id: str
    text: str
    started_at: int


class InputReceipt(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What became of a message that a client sent: it waits, or it is this entry of the history."""

    run_id: str
    state: Literal["pending", "consumed"]
    consumed_by_event_id: str | None = None


class HistoryPage(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A page of the history."""

    session_key: str
    session_id: str | None
    messages: Sequence[Told]
    delta_cursor: str
    pending_inputs: PendingPage
    total_messages: int
    has_more: bool
    defaults: SessionDefaults
    session_info: ListedSession | None
    next_offset: int | None = None
    in_flight_run: InFlightRun | None = None
    input_receipts: tuple[InputReceipt, ...] | None = None


class HistoryDelta(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What came since a cursor."""

    kind: Literal["delta"]
    messages: Sequence[Told]
    delta_cursor: str
    session_info: ListedSession | None
    pending_inputs: PendingPage
    in_flight_run: InFlightRun | None = None
    input_receipts: tuple[InputReceipt, ...] | None = None


class HistoryReset(msgspec.Struct, frozen=True):
    """The cursor leads nowhere any more: ask for a page."""

    kind: Literal["reset"]


async def chat_history(call: Call[ChatHistoryParams]) -> HistoryPage | HistoryDelta | HistoryReset:
    """Read the session; one that does not exist is an empty history."""
    params, services = call.params, call.services
    address = find_address(services.prepared.index, params.session_key, params.agent_id)
    # Asked first: what leaves this list meanwhile is in the session then, and not in neither.
    left = await services.store.inputs.list_interrupted(address.key)
    session = await services.store.read(address.key)
    pending = list_pending(services, address.key, left)
    if params.session_id is not None and session is not None and session.session_id != params.session_id:
        raise NotFound(f"session {address.key} holds no transcript {params.session_id}")
    if params.cursor is not None:
        return _tell_delta(params, services, session, address.key, pending)
    return _tell_page(params, services, session, address.key, pending)


async def chat_message_get(call: Call[ChatMessageGetParams]) -> dict[str, object]:
    """One message, whole."""
    params, services = call.params, call.services
    address = find_address(services.prepared.index, params.session_key, params.agent_id)
    session = await services.store.read(address.key)
    found = None if session is None else _place_of(session.path, params.message_id)
    if session is None or found is None:
        return {"ok": False, "unavailableReason": "not_found"}
    told = tell_message(session.path[found], found + 1, max_chars=None)
    if len(_measure(told)) > params.max_chars:
        return {"ok": False, "unavailableReason": "oversized"}
    return {"ok": True, "message": told}


# --- Pages ----------------------------------------------------------------------------------------------------------


def _tell_page(
    params: ChatHistoryParams, services: Services, session: Session | None, key: str, pending: list[PendingItem]
) -> HistoryPage:
    path = session.path if session is not None else []
    end = _find_end(params, path)
    messages = _bound([tell_message(path[place], place + 1, max_chars=params.max_chars)
                       for place in range(max(0, end - params.limit), end)])  # fmt: skip
    begin = end - len(messages)
    return HistoryPage(
        session_key=key,
        session_id=session.session_id if session is not None else None,
        messages=_show(messages, range(begin, end), path, session),
        delta_cursor=_cursor_of(session),
        pending_inputs=page_pending(pending, params.pending_before),
        total_messages=len(path),
        has_more=begin > 0,
        next_offset=len(path) - begin if begin > 0 else None,
        defaults=find_defaults(services),
        session_info=_tell_session(services, session),
        in_flight_run=_find_in_flight(services, key),
        input_receipts=_tell_receipts(params, services, path, key, pending),
    )


def _show(messages: Sequence[Told], places: range, path: list[Entry], session: Session | None) -> list[Told]:
    """Without what nobody is shown; where the session was summed up, a mark stands before the message that followed."""
    marks = {made.after_id: made for made in session.compactions} if session is not None else {}
    shown: list[Told] = []
    for place, told in zip(places, messages, strict=True):
        mark = marks.get(path[place - 1].id) if place and marks else None
        if mark is not None:
            shown.append(tell_compaction(mark))
        if not is_silent(path[place].message):
            shown.append(told)
    return shown


def _find_end(params: ChatHistoryParams, path: list[Entry]) -> int:
    """Where the page ends: behind what `offset` passes over, or half a page after the message that is asked for."""
    if params.message_id is None:
        return max(0, len(path) - params.offset)
    place = _place_of(path, params.message_id)
    if place is None:
        raise NotFound(f"no message {params.message_id} in this session")
    return min(len(path), place + 1 + params.limit // 2)


def _bound(messages: list[Told]) -> list[Told]:
    """The newest messages that make one answer; at least one."""
    size = 0
    for count, message in enumerate(reversed(messages)):
        size += len(_measure(message))
        if size > MAX_PAGE_BYTES and count:
            return messages[len(messages) - count :]
    return messages


def _tell_delta(
    params: ChatHistoryParams, services: Services, session: Session | None, key: str, pending: list[PendingItem]
) -> HistoryDelta | HistoryReset:
    known, _, last_id = (params.cursor or "").rpartition(":")
    if session is None or known != _branch_of(session):
        return HistoryReset("reset")
    place = -1 if last_id == "0" else _place_of(session.path, last_id)
    if place is None or len(session.path) - place - 1 > params.limit:
        return HistoryReset("reset")
    new = range(place + 1, len(session.path))
    messages = [tell_message(session.path[at], at + 1, max_chars=params.max_chars) for at in new]
    if len(_bound(messages)) < len(messages):
        return HistoryReset("reset")
    return HistoryDelta(
        kind="delta",
        messages=_show(messages, new, session.path, session),
        delta_cursor=_cursor_of(session),
        session_info=_tell_session(services, session),
        pending_inputs=page_pending(pending, params.pending_before),
        in_flight_run=_find_in_flight(services, key),
        input_receipts=_tell_receipts(params, services, session.path, key, pending),
    )


def _place_of(path: list[Entry], message_id: str) -> int | None:
    """Where in the path an entry stands; ids grow along it, and the newest is asked for most."""
    for place in range(len(path) - 1, -1, -1):
        if str(path[place].id) == message_id:
            return place
    return None


def _branch_of(session: Session) -> str:
    return session.settings.lifecycle_revision or session.session_id


def _cursor_of(session: Session | None) -> str:
    """Names the end of the path: the session's revision and its last entry."""
    if session is None:
        return "none:0"
    return f"{_branch_of(session)}:{session.path[-1].id if session.path else 0}"


# --- What goes on ---------------------------------------------------------------------------------------------------


def _runs_of(services: Services, key: str) -> list[Run]:
    return [run for run in services.runs.live if run.session_key == key]


def _find_in_flight(services: Services, key: str) -> InFlightRun | None:
    for run in _runs_of(services, key):
        if run.has_started:
            texts = collect_texts(run.log.events)
            return InFlightRun(run.id, texts[-1] if texts else "", run.accepted_at_ms)
    return None


def _tell_receipts(
    params: ChatHistoryParams, services: Services, path: list[Entry], key: str, pending: list[PendingItem]
) -> tuple[InputReceipt, ...] | None:
    """What became of the messages of these runs; one that nobody knows is left out."""
    if params.input_run_ids is None:
        return None
    taken = {entry.run_id: str(entry.id) for entry in path if isinstance(entry.message, UserMessage)}
    waiting = {item.run_id for item in pending} | {run.id for run in _runs_of(services, key)}
    receipts = [
        InputReceipt(run_id, "consumed", taken[run_id]) if run_id in taken else InputReceipt(run_id, "pending")
        for run_id in params.input_run_ids
        if run_id in taken or run_id in waiting
    ]
    return tuple(receipts)


def _tell_session(services: Services, session: Session | None) -> ListedSession | None:
    return None if session is None else SessionTeller(services).tell(row_of(session))


def row_of(session: Session) -> SessionRow:
    """A session that was read, as lists have it."""
    path = session.path
    return SessionRow(
        key=session.key,
        agent_id=session.agent_id,
        session_id=session.session_id,
        created_at_ms=session.created_at_ms,
        updated_at_ms=session.updated_at_ms,
        message_count=len(path),
        settings=session.settings,
        last=path[-1].message if path else None,
        last_run_id=path[-1].run_id if path else None,
        first=path[0].message if path else None,
        cost_nano_usd=session.cost_nano_usd,
        compaction_count=count_since([each.at_ms for each in session.compactions], session.settings.reset_at_ms),
        last_compacted_at_ms=session.compactions[-1].at_ms if session.compactions else 0,
    )
