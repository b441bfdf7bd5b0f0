"""Limits of a sandbox."""

from pathlib import Path

from openclaw_gateway.config.schema import Bubblewrap
from openclaw_gateway.tools.exec.order import Limits
from openclaw_gateway.tools.sandbox.limits import limits_of


def test_limits_are_those_of_the_config() -> None:
    """Megabytes become bytes, 0 is none where the config says so."""
    settings = Bubblewrap(pids=10, memory_mb=1, cpu_seconds=0, file_mb=2, min_free_mb=3)
    mib = 1_048_576
    assert limits_of(settings, Path("/w")) == Limits(10, mib, None, 2 * mib, 3 * mib, "/w")
    assert limits_of(Bubblewrap(min_free_mb=0, cpu_seconds=7), Path("/w")).free_at is None


def test_there_are_limits_without_a_word_in_the_config() -> None:
    """The defaults bound processes, memory, files and the disk."""
    limits = limits_of(Bubblewrap(), Path("/w"))
    assert None not in (limits.processes, limits.memory_bytes, limits.file_bytes, limits.free_bytes)
