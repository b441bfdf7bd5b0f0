"""The wall clock. What is tested against a time of its own is given another one."""

from time import time_ns


def wall_clock_ms() -> int:
    """Milliseconds since the epoch; they may jump when the machine's clock is set."""
    return time_ns() // 1_000_000
