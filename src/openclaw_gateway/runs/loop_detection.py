"""Whether a run goes round in circles: the same calls with the same results, again and again. Pure.

`tools.loopDetection.enabled`: true watches all calls (one tool, several in turn, tools that are not there). First a
note is added to a result, then a whole batch is not run and the model may answer once more; the second batch that would
not be run ends the run. Unset, only the calls right after a compaction are watched, where a model that has forgotten
what it did may do it for ever. False watches nothing.
"""

import re
from collections import Counter, deque
from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from openclaw_gateway.errors import RunLimitExceeded
from openclaw_gateway.json_errors import JSON_ERRORS
from openclaw_gateway.messages import TextPart, ToolCall, ToolResultMessage, visible_text

# Calls that are remembered; repetitions without another result until a note, and until nothing more is run. A command
# that is looked after may well say the same a few times.
WATCHED_CALLS = 40
NOTE_AT = 5
BLOCK_AT = 10
# The first calls after a compaction: all the same means that it has not helped.
GUARDED_CALLS = 3

MAX_HASHED_CHARS = 64_000

# What differs from call to call though nothing has changed: in JSON, and in plain text.
_VOLATILE = (
    r'"(?:durationMs|duration_ms|duration|tookMs|pid|sessionId|session_id|cwd|startedAt|endedAt)"\s{0,4}:\s{0,4}'
    r'(?:"[^"]{0,400}"|-?[\d.]{1,30})'
    r"|\b(?:pid|session(?: id)?|cwd|duration|took)\s{0,2}[=:]?\s{0,2}\S{1,400}"
)


class _Seen(NamedTuple):
    """A call and what came of it, as digests. A tool that is not there is one call, whatever its arguments."""

    call: bytes
    result: bytes


class LoopWatch:
    """Watches the calls of one run. enabled: as in the config. known: names of tools that there are."""

    __slots__ = ("_enabled", "_guarded", "_has_blocked", "_is_guarding", "_known", "_seen")

    def __init__(self, enabled: bool | None, known: Collection[str]) -> None:
        self._enabled = enabled
        self._known = known
        self._seen: deque[_Seen] = deque(maxlen=WATCHED_CALLS)
        self._guarded: list[_Seen] = []
        self._is_guarding = False
        self._has_blocked = False

    def note_compaction(self) -> None:
        """The prompt was too large and the session was summed up: what follows is watched."""
        self._is_guarding = self._enabled is not False
        self._guarded.clear()

    def block(self, calls: Sequence[ToolCall]) -> Sequence[ToolResultMessage] | None:
        """Results in place of calls that are not run, None if they are; raises RunLimitExceeded the second time."""
        if not self._enabled:
            return None
        stuck = next((call for call in calls if self._repetitions(_digest_call(call, self._known)) >= BLOCK_AT), None)
        if stuck is None:
            return None
        name = stuck.name[:64]
        if self._has_blocked:
            raise RunLimitExceeded(
                f"the model repeats calls without progress; the last is of {name!r} (tools.loopDetection)",
                code="loop_detected",
            )
        self._has_blocked = True
        text = f"Not run: {name} was called {BLOCK_AT} times with the same result. Answer with what you have."
        return [ToolResultMessage(call.id, (TextPart(text),), call.name, is_error=True) for call in calls]

    def observe(self, calls: Sequence[ToolCall], results: Sequence[ToolResultMessage]) -> Sequence[ToolResultMessage]:
        """The results as the model is shown them. Raises RunLimitExceeded for a loop that a compaction did not end."""
        if not self._enabled and not self._is_guarding:
            return results
        noted: list[ToolResultMessage] = []
        for call, result in zip(calls, results, strict=True):
            seen = _Seen(_digest_call(call, self._known), _digest_result(result))
            if self._is_guarding:
                self._guard(seen, call)
            if self._enabled:
                self._seen.append(seen)
                count = self._repetitions(seen.call)
                noted.append(_add_note(result, count) if count >= NOTE_AT else result)
        return noted or results

    def _guard(self, seen: _Seen, call: ToolCall) -> None:
        self._guarded.append(seen)
        if len(self._guarded) < GUARDED_CALLS:
            return
        self._is_guarding = False
        if len(set(self._guarded)) == 1:
            raise RunLimitExceeded(
                f"after a compaction the model repeats the same call of {call.name[:64]!r}",
                code="compaction_loop_persisted",
            )

    def _repetitions(self, call: bytes) -> int:
        """How often this call had the result that it had last."""
        results = Counter([seen.result for seen in self._seen if seen.call == call])
        last = next((seen.result for seen in reversed(self._seen) if seen.call == call), None)
        return results[last] if last is not None else 0


def _add_note(result: ToolResultMessage, count: int) -> ToolResultMessage:
    note = f"[The same call has had the same result {count} times. Try something else, or answer.]"
    return msgspec.structs.replace(result, content=(*result.content, TextPart("\n" + note)))


def _digest_call(call: ToolCall, known: Collection[str]) -> bytes:
    if call.name not in known:
        return _digest(call.name, "")
    try:
        arguments = msgspec.json.encode(msgspec.json.decode(call.arguments or "{}"), order="sorted").decode()
    except JSON_ERRORS:
        arguments = call.arguments
    return _digest(call.name, arguments)


def _digest_result(result: ToolResultMessage) -> bytes:
    text = re.sub(_VOLATILE, "", visible_text(result)[:MAX_HASHED_CHARS], flags=re.IGNORECASE)
    return _digest(str(result.is_error), text)


def _digest(*texts: str) -> bytes:
    return blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).digest()
