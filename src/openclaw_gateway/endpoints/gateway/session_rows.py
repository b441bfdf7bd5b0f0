"""A session as lists, events and answers show it: the stored row, what its runs do now, and its model.

Token counts are those of the latest model call, whose prompt is the context's size. What is not known is left out.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.events import RunFailed
from openclaw_gateway.messages import AssistantMessage, Message, Usage, visible_text
from openclaw_gateway.models.model import Model
from openclaw_gateway.routing.session_key import main_session_key
from openclaw_gateway.runs.in_flight import SessionEnd
from openclaw_gateway.runs.prompt import answer_reserve, least_reserve
from openclaw_gateway.runs.run import Run
from openclaw_gateway.runs.session_desk import name_end
from openclaw_gateway.sessions.directory import SessionRow
from openclaw_gateway.sessions.spend import NANO

MAX_TITLE_CHARS: Final = 60
MAX_PREVIEW_CHARS: Final = 200


class ContextBudget(msgspec.Struct, frozen=True, rename="camel"):
    """How full the window is, by the latest call: the prompt may grow to the budget before the session is summed up."""

    schema_version: int
    source: str
    updated_at: int
    provider: str
    model: str
    should_compact: bool
    estimated_prompt_tokens: int
    context_token_budget: int
    prompt_budget_before_reserve: int
    reserve_tokens: int
    effective_reserve_tokens: int
    remaining_prompt_budget_tokens: int
    overflow_tokens: int
    message_count: int


class ListedSession(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """SessionRow of the published schema, as far as this gateway has it. Times are ms since the epoch."""

    key: str
    kind: str
    agent_id: str
    session_id: str
    is_main: bool
    chat_type: str
    updated_at: int
    last_activity_at: int
    created_at: int
    lifecycle_revision: str
    has_active_run: bool
    archived: bool
    pinned: bool
    unread: bool
    last_interaction_at: int | None = None
    session_started_at: int | None = None
    label: str | None = None
    display_name: str | None = None
    category: str | None = None
    icon: str | None = None
    color: str | None = None
    status_note: str | None = None
    archived_at: int | None = None
    pinned_at: int | None = None
    marked_unread_at: int | None = None
    last_read_at: int | None = None
    derived_title: str | None = None
    last_message_preview: str | None = None
    active_run_ids: tuple[str, ...] = ()
    status: str | None = None
    last_run_id: str | None = None
    last_run_error: str | None = None
    started_at: int | None = None
    ended_at: int | None = None
    runtime_ms: int | None = None
    model_provider: str | None = None
    model: str | None = None
    model_override_source: str | None = None
    thinking_level: str | None = None
    verbose_level: str | None = None
    trace_level: str | None = None
    reasoning_level: str | None = None
    response_usage: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    total_tokens_fresh: bool | None = None
    context_tokens: int | None = None
    context_budget_status: ContextBudget | None = None
    compaction_count: int = 0
    estimated_cost_usd: float | None = None
    created_via: str | None = None
    parent_session_key: str | None = None


class SessionTeller:
    """Tells rows of one moment: the runs in flight are looked through once for all of them."""

    def __init__(self, services: Services, *, with_title: bool = False, with_preview: bool = False) -> None:
        self._services = services
        self._with_title = with_title
        self._with_preview = with_preview
        self._live: Mapping[str, Sequence[Run]] = group_runs(services.runs.live)
        # A run that has said its last word is over, though it is still being put away.
        self._just_ended = {
            run.session_key: SessionEnd(run.id, run.accepted_at_ms, run.log.last)
            for run in services.runs.live
            if run.log.last is not None
        }

    def tell(self, row: SessionRow) -> ListedSession:
        """One row."""
        runs = self._live.get(row.key, ())
        end = self._just_ended.get(row.key) or self._services.runs.last_ends.get(row.key)
        settings, model, usage = row.settings, find_model(self._services, row), usage_of(row)
        ended_at = None if end is None or runs else end.last.ended_at_ms
        listed = ListedSession(
            key=row.key,
            kind=kind_of(row.key),
            agent_id=row.agent_id,
            session_id=row.session_id,
            is_main=row.key == main_session_key(row.agent_id),
            chat_type="group" if kind_of(row.key) == "group" else "direct",
            updated_at=row.updated_at_ms,
            last_activity_at=row.updated_at_ms,
            last_interaction_at=row.updated_at_ms if row.message_count else None,
            created_at=row.created_at_ms,
            session_started_at=settings.reset_at_ms or row.created_at_ms,
            lifecycle_revision=revision_of(row),
            label=settings.label,
            display_name=settings.display_name or settings.label,
            category=settings.category,
            icon=settings.icon,
            color=settings.color,
            status_note=settings.status_note,
            archived=settings.is_archived,
            archived_at=settings.archived_at_ms,
            pinned=settings.pinned_at_ms is not None,
            pinned_at=settings.pinned_at_ms,
            unread=settings.marked_unread_at_ms is not None,
            marked_unread_at=settings.marked_unread_at_ms,
            last_read_at=settings.last_read_at_ms,
            derived_title=clip(_one_line(row.first), MAX_TITLE_CHARS) if self._with_title else None,
            last_message_preview=clip(_one_line(row.last), MAX_PREVIEW_CHARS) if self._with_preview else None,
            has_active_run=any(run.has_started for run in runs),
            active_run_ids=tuple([run.id for run in runs]),
            status=_status_of(row, runs, end),
            last_run_id=runs[-1].id if runs else end.run_id if end else row.last_run_id or None,
            last_run_error=end.last.error.message if end and not runs and isinstance(end.last, RunFailed) else None,
            started_at=runs[0].accepted_at_ms if runs else end.accepted_at_ms if end else None,
            ended_at=ended_at,
            runtime_ms=max(0, ended_at - end.accepted_at_ms) if end and ended_at is not None else None,
            model_provider=model.provider if model else None,
            model=model.id if model else None,
            model_override_source="user" if settings.model else None,
            thinking_level=settings.thinking_level,
            verbose_level=settings.verbose_level,
            trace_level=settings.trace_level,
            reasoning_level=settings.reasoning_level,
            response_usage=settings.response_usage,
            created_via=settings.created_via,
            parent_session_key=settings.parent_session_key,
        )
        return _count(listed, row, usage, model)


def group_runs(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Runs that are not over by session, in the order of their start; not those of ephemeral sessions."""
    grouped: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if not run.order.is_ephemeral and not run.is_done:
            grouped[run.session_key].append(run)
    return grouped


