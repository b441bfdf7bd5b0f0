"""What is left of a deleted session: one file with all that was said in it, for a person who regrets it.

The form is that of the original's transcripts: one JSON object a line, `session` first, then each `message` with its
id and parent, those of older branches and from before a reset too, then each `compaction`. `head` of the first line is
the last message of the path that was current. Blocking: call it on a thread.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from openclaw_gateway.errors import StoreUnavailable
from openclaw_gateway.sessions.session import WholeSession

FOLDER: Final = "deleted-sessions"
VERSION: Final = 4

_encode = msgspec.json.Encoder().encode


def archive_session(state_dir: Path, whole: WholeSession, now_ms: int) -> Path:
    """Write the file, to the disk; returns it. Raises StoreUnavailable, and nothing should be deleted then."""
    folder = state_dir / FOLDER
    path = folder / f"{whole.session.session_id}.jsonl.deleted.{now_ms}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.writelines(_list_lines(whole))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreUnavailable(f"the session's archive cannot be written: {error.strerror}") from error
    return path


def _list_lines(whole: WholeSession) -> Iterator[bytes]:
    session = whole.session
    head = {
        "type": "session",
        "version": VERSION,
        "id": session.session_id,
        "key": session.key,
        "agentId": session.agent_id,
        "timestamp": session.created_at_ms,
        "head": str(session.path[-1].id) if session.path else None,
        "settings": session.settings,
    }
    yield _encode(head) + b"\n"
    for entry in whole.entries:
        parent_id = None if entry.parent_id is None else str(entry.parent_id)
        told = {
            "type": "message",
            "id": str(entry.id),
            "parentId": parent_id,
            "runId": entry.run_id,
            "message": entry.message,
        }
        yield _encode(told) + b"\n"
    for compaction in whole.compactions:
        summed = {
            "type": "compaction",
            "parentId": str(compaction.after_id),
            "untilId": str(compaction.until_id),
            "timestamp": compaction.at_ms,
            "reason": compaction.reason,
            "summary": compaction.summary,
            "tokensBefore": compaction.tokens_before,
        }
        yield _encode(summed) + b"\n"
