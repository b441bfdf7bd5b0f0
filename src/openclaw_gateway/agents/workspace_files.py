"""The files of a workspace that people and agents write: a closed set, read and replaced whole.

The set is closed so that no method of the gateway can name another file; links are not followed, so that a name of the
set cannot lead out of the workspace. Blocking: call it on a thread. Source: OpenClaw docs/concepts/agent-workspace.md.
"""

import contextlib
import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

# Always shown; BOOTSTRAP.md only while it is there, and MEMORY.md is the agent's to begin.
FILES: Final = ("AGENTS.md", "SOUL.md", "USER.md", "BOOTSTRAP.md", "MEMORY.md")
TRANSIENT: Final = frozenset({"BOOTSTRAP.md"})
OPTIONAL: Final = frozenset({"MEMORY.md"})
MAX_BYTES: Final = 1024 * 1024


class FileRefused(Exception):
    """The file cannot be used; the text says why."""


class FileChanged(Exception):
    """The file is not what the writer has read."""


@dataclass(frozen=True, slots=True)
class WorkspaceFile:
    """One file. content: None where only its presence was asked for. updated_at_ms: ms since the epoch."""

    name: str
    path: Path
    is_missing: bool
    size: int = 0
    updated_at_ms: int = 0
    content: str | None = None

    @property
    def is_expected_absent(self) -> bool:
        """Whether it is no fault that it is not there."""
        return self.is_missing and self.name in OPTIONAL

    @property
    def hash(self) -> str | None:
        """SHA-256 of the content in hex, None where it was not read."""
        return None if self.content is None else sha256(self.content.encode()).hexdigest()


def list_files(workspace: Path) -> list[WorkspaceFile]:
    """The files of the set, without their contents."""
    listed = [_look(workspace, name) for name in FILES]
    return [file for file in listed if not (file.is_missing and file.name in TRANSIENT)]


def read_file(workspace: Path, name: str) -> WorkspaceFile:
    """A file with its content; missing ones have none. Raises FileRefused."""
    _check_name(name)
    path = workspace / name
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileRefused(f"{name} is not a regular file")
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return WorkspaceFile(name, path, is_missing=True)
    except OSError as error:
        raise FileRefused(f"{name} cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BYTES:
        raise FileRefused(f"{name} is larger than {MAX_BYTES} bytes")
    text = raw.decode(errors="replace")
    return _present(path, status, text)


def write_file(workspace: Path, name: str, content: str, *, expected_hash: str | None = None) -> WorkspaceFile:
    """Replace a file, whole or not at all; the workspace is made if need be. Raises FileRefused and FileChanged.

    expected_hash: of the content that the writer has read, "" for a file that was not there.
    """
    _check_name(name)
    raw = content.encode()
    if len(raw) > MAX_BYTES:
        raise FileRefused(f"{name}: at most {MAX_BYTES} bytes, got {len(raw)}")
    before = read_file(workspace, name)
    if expected_hash is not None and (before.hash or "") != expected_hash:
        raise FileChanged(f"{name} was changed meanwhile: read it again")
    try:
        workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(workspace / name, raw)
    except OSError as error:
        raise FileRefused(f"{name} cannot be written: {error.strerror}") from error
    return read_file(workspace, name)


def _check_name(name: str) -> None:
    if name not in FILES:
        raise FileRefused(f"unknown file {name[:64]!r}: expected one of {', '.join(FILES)}")


def _look(workspace: Path, name: str) -> WorkspaceFile:
    path = workspace / name
    try:
        status = path.lstat()
    except OSError:
        return WorkspaceFile(name, path, is_missing=True)
    return _present(path, status)


def _present(path: Path, status: os.stat_result, content: str | None = None) -> WorkspaceFile:
    return WorkspaceFile(
        path.name,
        path,
        is_missing=False,
        size=status.st_size,
        updated_at_ms=status.st_mtime_ns // 1_000_000,
        content=content,
    )


def _replace(path: Path, raw: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
