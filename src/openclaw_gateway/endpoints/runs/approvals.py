"""`/v1/runs/{id}/approvals`: which commands of a run wait for a person, and the person's answer.

The run has to be the caller's own, and the caller needs the scope to approve: who starts runs may not allow what they
do by that alone.
"""

from openclaw_gateway.dialects.openai.run_approvals import (
    ApprovalObject,
    encode_approval,
    encode_approvals,
    plain,
    read_decision,
)
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import NotFound
from openclaw_gateway.tools.permission.book import Approval


class RunApprovals:
    """The endpoints over one gateway. Each raises NotFound for a run that is not there or somebody else's."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_all(self, request: HttpRequest) -> HttpReply:
        """What the run has asked for, as far as it is kept."""
        run_id = await self._find_run(request)
        approvals = self._services.gate.book.of_run(run_id)
        return HttpReply(200, encode_approvals([_tell(approval) for approval in approvals]))

    async def resolve(self, request: HttpRequest) -> HttpReply:
        """Answer one. Raises Conflict for one that was answered."""
        run_id = await self._find_run(request)
        book = self._services.gate.book
        approval = book.find(request.path_params["approval_id"])
        if approval.question.run_id != run_id:
            raise NotFound("unknown or expired approval id")
        book.resolve(approval.id, read_decision(request.body), request.principal.name_for_record)
        return HttpReply(200, encode_approval(_tell(approval)))

    async def _find_run(self, request: HttpRequest) -> str:
        run = await self._services.kept_runs.find(request.path_params["id"], request.principal.subject)
        return run.id


def _tell(approval: Approval) -> ApprovalObject:
    question = approval.question
    return ApprovalObject(
        id=approval.id,
        status="pending" if approval.is_pending else "resolved",
        command=plain(question.command),
        cwd=plain(question.cwd),
        agent_id=question.agent_id,
        session_key=plain(question.session_key),
        tool_call_id=plain(question.call_id),
        reason=plain(question.reason),
        allowed_decisions=question.decisions,
        decision=approval.decision,
        created_at_ms=approval.created_at_ms,
        expires_at_ms=approval.expires_at_ms,
        resolved_at_ms=approval.resolved_at_ms,
    )
