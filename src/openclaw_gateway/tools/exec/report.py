"""How a command went, as the model and as programs read it. Pure."""

import msgspec

from openclaw_gateway.tools.exec.command import Command, CommandEnd
from openclaw_gateway.tools.exec.output import shorten
from openclaw_gateway.tools.tool import ToolResult

TAIL_CHARS = 2_000
FOLLOW_UP = "Use process (list/poll/log/write/send-keys/submit/paste/kill/clear/remove) for follow-up."


class Details(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A result for programs. aggregated: the output as the result shows it. tail: the end of it so far."""

    status: str
    cwd: str
    duration_ms: int
    exit_code: int | None = None
    exit_signal: str = ""
    exit_reason: str = ""
    aggregated: str = ""
    session_id: str = ""
    pid: int = 0
    tail: str = ""


def report_background(command: Command, max_chars: int) -> ToolResult:
    """A command that goes on, with what it has printed; a poll will give what comes after that."""
    text = f"Command still running (session {command.id}, pid {command.pid}). {FOLLOW_UP}"
    if so_far := command.output.drain().strip():
        text += f"\n\nOutput so far:\n{shorten(so_far, max_chars // 2, _rest_of(command))}"
    details = Details(
        "running",
        command.cwd,
        command.duration_ms,
        session_id=command.id,
        pid=command.pid,
        tail=command.output.tail(TAIL_CHARS),
    )
    return ToolResult.of_text(text, details=details)


def report_end(command: Command, end: CommandEnd, max_chars: int) -> tuple[ToolResult, bool]:
    """A command that ended while its call waited, and whether the result holds all that it printed."""
    note = describe_end(end)
    if end.left:
        note += f"\n({end.left} processes that it started are still at work; process kill {command.id} ends them)"
    output = command.output.text.rstrip("\n")
    shown = shorten(output, max_chars - len(note) - 8, _rest_of(command))
    is_failed = is_failure(end)
    details = Details(
        "failed" if is_failed else "completed",
        command.cwd,
        command.duration_ms,
        end.code,
        end.signal,
        end.reason,
        shown,
        session_id=command.id if shown != output or end.left else "",
    )
    text = "\n\n".join(part for part in (shown, note.strip()) if part) or "(no output)"
    return ToolResult.of_text(text, is_error=is_failed, details=details), shown == output


def is_failure(end: CommandEnd) -> bool:
    """Whether it did not come to an end of its own; a code other than 0 is an answer, not a failure."""
    return end.reason != "exit" or end.code in (126, 127)


def describe_end(end: CommandEnd) -> str:
    """The sentence below the output; "" for success."""
    match end.reason:
        case "overall-timeout":
            return "(Command timed out and was ended; a longer timeoutSeconds, or 0, gives it more time)"
        case "manual-cancel":
            return "(Command was ended on request)"
        case "limit":
            return f"(Command was ended by the sandbox: {end.why})"
        case "spawn-error":
            return f"(Command could not be started: {end.why})"
        case "signal":
            return f"(Command was ended by {end.signal or end.why})"
        case "exit":
            return f"(Command exited with code {end.code})" if end.code else ""


def _rest_of(command: Command) -> str:
    return f'process with action "log" and sessionId "{command.id}" shows any part'
