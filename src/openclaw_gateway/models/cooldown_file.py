"""The table of cooldowns on disk, so that a restart does not ask again whom it was no use to ask.

A small private JSON file: {"version": 1, "usageStats": {place: {lastUsed, errorCount, cooldownUntil, cooldownReason,
disabledUntil, disabledReason}}}. It is written when something changed, on a thread, a moment later so that many changes
are one write; a healthy turn writes nothing. It is a hint and no record: one that cannot be read is begun anew.
"""

import asyncio
import logging
from pathlib import Path

import msgspec

from openclaw_gateway.config.files import Unreadable, read_regular, write_atomically
from openclaw_gateway.json_errors import JSON_ERRORS
from openclaw_gateway.models.cooldowns import Cooldowns, Standing

logger = logging.getLogger(__name__)

FILE_NAME = "model-cooldowns.json"
MAX_BYTES = 1024 * 1024
DELAY_S = 0.2


class _File(msgspec.Struct, rename="camel"):
    version: int
    usage_stats: dict[str, Standing]


def read_cooldowns(path: Path) -> dict[str, Standing]:
    """What the file holds; nothing where there is none, or none of ours."""
    try:
        return msgspec.json.decode(read_regular(path, MAX_BYTES), type=_File).usage_stats
    except Unreadable as error:
        if not error.is_missing:
            logger.warning("cannot read %s: %s", path, error.reason)
    except JSON_ERRORS:
        logger.warning("%s is not a table of cooldowns; a new one is begun", path)
    return {}


class CooldownFile:
    """Writes the table when it changed. Belongs to the event loop that runs when it is made; `close` it."""

    def __init__(self, path: Path, cooldowns: Cooldowns) -> None:
        self._path = path
        self._cooldowns = cooldowns
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._is_closed = False
        cooldowns.watch(self._note_change)

    async def close(self) -> None:
        """Write what is not written yet. Closing twice is harmless."""
        self._is_closed = True
        if self._writing is not None:
            await self._writing
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            await self._write()

    def _note_change(self) -> None:
        if self._timer is None and not self._is_closed:
            self._timer = self._loop.call_later(DELAY_S, self._begin_writing)

    def _begin_writing(self) -> None:
        self._timer = None
        if self._writing is not None:
            self._note_change()  # a slow disk: once more, when it is done
            return
        self._writing = self._loop.create_task(self._write())
        self._writing.add_done_callback(self._end_writing)

    def _end_writing(self, _: "asyncio.Task[None]") -> None:
        self._writing = None

    async def _write(self) -> None:
        content = msgspec.json.encode(_File(1, self._cooldowns.rows))
        try:
            await asyncio.to_thread(write_atomically, self._path, content)
        except OSError as error:
            logger.warning("cannot write %s: %s", self._path, error.strerror)
