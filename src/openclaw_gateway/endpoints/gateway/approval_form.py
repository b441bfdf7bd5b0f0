"""An approval as the protocol tells it: the record of one that waits, and its end."""

import msgspec

from openclaw_gateway.tools.permission.book import Approval, Decision


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """What is to be allowed. ask, security: the terms of the agent. warning_text: why a person is asked."""

    command: str
    cwd: str
    host: str
    security: str
    ask: str
    agent_id: str
    session_key: str
    resolved_path: str | None
    run_id: str | None
    tool_call_id: str | None
    warning_text: str | None
    allowed_decisions: tuple[str, ...]


class ApprovalRecord(msgspec.Struct, frozen=True, rename="camel"):
    """One approval. Times are ms since the epoch. decision: None while it waits, and when nobody answered in time."""

    id: str
    request: Asked
    created_at_ms: int
    expires_at_ms: int
    decision: Decision | None
    resolved_at_ms: int | None
    resolved_by: str | None


class ApprovalEnd(msgspec.Struct, frozen=True, rename="camel"):
    """How one ended. ts: ms since the epoch."""

    id: str
    decision: Decision | None
    resolved_by: str | None
    ts: int
    request: Asked


class ApprovalAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """What whoever waits for an answer is told."""

    id: str
    decision: Decision | None
    created_at_ms: int
    expires_at_ms: int


def tell_approval(approval: Approval) -> ApprovalRecord:
    """The record."""
    return ApprovalRecord(
        approval.id,
        _tell_question(approval),
        approval.created_at_ms,
        approval.expires_at_ms,
        approval.decision,
        approval.resolved_at_ms,
        approval.resolved_by or None,
    )


def tell_end(approval: Approval) -> ApprovalEnd:
    """How it ended; for one that did."""
    ended_at_ms = approval.resolved_at_ms or approval.expires_at_ms
    return ApprovalEnd(
        approval.id, approval.decision, approval.resolved_by or None, ended_at_ms, _tell_question(approval)
    )


def tell_answer(approval: Approval) -> ApprovalAnswer:
    """The answer."""
    return ApprovalAnswer(approval.id, approval.decision, approval.created_at_ms, approval.expires_at_ms)


def _tell_question(approval: Approval) -> Asked:
    question = approval.question
    return Asked(
        command=question.command,
        cwd=question.cwd,
        host=question.host,
        security=question.security,
        ask=question.ask,
        agent_id=question.agent_id,
        session_key=question.session_key,
        resolved_path=question.resolved_path,
        run_id=question.run_id or None,
        tool_call_id=question.call_id or None,
        warning_text=question.reason or None,
        allowed_decisions=question.decisions,
    )
