"""The first time that a workspace is used: its files are written, once, and never again.

Whether a workspace was set up is kept beside the gateway's state and not in the workspace, so that one whose files were
deleted, or whose disk is not mounted, is not silently made anew. Blocking: call it on a thread.
Source: OpenClaw docs/concepts/agent-workspace.md.
"""

import os
from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from openclaw_gateway.agents.plain_files import list_plain, read_plain
from openclaw_gateway.agents.templates import TEMPLATES

BOOTSTRAP_FILE: Final = "BOOTSTRAP.md"
# What the first talk writes; once one of them says something else, the talk was had.
_WRITTEN_BY_TALK: Final = ("SOUL.md", "IDENTITY.md", "USER.md")
_GIT_TIMEOUT_S: Final = 10.0


class _SetUp(msgspec.Struct, rename="camel"):
    workspace: str
    set_up_at: str


def has_been_set_up(workspace: Path, state_dir: Path) -> bool:
    """Whether this gateway has ever set the workspace up."""
    return _record(workspace, state_dir).exists()


def set_up_workspace(workspace: Path, state_dir: Path, *, skipped: Collection[str] = ()) -> tuple[str, ...]:
    """Write the files of a workspace that was never set up; returns the names of those written.

    Files that are there stay as they are. The first talk (BOOTSTRAP.md) and `git init` are for an empty folder only: a
    folder with somebody's work in it is no newborn's. skipped: files not to write. Raises OSError.
    """
    record = _record(workspace, state_dir)
    if record.exists():
        return ()
    is_new = not workspace.exists() or not any(workspace.iterdir())
    workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = [name for name in TEMPLATES if name not in skipped and (is_new or name != BOOTSTRAP_FILE)]
    written = tuple([name for name in names if _write_new(workspace / name, TEMPLATES[name])])
    if is_new:
        _init_git(workspace)
    record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    entry = _SetUp(str(workspace), datetime.now(UTC).isoformat(timespec="seconds"))
    _write_new(record, msgspec.json.encode(entry).decode())
    return written


def end_first_talk(workspace: Path) -> bool:
    """Remove BOOTSTRAP.md once the talk was had: a file it writes has changed, or there are memories."""
    if not (workspace / BOOTSTRAP_FILE).exists():
        return False
    changed = [
        name
        for name in _WRITTEN_BY_TALK
        if (text := read_plain(workspace, name)) is not None and text.strip() != TEMPLATES[name].strip()
    ]
    if not changed and not list_plain(workspace, "memory"):
        return False
    (workspace / BOOTSTRAP_FILE).unlink(missing_ok=True)
    return True


def _record(workspace: Path, state_dir: Path) -> Path:
    digest = sha256(os.fsencode(workspace.absolute())).hexdigest()[:32]
    return state_dir / "workspaces" / f"{digest}.json"


def _write_new(path: Path, text: str) -> bool:
    """Whether it was written: what is there, a link that leads nowhere too, is left."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _init_git(workspace: Path) -> None:
    """A history for what the agent writes about itself. Without git there is none, and that is no fault."""
    import subprocess

    try:
        subprocess.run(
            ("git", "init", "--quiet"),  # noqa: S607  (the operator's own git)
            cwd=workspace,
            env={"PATH": os.defpath},  # GIT_DIR would lead it elsewhere, and our secrets are none of its business
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
