"""What happened in a session between its turns, for the model of the next one: commands in the background that ended.

A note is made of our own words alone. It stands in the system text, and what a command is called or prints is written
by the model or by strangers. Kept in memory: the commands are gone with the gateway, too.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from openclaw_gateway.agents.system_prompt import write_news_part
from openclaw_gateway.tools.exec.report import describe_end

if TYPE_CHECKING:
    from openclaw_gateway.tools.exec.command import Command

MAX_NOTES: Final = 20
MAX_SESSIONS: Final = 500


@dataclass(slots=True)
class _Kept:
    """The notes of a session, the oldest first; so many of them stand in the turn that is at work."""

    lines: list[str] = field(default_factory=list)
    shown: int = 0


class SessionNotes:
    """Notes by session. The turns of a session come one after the other, so at most one of them has notes in hand."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def note_command(self, command: "Command") -> None:
        """A command of the session, in the background, is over."""
        if command.end is not None:
            ended = describe_end(command.end) or "(Command exited with code 0)"
            self.add(command.session_key, f"{command.id}: {ended[1:-1]}; `process log` shows what it printed.")

    def add(self, session_key: str, line: str) -> None:
        """Keep it for the session's next turn; the oldest ones give way."""
        kept = self._kept.pop(session_key, None) or _Kept()
        self._kept[session_key] = kept  # at the end, where the latest are
        kept.lines.append(line)
        if len(kept.lines) > MAX_NOTES:
            del kept.lines[0]
            kept.shown = max(0, kept.shown - 1)
        if len(self._kept) > MAX_SESSIONS:
            del self._kept[next(iter(self._kept))]

    def show(self, session_key: str) -> str:
        """The part of the system text that tells them; "" if there are none. They are kept until `settle`."""
        kept = self._kept.get(session_key)
        if kept is None:
            return ""
        kept.shown = len(kept.lines)
        return write_news_part(kept.lines)

    def settle(self, session_key: str) -> None:
        """The turn that showed them has its answer: they are not told again."""
        kept = self._kept.get(session_key)
        if kept is not None:
            del kept.lines[: kept.shown]
            kept.shown = 0
            if not kept.lines:
                del self._kept[session_key]

    def forget(self, session_key: str) -> None:
        """The session begins anew."""
        self._kept.pop(session_key, None)
