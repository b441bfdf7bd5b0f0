"""Runs the command in a process of its own, as a person or a script would."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

# What the command inherits: nothing of the developer's own gateway, keys or terminal.
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return msgspec.json.decode(self.out)


def environment(home: Path, **variables: str) -> dict[str, str]:
    """The variables of a command whose home is this folder."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": str(home), "PYTHONWARNINGS": "error", **variables}


def openclaw(home: Path, *arguments: str, stdin: bytes = b"", timeout_s: float = 60, **variables: str) -> Outcome:
    """Run `openclaw` to its end."""
    ended = subprocess.run(
        [sys.executable, "-m", "openclaw_gateway", *arguments],
        input=stdin,
        capture_output=True,
        timeout=timeout_s,
        check=False,
        cwd=home,
        env=environment(home, **variables),
    )
    return Outcome(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
