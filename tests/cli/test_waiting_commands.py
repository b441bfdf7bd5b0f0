"""What a person is told of a command that waits."""

from typing import Any

import pytest

from openclaw_gateway.cli.waiting_commands import answers, tell_waiting
from openclaw_gateway.client import Event

ALL = ["allow-once", "allow-always", "deny"]


def told(name: str, run_id: str = "r", **changes: Any) -> str | None:
    """The lines of an event about the run `r`, whose client is that of `run_id`."""
    payload = {"id": "a1", "request": {"command": "rm -r x", "runId": "r", "allowedDecisions": ALL}, **changes}
    return tell_waiting(Event(f"exec.approval.{name}", payload, 1, 0), run_id)


def test_command_and_what_to_type() -> None:
    """The command is shown with one line to type for each answer."""
    assert told("requested") == (
        "a command waits for your answer: rm -r x\n"
        "  openclaw approvals approve a1\n"
        "  openclaw approvals approve a1 --always\n"
        "  openclaw approvals deny a1"
    )


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        pytest.param("allow-once", "the command a1 is allowed this once", id="once"),
        pytest.param("allow-always", "the command a1 is allowed from now on", id="always"),
        pytest.param("deny", "the command a1 is denied", id="denied"),
        pytest.param(None, "the command a1 is not answered in time, so it does not run", id="nobody"),
        pytest.param("sometimes", "the command a1 is answered", id="of a newer gateway"),
        pytest.param({}, "the command a1 is answered", id="no word"),
    ],
)
def test_end_of_the_wait(decision: object, expected: str) -> None:
    """How it was answered, or that nobody did."""
    assert told("resolved", decision=decision) == expected


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        pytest.param("requested", {"run_id": "another"}, id="of another run"),
        pytest.param("withdrawn", {}, id="another event"),
        pytest.param("requested", {"request": None}, id="no request"),
        pytest.param("requested", {"id": 7}, id="no id"),
    ],
)
def test_nothing_is_told_of_others(name: str, changes: dict[str, Any]) -> None:
    """Commands of other runs, and what cannot be read, are passed over."""
    assert told(name, **changes) is None


def test_command_cannot_steer_the_terminal_or_hide_its_end() -> None:
    """Escapes are shown as question marks, blanks are counted, and what does not fit is counted too."""
    request = {"command": "ls \x1b[2J" + 90 * " " + "x" * 3000, "runId": "r", "allowedDecisions": ["deny", 7]}
    lines = (told("requested", request=request, id="a; b") or "").split("\n")
    assert "ls ?[2J [90 blanks] xxx" in lines[0]
    assert lines[0].endswith("characters more: openclaw approvals]")
    assert lines[1:] == ["  openclaw approvals deny 'a; b'"]


def test_only_decisions_that_may_be_taken_are_offered() -> None:
    """A command that cannot be allowed for good is not offered for that."""
    assert [decision for decision, _ in answers("a1", ("deny", "allow-once"))] == ["allow-once", "deny"]
