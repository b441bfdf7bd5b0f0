"""`exec.approval.*`: commands that wait for a person. `exec.approvals.*`: the file of what is allowed for good."""

import asyncio
from typing import Annotated, Final

import msgspec

from openclaw_gateway.endpoints.gateway.approval_form import (
    ApprovalAnswer,
    ApprovalRecord,
    tell_answer,
    tell_approval,
)
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, choose_agent
from openclaw_gateway.endpoints.gateway.sessions_subscribe import NoParams
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.tools.permission.approvals_file import Snapshot
from openclaw_gateway.tools.permission.book import Question
from openclaw_gateway.tools.permission.gate import MAX_COMMAND_CHARS

DEFAULT_TIMEOUT_MS: Final = 120_000
MAX_TIMEOUT_MS: Final = 30 * 60_000

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
_Text = Annotated[str, msgspec.Meta(max_length=MAX_COMMAND_CHARS)]
# What is kept of questions is kept a while after the answer, so a client may not make it large.
_Word = Annotated[str, msgspec.Meta(max_length=4096)]


class ApprovalIdParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which approval."""

    id: _Id


class ApprovalRequestParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What a client asks people about. It is shown as it came, and nothing is run for it here.

    two_phase: answer once when it waits, and again when it was answered.
    """

    command: _Text | None = None
    command_argv: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=1_000)] | None = None
    cwd: _Word | None = None
    host: _Word | None = None
    security: _Word | None = None
    ask: _Word | None = None
    agent_id: AgentIdText | None = None
    session_key: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    resolved_path: _Word | None = None
    env: dict[str, str] | None = None
    timeout_ms: Annotated[int, msgspec.Meta(ge=1)] = DEFAULT_TIMEOUT_MS
    two_phase: bool = False
    id: _Id | None = None
    node_id: str | None = None
    system_run_plan: msgspec.Raw | None = None


class ApprovalResolveParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """An answer. reviewer and grant_expires_in_days are of channels and grants that do not exist here."""

    id: _Id
    decision: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    reviewer: dict[str, str] | None = None
    grant_expires_in_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None


class ExecApprovalsSetParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The whole new file, and the hash of the one that it replaces."""

    file: dict[str, object]
    base_hash: str | None = None


async def exec_approval_request(call: Call[ApprovalRequestParams]) -> ApprovalAnswer:
    """Ask people, and answer when one has decided or the time is over."""
    params, services = call.params, call.services
    command = params.command if params.command is not None else " ".join(params.command_argv or ())
    if not command.strip():
        raise InvalidRequest("command is required")
    if len(command) > MAX_COMMAND_CHARS:
        raise InvalidRequest(f"commandArgv: at most {MAX_COMMAND_CHARS} characters together", param="commandArgv")
    question = Question(
        command=command,
        cwd=params.cwd or "",
        agent_id=choose_agent(services.prepared.index, params.agent_id),
        session_key=params.session_key or "",
        host=params.host or "gateway",
        security=params.security or "allowlist",
        ask=params.ask or "on-miss",
        resolved_path=params.resolved_path,
        reason="asked by a client",
    )
    book = services.gate.book
    approval = book.open(question, min(params.timeout_ms, MAX_TIMEOUT_MS) / 1000, params.id)
    if params.two_phase:
        call.answer_early(
            {
                "status": "accepted",
                "id": approval.id,
                "createdAtMs": approval.created_at_ms,
                "expiresAtMs": approval.expires_at_ms,
            }
        )
    await book.wait(approval)
    return tell_answer(approval)


async def exec_approval_wait(call: Call[ApprovalIdParams]) -> ApprovalAnswer:
    """Answer when the approval was decided or its time is over."""
    book = call.services.gate.book
    approval = book.find(call.params.id)
    await book.wait(approval)
    return tell_answer(approval)


async def exec_approval_get(call: Call[ApprovalIdParams]) -> ApprovalRecord:
    """One that waits, or was decided a while ago."""
    return tell_approval(call.services.gate.book.find(call.params.id))


async def exec_approval_list(call: Call[NoParams]) -> list[ApprovalRecord]:
    """Those that wait."""
    return [tell_approval(approval) for approval in call.services.gate.book.pending]


async def exec_approval_resolve(call: Call[ApprovalResolveParams]) -> dict[str, object]:
    """Decide."""
    params = call.params
    call.services.gate.book.resolve(params.id, params.decision, call.caller.principal.name_for_record)
    return {"ok": True}


async def exec_approvals_get(call: Call[NoParams]) -> dict[str, object]:
    """The file of what is allowed for good."""
    return _tell_file(await asyncio.to_thread(call.services.gate.file.read))


async def exec_approvals_set(call: Call[ExecApprovalsSetParams]) -> dict[str, object]:
    """Replace that file."""
    file, params = call.services.gate.file, call.params
    return _tell_file(await asyncio.to_thread(file.replace, params.file, params.base_hash))


def _tell_file(snapshot: Snapshot) -> dict[str, object]:
    # The socket's token in files of the original is a secret.
    content = {key: value for key, value in snapshot.content.items() if key != "socket"}
    terms = snapshot.record.terms("")
    return {
        "path": snapshot.path,
        "exists": snapshot.exists,
        "hash": snapshot.hash,
        "file": {"version": 1, "defaults": {}, "agents": {}, **content},
        "resolvedDefaults": {
            "security": terms.security,
            "ask": terms.ask,
            "askFallback": terms.fallback,
            "autoAllowSkills": False,
        },
    }
