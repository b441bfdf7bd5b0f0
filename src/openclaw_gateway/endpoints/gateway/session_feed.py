"""Tells clients that subscribed what happens to sessions: `sessions.changed`, `session.message`, `.tool`, `.operation`.

Rows are told as they are in memory, at once, so that the order of events is that of what happened.
"""

from openclaw_gateway.auth.scopes import READ
from openclaw_gateway.dialects.gateway.agent_events import AgentEvent
from openclaw_gateway.dialects.gateway.frames import encode_event
from openclaw_gateway.dialects.gateway.history_form import tell_message
from openclaw_gateway.dialects.gateway.silent_reply import is_silent
from openclaw_gateway.endpoints.audience import ALL_SESSIONS, session_topic
from openclaw_gateway.endpoints.gateway.session_rows import SessionTeller
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.events import (
    CompactionFinished,
    CompactionStarted,
    MessageAdded,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
)
from openclaw_gateway.runs.run import Run
from openclaw_gateway.sessions.directory import SessionRow
from openclaw_gateway.sessions.session import Entry

# The capability of clients that are sent everything tools do, whether they watch a session or not.
TOOL_EVENTS = "tool-events"
_EVERY_SESSION = frozenset({ALL_SESSIONS})


class SessionFeed:
    """What runs do to sessions. `before` and `after` stand around what the same event says of the run itself."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def before(self, run: Run, event: RunEvent) -> None:
        """Tell what comes ahead of the run's own events: that it starts."""
        if isinstance(event, RunStarted) and not run.order.is_ephemeral:
            tell_changed(self._services, run.session_key, run_id=run.id, phase="start", reason="agent.run.started")

    def after(self, run: Run, event: RunEvent) -> None:
        """Tell what follows them: a message that was stored, and that the run is over."""
        if run.order.is_ephemeral:
            return
        if isinstance(event, MessageAdded):
            tell_message_added(self._services, run.session_key, Entry(event.entry_id, None, event.message, run.id, 0))
        elif isinstance(event, (CompactionStarted, CompactionFinished)):
            tell_compaction(self._services, run.session_key, run.agent_id, f"{run.id}:compact", event)
        elif isinstance(event, (RunFinished, RunFailed)):
            tell_changed(self._services, run.session_key, run_id=run.id, phase="end", reason="agent.input.settled")

    def tell_tool(self, run: Run, event: AgentEvent) -> None:
        """Tell what a tool does to who watches the session; clients that want all tool events have them already."""
        topics = frozenset({ALL_SESSIONS, session_topic(run.session_key)})
        if run.order.is_ephemeral or not self._services.audience.has_subscriber(topics):
            return
        told = encode_event("session.tool", event, scope=READ, topics=topics, unless_cap=TOOL_EVENTS, is_droppable=True)
        self._services.audience.publish(told)


def tell_compaction(
    services: Services, key: str, agent_id: str, operation_id: str, event: CompactionStarted | CompactionFinished
) -> None:
    """Tell who watches a session that its compaction begins, or how it ended."""
    if isinstance(event, CompactionStarted):
        tell_operation(services, key, agent_id, operation_id)
    else:
        tell_operation(services, key, agent_id, operation_id, completed=event.is_compacted, reason=event.reason)


def tell_operation(
    services: Services, key: str, agent_id: str, operation_id: str, *, completed: bool | None = None, reason: str = ""
) -> None:
    """Tell who watches a session that its compaction begins (completed is None) or is over, and how."""
    topics = frozenset({ALL_SESSIONS, session_topic(key)})
    told: dict[str, object] = {
        "operationId": operation_id,
        "operation": "compact",
        "phase": "start" if completed is None else "end",
        "sessionKey": key,
        "agentId": agent_id,
        "ts": services.now_ms(),
    }
    if completed is not None:
        told["completed"] = completed
    if reason:
        told["reason"] = reason
    services.audience.publish(encode_event("session.operation", told, scope=READ, topics=topics))


def tell_changed(
    services: Services,
    key: str,
    *,
    reason: str | None = None,
    phase: str | None = None,
    run_id: str | None = None,
    row: SessionRow | None = None,
) -> None:
    """A session is not what it was. row: as it is now, where the caller knows; it is in memory during a run."""
    if not services.audience.has_subscriber(_EVERY_SESSION):
        return
    row = row or services.store.directory.find_live(key)
    cause = {"reason": reason, "phase": phase, "runId": run_id}
    told: dict[str, object] = {"sessionKey": key, "ts": services.now_ms()}
    told |= {name: value for name, value in cause.items() if value is not None}
    if row is not None:
        told["agentId"] = row.agent_id
        told["session"] = SessionTeller(services).tell(row)
    services.audience.publish(encode_event("sessions.changed", told, scope=READ, topics=_EVERY_SESSION))


def tell_message_added(services: Services, key: str, entry: Entry) -> None:
    """A message was stored."""
    topics = frozenset({ALL_SESSIONS, session_topic(key)})
    if is_silent(entry.message) or not services.audience.has_subscriber(topics):
        return
    directory = services.store.directory
    row, place = directory.find_live(key), directory.find_place(key, entry.id)
    if row is None or place is None:
        return
    told = {
        "sessionKey": key,
        "agentId": row.agent_id,
        "message": tell_message(entry, place),
        "messageId": str(entry.id),
        "messageSeq": place,
        "session": SessionTeller(services).tell(row),
    }
    services.audience.publish(encode_event("session.message", told, scope=READ, topics=topics))
