"""One command that runs, or ran: its output, its input, its end."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

import msgspec

from openclaw_gateway.tools.exec.order import Start, Told, encode_order, told_decoder
from openclaw_gateway.tools.exec.output import Output
from openclaw_gateway.tools.tool import ToolFailure

# Neither the site's packages nor variables of the environment decide what the launcher is.
_LAUNCHER = (sys.executable, "-X", "utf8", "-I", "-S", "-c")
_LAUNCHER_CODE = (
    "import sys; sys.path.append(sys.argv[1]); from openclaw_gateway.tools.exec.launcher import main; sys.exit(main())"
)
_SOURCE = str(Path(__file__).parents[3])

# Between SIGTERM and SIGKILL.
GRACE_S = 2.0
MAX_INPUT_BYTES = 1_048_576
_READ_BYTES = 65_536
# A command that prints without end may take a part of the loop's time and no more: so much, then a pause.
_BURST_BYTES = 1_048_576
_PAUSE_S = 0.1
_TERMINAL_SIZE = (40, 120)

EndReason = Literal["exit", "signal", "overall-timeout", "manual-cancel", "limit", "spawn-error"]


class CommandEnd(msgspec.Struct, frozen=True):
    """How a command ended. code: None when a signal ended it. why: in words, for what the code does not say.

    left: processes that it started and that were at work when it ended.
    """

    reason: EndReason
    code: int | None
    signal: str = ""
    why: str = ""
    left: int = 0


class Command:
    """A started command. Belongs to the event loop; nothing of it blocks.

    id: its name for `process`. cwd: its folder as it knows it. ended: the command itself is over, its output is
    complete. gone: so is all that it left.
    """

    def __init__(self, command_id: str, text: str, cwd: str, agent_id: str, session_key: str) -> None:
        self.id = command_id
        self.text = text
        self.cwd = cwd
        self.agent_id = agent_id
        self.session_key = session_key
        self.title = ""
        self.pid = 0
        # Known to `process list`: in the background, or with more output than its call told.
        self.is_listed = False
        self.output = Output()
        self.end: CommandEnd | None = None
        self.ended = asyncio.Event()
        self.gone = asyncio.Event()
        # Told whenever there is more to see: output, or the end.
        self.on_output: Callable[[str], None] | None = None
        self.on_end: Callable[[Command], None] | None = None
        self.on_gone: Callable[[Command], None] | None = None
        self.started = asyncio.Event()
        self._started_at = time.monotonic()
        self._ended_at: float | None = None
        self._changed = asyncio.Event()
        self._stop_reason: EndReason | None = None
        self._loop = asyncio.get_running_loop()
        self._control: socket.socket
        self._told = b""
        self._reading = -1
        self._writing = -1
        self._input: deque[bytes] = deque()
        self._input_bytes = 0
        self._input_ends = False
        self._is_tty = False
        self._burst_bytes = 0
        self._resuming: asyncio.TimerHandle | None = None
        self._limit: asyncio.TimerHandle | None = None

    # --- Life -------------------------------------------------------------------------------------------------------

    async def start(self, start: Start, *, is_tty: bool, has_input: bool, timeout_s: float) -> None:
        """Start it. timeout_s: 0 is none. Raises ToolFailure when it cannot be; then nothing runs."""
        self._is_tty = is_tty
        mine, theirs = socket.socketpair()
        mine.setblocking(False)  # noqa: FBT003 - positional only
        self._control = mine
        fds = self._open_streams(is_tty=is_tty, has_input=has_input)
        try:
            spawning = asyncio.ensure_future(
                self._loop.subprocess_exec(
                    lambda: _Launcher(self._note_gone),
                    *(*_LAUNCHER, _LAUNCHER_CODE, _SOURCE),
                    stdin=theirs.fileno(),
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                    env={},
                    start_new_session=True,
                    pass_fds=tuple(set(fds)),
                )
            )
            try:
                await asyncio.shield(spawning)
            except asyncio.CancelledError:
                await spawning  # it needs its descriptors until then
                raise
            await self._loop.sock_sendall(mine, encode_order(start, fds, is_tty=is_tty))
        except BaseException:
            # Without an order the launcher ends at once, and `gone` tells when.
            self._close_streams()
            mine.close()
            raise
        finally:
            theirs.close()
            for fd in set(fds):
                os.close(fd)
        self._loop.add_reader(mine, self._listen)
        self._loop.add_reader(self._reading, self._read)
        if timeout_s > 0:
            self._limit = self._loop.call_later(timeout_s, self.stop, "overall-timeout")
        await self.started.wait()
        if self.end is not None and self.end.reason == "spawn-error":
            raise ToolFailure(f"the command could not be started: {self.end.why}")

    def stop(self, reason: EndReason = "manual-cancel", grace_s: float = GRACE_S) -> None:
        """End it and all that it started; `gone` tells when that is done. Stopping twice is harmless."""
        if self.gone.is_set():
            return
        self._stop_reason = self._stop_reason or reason
        try:
            self._control.send(b'{"stop": %.3f}\n' % grace_s)
        except OSError:  # it is about to be gone
            return

    async def wait_change(self, timeout_s: float) -> None:
        """Until it prints or ends, or the time is over."""
        if self.end is not None:
            return
        self._changed.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()
        except TimeoutError:
            return

    @property
    def duration_ms(self) -> int:
        """From its start to its end, or to now."""
        until = time.monotonic() if self._ended_at is None else self._ended_at
        return round((until - self._started_at) * 1000)

    @property
    def has_terminal(self) -> bool:
        """Whether it runs in a terminal of its own."""
        return self._is_tty

    # --- Input ------------------------------------------------------------------------------------------------------

    def write(self, content: bytes, *, is_end: bool = False) -> None:
        """Give it input; what it does not read yet waits. Raises ToolFailure when it takes none."""
        if self._writing < 0 or self._input_ends or self.end is not None:
            raise ToolFailure(f"session {self.id} takes no input any more")
        if self._input_bytes + len(content) > MAX_INPUT_BYTES:
            raise ToolFailure(f"session {self.id} does not read its input; {self._input_bytes} bytes wait already")
        if is_end and self._is_tty:
            content, is_end = content + b"\x04", False  # a terminal has no end; this key says it
        if content:
            self._input.append(content)
            self._input_bytes += len(content)
        self._input_ends = is_end
        self._write_some()

    def _write_some(self) -> None:
        try:
            while self._input:
                first = self._input[0]
                written = os.write(self._writing, first)
                self._input_bytes -= written
                if written < len(first):
                    self._input[0] = first[written:]
                else:
                    self._input.popleft()
        except BlockingIOError:
            self._loop.add_writer(self._writing, self._write_some)
            return
        except OSError:  # it closed its end
            self._input_ends = True
            self._input.clear()
        self._loop.remove_writer(self._writing)
        if self._input_ends:
            self._close_input()

    def _close_input(self) -> None:
        if self._writing >= 0:
            self._loop.remove_writer(self._writing)
            if self._writing != self._reading:
                os.close(self._writing)
            self._writing = -1

    # --- Output -----------------------------------------------------------------------------------------------------

    def _open_streams(self, *, is_tty: bool, has_input: bool) -> tuple[int, int, int]:
        """Make our ends; returns those of the command."""
        if is_tty:
            import termios

            ours, theirs = os.openpty()
            termios.tcsetwinsize(theirs, _TERMINAL_SIZE)
            os.set_blocking(ours, False)
            self._reading = self._writing = ours
            return theirs, theirs, theirs
        self._reading, output = os.pipe()
        os.set_blocking(self._reading, False)
        if has_input:
            given, self._writing = os.pipe()
            os.set_blocking(self._writing, False)
        else:
            given = os.open(os.devnull, os.O_RDONLY)
        return given, output, output

    def _read(self) -> None:
        """Take what is there; both kinds of output come in the order in which they were written."""
        if not self._read_once():
            return
        if self._burst_bytes > _BURST_BYTES:
            self._loop.remove_reader(self._reading)
            self._resuming = self._loop.call_later(_PAUSE_S, self._resume)

    def _resume(self) -> None:
        self._burst_bytes = 0
        self._resuming = None
        self._loop.add_reader(self._reading, self._read)

    def _read_once(self) -> bool:
        """One piece; False when there is none now, or never again."""
        try:
            chunk = os.read(self._reading, _READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:  # a terminal whose last program is gone
            chunk = b""
        if not chunk:
            self._close_output()
            return False
        self._burst_bytes += len(chunk)
        self._note_output(self.output.feed(chunk))
        return True

    def _note_output(self, text: str) -> None:
        if text:
            self._changed.set()
            if self.on_output is not None:
                self.on_output(text)

    def _close_output(self) -> None:
        if self._reading < 0:
            return
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None
        self._loop.remove_reader(self._reading)
        if self._writing == self._reading:
            self._loop.remove_writer(self._writing)
            self._writing = -1
        os.close(self._reading)
        self._reading = -1
        self._note_output(self.output.feed(b"", is_last=True))

    def _close_streams(self) -> None:
        self._close_input()
        self._close_output()

    # --- The launcher -----------------------------------------------------------------------------------------------

    def _listen(self) -> bool:
        """Take what the launcher tells; False when there is nothing now, or nothing more."""
        try:
            chunk = self._control.recv(_READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            chunk = b""
        if not chunk:
            self._loop.remove_reader(self._control)
            return False
        *lines, self._told = (self._told + chunk).split(b"\n")
        for line in lines:
            self._take(told_decoder.decode(line))
        return True

    def _take(self, told: Told) -> None:
        if told.pid is not None:
            self.pid = told.pid
            self.started.set()
        elif told.error is not None:
            self._finish(CommandEnd("spawn-error", None, why=told.error))
        elif not told.gone:
            reason: EndReason = "signal" if told.signal else "exit"
            reason = self._stop_reason or ("limit" if told.why else reason)
            self._finish(CommandEnd(reason, told.code, told.signal or "", told.why, told.left))

    def _finish(self, end: CommandEnd) -> None:
        # What it printed before it ended is in the pipe; who holds the other end still may go on to write.
        for _ in range(16):
            if self._reading < 0 or not self._read_once():
                break
        self._close_input()
        self.end = end
        self._ended_at = time.monotonic()
        if self._limit is not None:
            self._limit.cancel()
        if not end.left:
            self._close_output()
        self.started.set()
        self.ended.set()
        self._changed.set()
        if self.on_end is not None:
            self.on_end(self)

    def _note_gone(self, return_code: int) -> None:
        """The launcher ended: nothing of the command is left."""
        if self._control.fileno() >= 0:
            while self._listen():
                pass
            self._loop.remove_reader(self._control)
        if self.end is None:
            name = signal.Signals(-return_code).name if return_code < 0 else ""
            self._finish(CommandEnd(self._stop_reason or "signal", None, name, "its launcher ended"))
        self._close_streams()
        self._control.close()
        self.gone.set()
        if self.on_gone is not None:
            self.on_gone(self)


class _Launcher(asyncio.SubprocessProtocol):
    """Tells when the launcher's process ended."""

    def __init__(self, note_exit: Callable[[int], None]) -> None:
        self._note_exit = note_exit
        self._transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It runs."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def process_exited(self) -> None:
        """It ended."""
        if self._transport is not None:
            self._note_exit(self._transport.get_returncode() or 0)
            self._transport.close()
