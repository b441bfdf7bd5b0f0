"""Tells clients that may answer that a command waits for a person, and that it does not any more."""

from typing import Final

from openclaw_gateway.auth.scopes import APPROVALS
from openclaw_gateway.dialects.gateway.frames import encode_event
from openclaw_gateway.endpoints.audience import Audience
from openclaw_gateway.tools.permission.book import Approval, Book

REQUESTED: Final = "exec.approval.requested"
RESOLVED: Final = "exec.approval.resolved"


def feed_approvals(book: Book, audience: Audience) -> None:
    """Publish what happens in the book, to clients with the scope to answer and to nobody else."""

    def publish(approval: Approval) -> None:
        # Imported with the first approval: many gateways never see one.
        from openclaw_gateway.endpoints.gateway.approval_form import tell_approval, tell_end

        if approval.is_pending:
            event = encode_event(REQUESTED, tell_approval(approval), scope=APPROVALS)
        else:
            event = encode_event(RESOLVED, tell_end(approval), scope=APPROVALS)
        audience.publish(event)

    book.watch(publish)
