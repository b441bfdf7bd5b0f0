"""Which processes there are, for the launcher: Linux's /proc, read without a library."""

import contextlib
import os
import resource
from pathlib import Path
from typing import TypedDict

_PAGE = resource.getpagesize()
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class ProcessState(TypedDict):
    """One line of /proc: its parent, its CPU time and its resident memory."""

    parent: int
    cpu_s: float
    memory_bytes: int
    is_zombie: bool


def hurry(pid: int) -> None:
    """Let a process run before all others: else a fork bomb leaves no time to whoever is to end it.

    Only root may, and needs it most: for all others the kernel keeps the number of processes.
    """
    with contextlib.suppress(OSError):
        os.sched_setscheduler(pid, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))


def inhabitants(init_pid: int) -> dict[int, ProcessState]:
    """All processes in the sandbox of this one. They are told by their namespace: parents change while we read."""
    try:
        namespace = os.stat(f"/proc/{init_pid}/ns/pid").st_ino  # noqa: PTH116 - some thousand times a second
    except OSError:
        return {}
    return {pid: state for pid in _all_pids() if _namespace_of(pid) == namespace and (state := _state_of(pid))}


def _namespace_of(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}/ns/pid").st_ino  # noqa: PTH116
    except OSError:
        return 0


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - ten times a second


def descendants() -> dict[int, ProcessState]:
    """All processes below this one."""
    states = {pid: state for pid in _all_pids() if (state := _state_of(pid))}
    found: dict[int, ProcessState] = {}
    below = {os.getpid()}
    while below:
        below = {pid for pid, state in states.items() if state["parent"] in below and pid not in found}
        found |= {pid: states[pid] for pid in below}
    return found


def count_threads() -> int:
    """All threads of the machine: the number behind the slash."""
    return int(Path("/proc/loadavg").read_bytes().split()[3].partition(b"/")[2])


def _state_of(pid: int) -> ProcessState | None:
    try:
        # The name in brackets may hold anything; what we read stands behind its last bracket.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return {
        "parent": int(fields[1]),
        "cpu_s": (int(fields[11]) + int(fields[12])) / _TICKS_PER_S,
        "memory_bytes": int(fields[21]) * _PAGE,
        "is_zombie": fields[0] == b"Z",
    }
