"""The parent of one command: a process of its own, which leaves none of the command's processes behind.

The gateway starts it with an empty environment and talks to it over the socket that is its standard input, in lines of
JSON. The first line is the order:

    {"argv": [str], "env": {str: str}, "cwd": str, "fds": [in, out, err], "tty": bool,
     "limits": {"processes", "memory_bytes", "cpu_s", "file_bytes", "free_bytes", "free_at"}, each optional,
     "data": {"<fd>": str}, what the command reads at these descriptors, "info_fd": int and "block_fd": int,
     those that bubblewrap was told, "cleanup": [str], what to run when all is over}

Later lines, {"stop": grace_s}, and the end of the socket (the gateway is gone, however that happened) end the command:
SIGTERM to all its processes, SIGKILL after the grace. It answers {"pid"}, or {"error"}; then {"code", "signal", "why",
"left"} when the command itself ended, with the number of processes that it left at work; then {"gone": true}.

Processes that leave the command's group or lose their parent become children of this one (Linux only: elsewhere the
process group is all that is found). It is run without the settings and without the packages of the gateway.
"""

import contextlib
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TypedDict

from openclaw_gateway.tools.exec.process_scan import count_threads, descendants, hurry, inhabitants

IS_LINUX = sys.platform == "linux"

# How often a limited command is looked at, seconds: a glance at the machine's number of threads, which a fork bomb
# doubles in less, and at every tenth glance a look at each process.
GLANCE_EVERY_S = 0.01
GLANCES_PER_LOOK = 10
ORPHAN_GRACE_S = 1.0
KILL_BUDGET_S = 5.0

# A limited command gives way to whoever watches it.
_NICENESS = 10

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


class Limits(TypedDict, total=False):
    """What all processes of a command may use together; file_bytes: one file. free_bytes must stay free at free_at."""

    processes: int
    memory_bytes: int
    cpu_s: int
    file_bytes: int
    free_bytes: int
    free_at: str


