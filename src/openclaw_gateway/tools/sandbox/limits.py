"""What a sandboxed command may use, from the config to what the launcher keeps. Pure."""

from pathlib import Path

from openclaw_gateway.config.schema.sandbox import Bubblewrap
from openclaw_gateway.tools.exec.order import Limits

_MIB = 1_048_576


def limits_of(settings: Bubblewrap, folder: Path) -> Limits:
    """folder: where a command of the sandbox may fill the disk."""
    return Limits(
        processes=settings.pids,
        memory_bytes=settings.memory_mb * _MIB,
        cpu_s=settings.cpu_seconds or None,
        file_bytes=settings.file_mb * _MIB,
        free_bytes=settings.min_free_mb * _MIB or None,
        free_at=str(folder) if settings.min_free_mb else None,
    )