def revision_of(row: SessionRow) -> str:
    """What changes with each reset; the session's own id until the first."""
    return row.settings.lifecycle_revision or row.session_id


def kind_of(key: str) -> str:
    """`group` for the keys of group chats, else `direct`."""
    return "group" if ":group:" in key or ":channel:" in key else "direct"


def find_model(services: Services, row: SessionRow) -> Model | None:
    """The model that the session's next turn asks first; None if its agent or its model is not there any more."""
    prepared = services.prepared
    agent = prepared.agents.get(row.agent_id)
    if agent is None:
        return None
    try:
        return prepared.catalog.candidates(agent.model, row.settings.model, agent.id)[0]
    except GatewayError:  # the next turn will say so; a list just has no model
        return None


def usage_of(row: SessionRow) -> Usage | None:
    """Tokens of the latest model call; nothing in an empty session, None where nobody counted."""
    if not row.message_count:
        return Usage()
    return row.last.usage if isinstance(row.last, AssistantMessage) else None


def _count(listed: ListedSession, row: SessionRow, usage: Usage | None, model: Model | None) -> ListedSession:
    """The row with what is counted of it."""
    return msgspec.structs.replace(
        listed,
        input_tokens=usage.input if usage else None,
        output_tokens=usage.output if usage else None,
        total_tokens=usage.total if usage else None,
        total_tokens_fresh=_is_fresh(row, usage) if usage else None,
        context_tokens=model.context_window if model else None,
        context_budget_status=_tell_budget(row, usage, model) if usage and model and row.message_count else None,
        compaction_count=row.compaction_count,
        estimated_cost_usd=None if row.cost_nano_usd is None else row.cost_nano_usd / NANO,
    )


def _is_fresh(row: SessionRow, usage: Usage) -> bool:
    """Whether the count is that of the context as it is now: counted by the provider, and not summed up since."""
    written_at_ms = row.last.timestamp if row.last is not None else 0
    return not usage.estimated and row.last_compacted_at_ms <= written_at_ms


def _tell_budget(row: SessionRow, usage: Usage, model: Model) -> ContextBudget:
    reserve = max(answer_reserve(model), least_reserve(model))
    budget = max(model.context_window - reserve, 0)
    return ContextBudget(
        schema_version=1,
        source="last-call",
        updated_at=row.updated_at_ms,
        provider=model.provider,
        model=model.id,
        should_compact=usage.total > budget,
        estimated_prompt_tokens=usage.total,
        context_token_budget=model.context_window,
        prompt_budget_before_reserve=budget,
        reserve_tokens=reserve,
        effective_reserve_tokens=reserve,
        remaining_prompt_budget_tokens=max(0, budget - usage.total),
        overflow_tokens=max(0, usage.total - budget),
        message_count=row.message_count,
    )


def clip(text: str | None, max_chars: int) -> str | None:
    """The text within a bound; "" is told as nothing."""
    if not text:
        return None
    return text if len(text) <= max_chars else text[: max_chars - 1] + "\u2026"


def _one_line(message: Message | None) -> str:
    return "" if message is None else " ".join(visible_text(message)[: 4 * MAX_PREVIEW_CHARS].split())


def _status_of(row: SessionRow, runs: Sequence[Run], end: SessionEnd | None) -> str | None:
    if runs:
        return "running" if any(run.has_started for run in runs) else "queued"
    if end is not None:
        return name_end(end.last)
    # Before this start of the gateway: the stored answer says how its run ended.
    if isinstance(row.last, AssistantMessage):
        return {"aborted": "killed", "error": "failed"}.get(row.last.stop_reason, "done")
    return None