class Order(TypedDict, total=False):
    """What to start (the module's docstring)."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    fds: list[int]
    tty: bool
    limits: Limits
    data: dict[str, str]
    info_fd: int
    block_fd: int
    cleanup: list[str]


def main() -> int:
    """Take the order, start, watch, clean up."""
    control = socket.socket(fileno=os.dup(0))
    order, rest = _read_order(control)
    _keep_descriptors()
    if IS_LINUX:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        pid, init_pid = _start(order)
    except (OSError, ValueError) as error:
        _tell(control, {"error": str(error)})
        return 1
    _tell(control, {"pid": pid})
    Watch(order, control, pid, init_pid, wake_read, rest).run()
    if cleanup := order.get("cleanup"):
        signal.alarm(10)  # whoever is asked may not answer
        os.waitpid(os.posix_spawn(cleanup[0], cleanup, order["env"]), 0)
    _tell(control, {"gone": True})
    return 0


def _read_order(control: socket.socket) -> tuple[Order, bytes]:
    text = b""
    while b"\n" not in text:
        chunk = control.recv(65_536)
        if not chunk:
            raise SystemExit(1)
        text += chunk
    line, _, rest = text.partition(b"\n")
    order: Order = json.loads(line)
    return order, rest


def _tell(control: socket.socket, message: dict[str, object]) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        control.sendall(json.dumps(message).encode() + b"\n")


def _keep_descriptors() -> None:
    """Let the command inherit nothing by accident, neither the control socket nor what a library left open."""
    for name in os.listdir("/dev/fd"):  # noqa: PTH208
        if int(name) > 2:
            with contextlib.suppress(OSError):  # that of the listing itself
                os.set_inheritable(int(name), False)  # noqa: FBT003 - positional only


# --- Starting --------------------------------------------------------------------------------------------------------


def _start(order: Order) -> tuple[int, int]:
    """Fork and exec; returns the pid, and that of the first process in the sandbox, 0 where there is no sandbox.

    Raises OSError with what failed in the child.
    """
    data = {int(fd): _memory_file(text) for fd, text in order.get("data", {}).items()}
    info, block = (os.pipe(), os.pipe()) if "info_fd" in order else ((-1, -1), (-1, -1))
    if "info_fd" in order:
        data |= {order["info_fd"]: info[1], order["block_fd"]: block[0]}
    failed_read, failed_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become(order, data, failed_write)
    for fd in {*order["fds"], *data.values(), failed_write}:
        os.close(fd)
    with os.fdopen(failed_read) as failed:
        reason = failed.read()
    if reason:
        os.waitpid(pid, 0)
        raise OSError(reason)
    return pid, _limit_inside(order, info[0], block[1]) if "info_fd" in order else 0


def _become(order: Order, data: dict[int, int], failed: int) -> None:
    """In the child: become the command. What fails is written to `failed`, which a successful exec closes."""
    try:
        os.setsid()
        if IS_LINUX:
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        # First out of the way of the numbers that they are to get.
        highest = 64 + max((*data, *order["fds"], *data.values(), failed))
        moved = {fd: _move(source, highest) for fd, source in data.items()}
        failed = _move(failed, highest)
        standard = [_move(fd, highest) for fd in order["fds"]]
        for fd, source in (*enumerate(standard), *moved.items()):
            os.dup2(source, fd)
        if order.get("tty"):
            _take_terminal()
        os.chdir(order["cwd"])
        _limit(order.get("limits", {}))
        os.execve(order["argv"][0], order["argv"], order["env"])  # noqa: S606 - the gateway says what to start
    except (OSError, ValueError, KeyError) as error:
        os.write(failed, f"{type(error).__name__}: {error}".encode())
    finally:
        os._exit(127)


def _move(fd: int, at_least: int) -> int:
    import fcntl

    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, at_least)


def _take_terminal() -> None:
    """Make descriptor 0 the terminal of the new session."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _memory_file(text: str) -> int:
    fd = os.memfd_create("data")
    os.write(fd, text.encode())
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _limit(limits: Limits) -> None:
    """What the kernel keeps for each process by itself; the sums are kept by `Watch`."""
    if not limits:
        return
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.get("file_bytes")),
        (resource.RLIMIT_CPU, limits.get("cpu_s")),
        # Not RLIMIT_AS: much is reserved and never used by Node, Go and Java.
        (resource.RLIMIT_DATA, limits.get("memory_bytes")),
    ):
        if value is not None:
            hard = resource.getrlimit(kind)[1]
            bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (bound, bound))
    if IS_LINUX:
        # Should the machine run out of memory all the same, then this goes first.
        Path("/proc/self/oom_score_adj").write_text("1000")
    os.nice(_NICENESS)


def _limit_inside(order: Order, info: int, block: int) -> int:
    """Bound the processes in the sandbox's user namespace, which counts its own: outside, all of the user's count.

    The kernel exempts root; for it there is only `Watch`. Returns the pid of the sandbox's first process, 0 if there is
    none.
    """
    with os.fdopen(info) as told:
        answer = told.read()
    processes = order.get("limits", {}).get("processes")
    init_pid = 0
    with contextlib.suppress(ValueError, KeyError, OSError):  # bubblewrap failed, and says so itself
        init_pid = int(json.loads(answer)["child-pid"])
        if processes is not None:
            resource.prlimit(init_pid, resource.RLIMIT_NPROC, (processes, processes))
    with contextlib.suppress(OSError):
        os.write(block, b"1")
    os.close(block)
    return init_pid


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


# --- Watching --------------------------------------------------------------------------------------------------------


