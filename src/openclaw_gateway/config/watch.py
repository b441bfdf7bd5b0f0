"""Watching the config's files while the gateway runs, and taking over what changed in them.

Their status is asked for every second: that needs nothing of the platform, sees every way in which editors and
deployment tools put a file in place of another, and costs some microseconds.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from openclaw_gateway.config.files import Unreadable, read_regular
from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.last_good import keep_last_good
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.config.reload import Changes, ConfigState, NotTaken, compare, load_again
from openclaw_gateway.config.source import MAX_FILE_BYTES

logger = logging.getLogger(__name__)

POLL_EVERY_S: Final = 1.0
# What a broken config lacks may be in a file that is not watched: a missing include, a secret's file. So it is tried
# again, each time after twice as many looks, because a try may ask programs for secrets.
FIRST_RETRY_LOOKS: Final = 5
MAX_RETRY_LOOKS: Final = 60

_Sight = tuple[tuple[int, int, int] | None, ...]


class ConfigWatch:
    """The config in force, and the one on disk beside it. Belongs to one event loop.

    adopt: takes a config over, all of it in one step without waiting; raises NotTaken, and then took nothing.
    """

    def __init__(self, loaded: Loaded, adopt: Callable[[Loaded], None], *, poll_every_s: float = POLL_EVERY_S) -> None:
        self.running = loaded
        self.state = _first_state(loaded)
        self._adopt = adopt
        self._poll_every_s = poll_every_s
        self._lock = asyncio.Lock()
        self._files = _files_of(loaded)
        self._seen = _look(self._files)
        self._kept: Loaded | None = None

    async def watch(self) -> None:
        """Look for changes for ever."""
        # An edit between the load and our first look would not show as a change.
        if await asyncio.to_thread(_revision_on_disk, self.running.path) != self.running.raw_hash:
            await self.check()
        wait = left = FIRST_RETRY_LOOKS
        while True:
            if self._kept is not self.running:
                self._kept = self.running
                await asyncio.to_thread(keep_last_good, self.running.source)
            await asyncio.sleep(self._poll_every_s)
            left -= 1
            if _look(self._files) != self._seen:
                await self._wait_quiet()
                await self.check()
                wait = left = FIRST_RETRY_LOOKS
            elif self.state.state == "invalid" and left <= 0:
                await self.check()
                wait = left = min(2 * wait, MAX_RETRY_LOOKS)

    async def check(self) -> ConfigState:
        """Load what is on disk now and take it over if that can be done; returns what came of it.

        After a config was taken over nothing more is waited for: the caller goes on in the same step of the loop.
        """
        async with self._lock:
            seen = _look(self._files)
            try:
                new = await asyncio.to_thread(load_again, self.running)
                files = _files_of(new)
                # A file that is included from now on has not been looked at before.
                self._seen = seen if files == self._files else _look(files)
                self._files = files
                state, changes = self._decide(new)
                if state.state == "current":
                    self._take(new, changes)
            except ConfigInvalid as invalid:
                self._seen = seen
                state = await self._refuse(tuple(issue.for_person() for issue in invalid.issues))
            except NotTaken as refusal:
                state = await self._refuse((str(refusal),))
            if state != self.state:
                _report(state, was=self.state)
                self.state = state
            return state

    def _decide(self, new: Loaded) -> tuple[ConfigState, Changes]:
        changes = compare(self.running, new)
        mode = self.running.config.gateway.reload.mode
        waiting = changes.restart + (changes.hot if mode == "restart" else ())
        state = self._state(on_disk=new.source.revision)
        if mode == "off" and (changes.hot or changes.restart):
            state = msgspec.structs.replace(state, state="notApplied")
        elif waiting:
            state = msgspec.structs.replace(state, state="restartRequired", restart_paths=waiting)
        else:
            state = ConfigState(running=state.on_disk, on_disk=state.on_disk)
        return state, changes

    def _take(self, new: Loaded, changes: Changes) -> None:
        if changes.hot or new.source.revision != self.running.source.revision or self.running.refused:
            self._adopt(new)
            self.running = new
            logger.info("config taken over: %s", ", ".join(changes.hot) or "nothing in it has changed")

    async def _refuse(self, problems: tuple[str, ...]) -> ConfigState:
        on_disk = await asyncio.to_thread(_revision_on_disk, self.running.path)
        return msgspec.structs.replace(self._state(on_disk=on_disk), state="invalid", problems=problems)

    def _state(self, *, on_disk: str) -> ConfigState:
        is_last_good = bool(self.running.refused)
        return ConfigState(running=self.running.source.revision, on_disk=on_disk, is_last_good=is_last_good)

    async def _wait_quiet(self) -> None:
        """Wait until the files have been left alone for `gateway.reload.debounceMs`: editors write in several steps."""
        debounce_s = self.running.config.gateway.reload.debounce_ms / 1000
        before: _Sight | None = None
        while (sight := _look(self._files)) != before:
            before = sight
            await asyncio.sleep(debounce_s)


def _first_state(loaded: Loaded) -> ConfigState:
    revision = loaded.source.revision
    if not loaded.refused:
        return ConfigState(running=revision, on_disk=revision)
    on_disk = _revision_on_disk(loaded.path)
    return ConfigState(running=revision, on_disk=on_disk, state="invalid", problems=loaded.refused, is_last_good=True)


def _files_of(loaded: Loaded) -> tuple[Path, ...]:
    """The main file, what it includes, and the variables beside the state."""
    return (loaded.path, *loaded.source.included, loaded.state_dir / ".env")


def _look(files: Iterable[Path]) -> _Sight:
    # Not on a thread: waking one costs more than these look-ups in the kernel's memory.
    return tuple([_status(file) for file in files])


def _status(file: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - Path.stat does the same and more slowly
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _revision_on_disk(path: Path) -> str:
    """SHA-256 of the main file, whatever it holds; "" if it cannot be read."""
    try:
        return sha256(read_regular(path, MAX_FILE_BYTES)).hexdigest()
    except Unreadable:
        return ""


def _report(state: ConfigState, *, was: ConfigState) -> None:
    match state.state:
        case "invalid":
            logger.warning("config reload skipped (invalid config): %s", "; ".join(state.problems))
        case "restartRequired":
            logger.warning(
                "config change needs a restart, nothing of it is in force yet: %s", ", ".join(state.restart_paths)
            )
        case "notApplied":
            logger.info("the config on disk is valid and not taken over: gateway.reload.mode is off")
        case "current":
            if was.state != "current":
                logger.info("the config on disk is in force")
