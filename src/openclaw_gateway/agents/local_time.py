"""The time as the agent's person reads it: in their zone, or in that of this machine."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from openclaw_gateway.messages import Message, TextPart, UserMessage

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

# Every zone's day begins at a multiple of this.
_SLOT_MS: Final = 15 * 60 * 1000
_MINUTE_MS: Final = 60 * 1000


class LocalTime:
    """Turns milliseconds since the epoch into times of one zone. zone: its IANA name; None: this machine's."""

    def __init__(self, zone: str | None) -> None:
        self._zone = _find_zone(zone)
        self._kept: tuple[int, str, str] = (-1, "", "")
        self._stamped: tuple[int, str] = (-1, "")

    def at(self, at_ms: int) -> datetime:
        """That moment, with its zone."""
        moment = datetime.fromtimestamp(at_ms // 1000, UTC)
        return moment.astimezone(self._zone)  # None is this machine's zone, with the offset of that very day

    def stamp(self, at_ms: int) -> str:
        """What stands before a message: `[Fri 2026-11-20 22:32 UTC] `. The same for the same moment, always."""
        # What is said now is shown twice, in the prompt and when it is appended; offsets change between two minutes.
        minute = at_ms // _MINUTE_MS
        if self._stamped[0] != minute:
            moment = self.at(at_ms)
            self._stamped = (minute, f"[{moment:%a %Y-%m-%d %H:%M} {moment.tzname()}] ")
        return self._stamped[1]

    def show(self, message: Message) -> Message:
        """The message as a model is shown it: what somebody said, with the time when they said it.

        Stored messages have no stamps, so that they are what clients see and send again.
        """
        if type(message) is not UserMessage or not message.timestamp:
            return message
        stamp, content = self.stamp(message.timestamp), message.content
        if isinstance(content, str):
            return msgspec.structs.replace(message, content=stamp + content)
        first, *rest = content or (TextPart(""),)
        parts = (TextPart(stamp + first.text), *rest) if type(first) is TextPart else (TextPart(stamp), first, *rest)
        return msgspec.structs.replace(message, content=parts)

    def zone_at(self, at_ms: int) -> str:
        """The zone's name, or this machine's abbreviation of it."""
        return self._zone.key if self._zone is not None else self.at(at_ms).tzname() or "UTC"

    def once_a_day(self, at_ms: int, key: str, write: Callable[[datetime, str, str], str]) -> str:
        """What `write` makes of the time, the zone's name and the key, kept while all three may be the same."""
        slot = at_ms // _SLOT_MS
        if self._kept[0] != slot or self._kept[1] != key:
            self._kept = (slot, key, write(self.at(at_ms), self.zone_at(at_ms), key))
        return self._kept[2]


def _find_zone(name: str | None) -> "ZoneInfo | None":
    """A name that nobody knows is as good as none."""
    if not name:
        return None
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