class Watch:
    """One command from its start until nothing of it is left."""

    def __init__(self, order: Order, control: socket.socket, pid: int, init_pid: int, wake: int, rest: bytes) -> None:
        self._limits = order.get("limits", {})
        self._control = control
        self._pid = pid
        self._init_pid = init_pid
        self._wake = wake
        self._rest = rest
        self._has_ended = False
        self._why = ""
        # The CPU time of processes that are gone.
        self._spent_s: dict[int, float] = {}
        self._threads_before = count_threads() if IS_LINUX else 0

    def run(self) -> None:
        """Return when the command and all that it started is gone."""
        is_watched = bool(self._limits) and IS_LINUX
        glances = 0
        if is_watched:
            hurry(0)
        while self._reap():
            if b"\n" in self._rest:
                stop = json.loads(self._rest.partition(b"\n")[0])
                self._end(float(stop["stop"]))
                return
            control = self._control.fileno()
            readable, _, _ = select.select([control, self._wake], [], [], GLANCE_EVERY_S if is_watched else None)
            if self._wake in readable:
                os.read(self._wake, 4096)
            if control in readable:
                chunk = self._receive()
                if not chunk:
                    self._end(ORPHAN_GRACE_S)
                    return
                self._rest += chunk
            glances += 1
            if is_watched and (glances % GLANCES_PER_LOOK == 0 or self._is_crowded()) and (why := self._excess()):
                self._why = why
                self._end(0)
                return

    def _receive(self) -> bytes:
        try:
            return self._control.recv(4096)
        except OSError:
            return b""

    def _reap(self) -> bool:
        """Collect what ended; False when there is no child any more."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._pid:
                self._has_ended = True
                self._tell_end(status)

    def _tell_end(self, status: int) -> None:
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        # With the first process of a sandbox all others go.
        left = sum(not state["is_zombie"] for state in descendants().values()) if IS_LINUX and not self._init_pid else 0
        _tell(
            self._control,
            {"code": code, "signal": signal.Signals(number).name if number else "", "why": self._why, "left": left},
        )

    def _is_crowded(self) -> bool:
        """Whether the machine has so many more threads than at the start that they could be the command's."""
        return count_threads() - self._threads_before > self._limits.get("processes", 1 << 30)

    def _excess(self) -> str:
        """Which limit the processes are over together, in words; "" for none."""
        limits = self._limits
        states = inhabitants(self._init_pid) if self._init_pid else descendants()
        if (most := limits.get("processes")) is not None and len(states) > most:
            return f"it had more than {most} processes"
        if (most := limits.get("memory_bytes")) is not None and sum(s["memory_bytes"] for s in states.values()) > most:
            return f"it used more than {most // 1_048_576} MiB of memory"
        self._spent_s |= {pid: state["cpu_s"] for pid, state in states.items()}
        if (most := limits.get("cpu_s")) is not None and sum(self._spent_s.values()) > most:
            return f"it used more than {most} s of CPU time"
        if (least := limits.get("free_bytes")) is not None:
            disk = os.statvfs(limits["free_at"])
            if disk.f_bavail * disk.f_frsize < least:
                return f"less than {least // 1_048_576} MiB are free on the disk"
        return ""

    def _end(self, grace_s: float) -> None:
        """SIGTERM to all, and SIGKILL to those that are there after the grace, until none is."""
        if grace_s > 0:
            self._signal_all(signal.SIGTERM)
            if not self._wait_gone(time.monotonic() + grace_s):
                return
        until = time.monotonic() + KILL_BUDGET_S
        if self._init_pid and not self._has_ended:
            # The kernel takes a sandbox's other processes along with its first, faster than they could fork.
            hurry(self._init_pid)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self._init_pid, signal.SIGKILL)
            if not self._wait_gone(until):
                return
        while self._reap() and time.monotonic() < until:
            # Stopped first, or what forks faster than we look would outlive us.
            self._signal_all(signal.SIGSTOP)
            self._signal_all(signal.SIGKILL)
            self._wait_gone(time.monotonic() + 0.02)

    def _wait_gone(self, until: float) -> bool:
        """Wait until no child is left, or until then; returns whether there is one."""
        while has_child := self._reap():
            left_s = until - time.monotonic()
            if left_s <= 0:
                break
            if select.select([self._wake], [], [], left_s)[0]:
                os.read(self._wake, 4096)
        return has_child

    def _signal_all(self, number: signal.Signals) -> None:
        targets = list(descendants()) if IS_LINUX else []
        for pid in targets:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if not self._has_ended or not IS_LINUX:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, number)
