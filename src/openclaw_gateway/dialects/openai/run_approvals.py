"""The approvals of a run as `/v1/runs/{id}/approvals` tells them, and the body of an answer."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from openclaw_gateway.dialects.openai.error_body import replace_surrogates
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.json_errors import JSON_ERRORS

MAX_DECISION_BODY_BYTES: Final = 4096


class ApprovalObject(msgspec.Struct, frozen=True):
    """A command that waits for a person, or did. Times are ms since the epoch.

    decision: None while it waits, and when nobody answered in time. reason: why a person is asked.
    """

    id: str
    status: Literal["pending", "resolved"]
    command: str
    cwd: str
    agent_id: str
    session_key: str
    tool_call_id: str
    reason: str
    allowed_decisions: tuple[str, ...]
    decision: str | None
    created_at_ms: int
    expires_at_ms: int
    resolved_at_ms: int | None
    object: str = "openclaw.approval"


class ApprovalList(msgspec.Struct, frozen=True):
    """All of a run that are kept, oldest first."""

    data: tuple[ApprovalObject, ...]
    object: str = "list"


class DecisionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer: allow-once, allow-always or deny."""

    decision: Annotated[str, msgspec.Meta(max_length=64)]


def read_decision(body: bytes) -> str:
    """The decision that a body asks for. Raises InvalidRequest."""
    try:
        return msgspec.json.decode(body, type=DecisionBody).decision
    except JSON_ERRORS as error:
        raise InvalidRequest(
            'expected {"decision": "allow-once"}, or allow-always or deny', param="decision"
        ) from error


def encode_approval(approval: ApprovalObject) -> bytes:
    """One as a body."""
    return msgspec.json.encode(approval)


def encode_approvals(approvals: Sequence[ApprovalObject]) -> bytes:
    """All as a body."""
    return msgspec.json.encode(ApprovalList(tuple(approvals)))


def plain(text: str) -> str:
    """A text of the model as JSON can hold it."""
    return replace_surrogates(text)
