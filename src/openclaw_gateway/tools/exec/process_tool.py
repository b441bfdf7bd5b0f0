"""`process`: what became of commands in the background; their output, their input, their end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

import msgspec

from openclaw_gateway.tools.arguments import read_arguments, schema_of
from openclaw_gateway.tools.exec.arguments import ProcessArguments
from openclaw_gateway.tools.exec.command import Command
from openclaw_gateway.tools.exec.keys import bracket_paste, encode_hex, encode_keys
from openclaw_gateway.tools.exec.output import shorten
from openclaw_gateway.tools.exec.process_table import ProcessTable
from openclaw_gateway.tools.exec.report import TAIL_CHARS, describe_end, is_failure
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

MAX_POLL_MS = 30_000
LOG_LINES = 200
_MAX_LABEL_CHARS = 100


class Row(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One command for programs. status: running, completed or failed."""

    session_id: str
    status: str
    command: str
    cwd: str
    duration_ms: int
    title: str = ""
    pid: int = 0
    exit_code: int | None = None
    exit_signal: str = ""
    exit_reason: str = ""
    aggregated: str = ""
    tail: str = ""


@dataclass(frozen=True, slots=True)
class ProcessTool:
    """One agent's `process`; it sees no other agent's commands."""

    table: ProcessTable

    name = "process"
    description = (
        "Commands that exec left in the background: list, poll (new output), log (lines), write, send-keys, submit, "
        "paste, kill, clear (forget one that ended), remove (end and forget)."
    )
    parameters = schema_of(ProcessArguments)
    is_parallel = False

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """Do one action."""
        wanted = read_arguments(ProcessArguments, arguments)
        if wanted.action == "list":
            return self._list(context)
        if not wanted.session_id:
            raise ToolFailure(f"sessionId is required for {wanted.action}")
        command = self.table.find(wanted.session_id, context.agent_id)
        match wanted.action:
            case "poll":
                return await _poll(command, wanted, context)
            case "log":
                return _show_log(command, wanted, context)
            case "kill":
                return await _kill(command)
            case "clear" | "remove":
                return await self._remove(command, wanted.action)
            case "write" | "send-keys" | "submit" | "paste":
                return _write(command, _input_of(wanted, command), is_end=wanted.action == "write" and wanted.eof)
            case _:
                assert_never(wanted.action)

    def _list(self, context: ToolContext) -> ToolResult:
        commands = self.table.of_agent(context.agent_id)
        lines = [
            f"{command.id} {_status(command):9} {_duration(command.duration_ms)} :: {_label(command)}"
            for command in commands
        ]
        rows = [_row(command) for command in commands]
        return ToolResult.of_text("\n".join(lines) or "No running or recent sessions.", details={"sessions": rows})

    async def _remove(self, command: Command, action: Literal["clear", "remove"]) -> ToolResult:
        if action == "clear" and command.end is None:
            raise ToolFailure(f"session {command.id} still runs; kill or remove it")
        await _end(command)
        self.table.forget(command)
        return ToolResult.of_text(f"{'Cleared' if action == 'clear' else 'Removed'} session {command.id}.")


async def _poll(command: Command, wanted: ProcessArguments, context: ToolContext) -> ToolResult:
    news = command.output.drain()
    if not news and wanted.timeout:
        await command.wait_change(min(wanted.timeout, MAX_POLL_MS) / 1000)
        news = command.output.drain()
    end = command.end
    state = "Process still running." if end is None else describe_end(end) or "Process exited with code 0."
    how = f'action "log" with sessionId "{command.id}" shows any part'
    text = shorten(news.rstrip("\n"), context.max_result_chars - len(state) - 8, how) or "(no new output)"
    return ToolResult.of_text(f"{text}\n\n{state}", details=_row(command, aggregated=text))


def _show_log(command: Command, wanted: ProcessArguments, context: ToolContext) -> ToolResult:
    """Some of the lines, the last ones unless it is said which."""
    lines = command.output.text.splitlines()
    limit = wanted.limit or LOG_LINES
    first = max(0, len(lines) - limit) if wanted.offset is None else min(wanted.offset, len(lines))
    chosen = lines[first : first + limit]
    text = shorten("\n".join(chosen), context.max_result_chars - 200, "a smaller limit shows all of its lines")
    note = ""
    if len(chosen) < len(lines):
        note = f"\n\n[lines {first} to {first + len(chosen) - 1} of {len(lines)}; offset and limit show others]"
    details = {"sessionId": command.id, "status": _status(command), "totalLines": len(lines), "offset": first}
    return ToolResult.of_text((text or "(no output yet)") + note, details=details)


def _input_of(wanted: ProcessArguments, command: Command) -> bytes:
    """The bytes that an action gives to a command. Raises ToolFailure."""
    text = (wanted.text or wanted.data).encode(errors="replace")
    match wanted.action:
        case "send-keys":
            keys = encode_keys(wanted.keys) + encode_hex(wanted.hex) + wanted.literal.encode(errors="replace")
            if not keys:
                raise ToolFailure("send-keys needs keys, hex or literal")
            return keys
        case "submit":
            return text + (b"\r" if command.has_terminal else b"\n")
        case "paste":
            if not wanted.text:
                raise ToolFailure("paste needs text")
            return bracket_paste(wanted.text) if wanted.bracketed else text
        case _:
            return wanted.data.encode(errors="replace")


def _write(command: Command, content: bytes, *, is_end: bool = False) -> ToolResult:
    command.write(content, is_end=is_end)
    ended = " and ended its input" if is_end else ""
    return ToolResult.of_text(f"Wrote {len(content)} bytes to session {command.id}{ended}.", details=_row(command))


async def _kill(command: Command) -> ToolResult:
    if command.gone.is_set():
        return ToolResult.of_text(f"Session {command.id} has ended already.", details=_row(command))
    await _end(command)
    return ToolResult.of_text(f"Ended session {command.id} with all that it started.", details=_row(command))


async def _end(command: Command) -> None:
    command.stop()
    await command.gone.wait()


def _row(command: Command, *, aggregated: str = "") -> Row:
    end = command.end
    return Row(
        command.id,
        _status(command),
        command.text[:_MAX_LABEL_CHARS],
        command.cwd,
        command.duration_ms,
        command.title[:_MAX_LABEL_CHARS],
        command.pid,
        end.code if end else None,
        end.signal if end else "",
        end.reason if end else "",
        aggregated,
        command.output.tail(TAIL_CHARS),
    )


def _status(command: Command) -> str:
    if command.end is None:
        return "running"
    return "failed" if is_failure(command.end) else "completed"


def _label(command: Command) -> str:
    text = " ".join((command.title or command.text).split())
    return text if len(text) <= _MAX_LABEL_CHARS else f"{text[:_MAX_LABEL_CHARS]}…"


def _duration(ms: int) -> str:
    seconds = ms // 1000
    if seconds < 60:
        return f"{seconds}s"
    return (
        f"{seconds // 60}m{seconds % 60:02}s" if seconds < 3_600 else f"{seconds // 3_600}h{seconds % 3_600 // 60:02}m"
    )
