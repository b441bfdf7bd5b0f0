"""`/approve`: a person's answer to a command that waits for one."""

from collections.abc import Mapping
from typing import Final

from openclaw_gateway.commands.desk import Hand, refuse
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.tools.permission.book import Decision

_DECISIONS: Final[Mapping[str, Decision]] = {
    "allow": "allow-once", "once": "allow-once", "allow-once": "allow-once", "allowonce": "allow-once",
    "always": "allow-always", "allow-always": "allow-always", "allowalways": "allow-always",
    "deny": "deny", "reject": "deny", "block": "deny",
}  # fmt: skip
# Fewer letters of an id would soon mean another command.
_MIN_ID_CHARS: Final = 4


async def approve(hand: Hand, args: str) -> str:
    """Answer one approval by its id, or by the beginning of it."""
    words = args.split()
    if not words:
        return _list_pending(hand)
    decision = _DECISIONS.get(words[1].lower()) if len(words) == 2 else None
    if decision is None:
        raise refuse("/approve <id> allow-once|allow-always|deny", args)
    book = hand.desk.book
    approval = book.resolve(_find(hand, words[0]), decision, hand.principal.name_for_record)
    return f"{decision}: {approval.question.command[:200]}"


def _find(hand: Hand, text: str) -> str:
    pending = [approval.id for approval in hand.desk.book.pending]
    if text in pending or len(text) < _MIN_ID_CHARS:
        return text
    beginning = [one for one in pending if one.startswith(text)]
    if len(beginning) > 1:
        raise InvalidRequest(f"{len(beginning)} approvals begin with {text[:40]!r}; write more of the id")
    return beginning[0] if beginning else text


def _list_pending(hand: Hand) -> str:
    pending = hand.desk.book.pending
    if not pending:
        return "Nothing waits for an approval."
    lines = [f"{one.id}: {one.question.command[:200]} (in {one.question.cwd[:100]})" for one in pending]
    return "\n".join(["Waiting for an answer (/approve <id> allow-once|allow-always|deny):", *lines])
