"""The token of a gateway that was given none, where this user's own commands find it.

It is made for one start, so it is kept for as long: in a private file of the state folder. Printed, it would end up in
the logs of whoever collects the output of services.
"""

import contextlib
import os
from pathlib import Path

_NAME = "gateway-token"
_MAX_BYTES = 256


def write_generated_token(state_dir: Path, token: str) -> Path:
    """Keep the token of this start; returns where."""
    path = state_dir / _NAME
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(token)
    return path


def read_generated_token(state_dir: Path) -> str | None:
    """The token of the gateway that runs on this state folder, if it had to make one."""
    try:
        descriptor = os.open(state_dir / _NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(_MAX_BYTES).decode(errors="replace").strip() or None


def forget_generated_token(state_dir: Path) -> None:
    """The gateway has ended, and its token with it."""
    with contextlib.suppress(OSError):
        (state_dir / _NAME).unlink()
