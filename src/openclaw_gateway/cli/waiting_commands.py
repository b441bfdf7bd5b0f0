"""A command of an agent that waits for a person, as a person is told of it: what it is, and what to type next."""

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from openclaw_gateway.cli.columns import one_line
from openclaw_gateway.client import Event

# Nobody writes so many for the eye's sake; no-break and wide ones are blanks too.
_BLANKS: Final = re.compile(r"\s{8,}")
# Of a command beside an answer; `openclaw approvals` shows all of it.
_MAX_SHOWN_CHARS = 2_000

# What a person types for each decision that may be taken.
_TYPED: Final = {
    "allow-once": "openclaw approvals approve {id}",
    "allow-always": "openclaw approvals approve {id} --always",
    "deny": "openclaw approvals deny {id}",
}
_OUTCOMES: Final = {
    "allow-once": "allowed this once",
    "allow-always": "allowed from now on",
    "deny": "denied",
    None: "not answered in time, so it does not run",
}


def fold(command: str) -> str:
    """Long runs of blanks as one that is named: they could push the end of a command out of sight."""
    return _BLANKS.sub(lambda run: f" [{len(run[0])} blanks] ", command)


def answers(approval_id: str, decisions: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each decision that may be taken, with the command line that takes it."""
    for decision, line in _TYPED.items():
        if decision in decisions:
            yield decision, line.format(id=shlex.quote(one_line(approval_id)))


def tell_waiting(event: Event, run_id: str) -> str | None:
    """What a person is told of an event of approvals: some lines, safe for a terminal; None if it is not of this run.

    Source: docs/reference/protocol.md, "Events".
    """
    payload = event.payload
    if not event.name.startswith("exec.approval.") or not isinstance(payload, dict):
        return None
    asked, approval_id = payload.get("request"), payload.get("id")
    if not isinstance(asked, dict) or asked.get("runId") != run_id or not isinstance(approval_id, str):
        return None
    if event.name == "exec.approval.resolved":
        decision = payload.get("decision")
        told = decision if decision is None or isinstance(decision, str) else ""
        return f"the command {one_line(approval_id)} is {_OUTCOMES.get(told, 'answered')}"
    if event.name != "exec.approval.requested":
        return None
    listed = asked.get("allowedDecisions")
    decisions = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else list(_TYPED)
    lines = [line for _, line in answers(approval_id, decisions)]
    return "\n  ".join([f"a command waits for your answer: {_shown(str(asked.get('command', '')))}", *lines])


def _shown(command: str) -> str:
    text = one_line(fold(command))
    if len(text) <= _MAX_SHOWN_CHARS:
        return text
    return f"{text[:_MAX_SHOWN_CHARS]} [{len(text) - _MAX_SHOWN_CHARS} characters more: openclaw approvals]"
