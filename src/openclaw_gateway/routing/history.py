"""What is new in a request: the caller's chain of messages against the stored path of its session.

Some clients send only the new message, others resend the whole conversation; both must work, and a resend must not grow
the session (docs/design.md, "Decisions"). The chain splits into what came before and the new turn, which is
what follows the last assistant message. The comparison sees what the caller could see:

- the stored reply of one turn may be several messages, because the agent called its own tools in between; the caller
  saw their texts as one;
- calls of the agent's own tools, their results and the reasoning are not in the chain. Nothing in a stored call says
  whose it is; a call counts as visible once the chain shows it, and from then on its result must be in the chain too;
- ids may be rewritten on the way and are not compared; nor is whitespace at the ends of a text, which clients trim;
- of a reply that was cut off, the caller may have kept any beginning, or nothing.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from openclaw_gateway.json_errors import JSON_ERRORS
from openclaw_gateway.messages import (
    AssistantMessage,
    AudioPart,
    ImagePart,
    Message,
    ToolCall,
    ToolResultMessage,
    UserMessage,
    is_aside,
    visible_text,
)

Kind = Literal["append", "resend", "trimmed", "branch", "unrelated"]

# Stop reasons of a reply of which the caller may have kept a part, or nothing.
CUT_OFF = frozenset({"aborted", "error"})

# A chain that was cut inside a reply may begin at several messages of it; more tries than these would let a hostile
# history cost n squared.
MAX_ALIGNMENTS = 8

# Arguments whose texts differ are read to be compared; more than this and they count as different, which costs a branch
# where a resend would have done.
MAX_ARGUMENTS_READ_CHARS = 1024 * 1024

_SPACES = re.compile(r"\s*")


class HistoryPlan(msgspec.Struct, frozen=True, gc=False):
    """Keep the first `keep` stored messages as the path and append `new`, which always ends in the caller's new turn.

    kind: "append", no history in the chain, the stored one is its context; "resend", the chain repeats the stored path;
    "trimmed", it repeats the end of it; "branch", it agrees up to a point and is the truth from there; "unrelated", it
    agrees in nothing.
    """

    keep: int
    new: tuple[Message, ...]
    kind: Kind


def plan_history(stored: Sequence[Message], incoming: Sequence[Message]) -> HistoryPlan:
    """Decide what a request adds to the path. incoming: the chain without system messages.

    Reads nothing of `stored` but its last turn when the chain brings no history; otherwise takes time in proportion to
    the chain.
    """
    start = _start_of_new_turn(incoming)
    turn = tuple(incoming[start:])
    if start == 0:
        return _plan_bare_turn(stored, turn)
    if not stored:
        return HistoryPlan(0, tuple(incoming), "append")
    past = incoming[:start]
    forms = _Forms()
    if (plan := _plan_repeated(stored, past, turn, forms)) is not None:
        return plan
    kept, agreed = _Comparison(stored, 0, forms).follow(past)
    if agreed == 0:
        return HistoryPlan(0, tuple(incoming), "unrelated")
    return HistoryPlan(kept, tuple(incoming[agreed:]), "branch")


def _start_of_new_turn(incoming: Sequence[Message]) -> int:
    """Where the new turn begins: after the last assistant message. A chain that ends in one (a prefilled answer) keeps
    it in the turn.
    """
    start = len(incoming)
    while start and type(incoming[start - 1]) is AssistantMessage:
        start -= 1
    while start and type(incoming[start - 1]) is not AssistantMessage:
        start -= 1
    return start


def _plan_bare_turn(stored: Sequence[Message], turn: tuple[Message, ...]) -> HistoryPlan:
    """Append; but a last turn that got no whole answer (its run failed or was left) and is sent again is replaced, not
    doubled.
    """
    if stored and type(stored[-1]) is AssistantMessage and not _may_be_unseen(stored[-1]):
        return HistoryPlan(len(stored), turn, "append")  # the usual case: the last turn was answered
    begin = _start_of_last_turn(stored)
    question = [message for message in stored[begin:] if type(message) is UserMessage]
    answer = stored[begin + len(question) :]
    if question and all(_may_be_unseen(message) for message in answer) and _begins_with(turn, question):
        return HistoryPlan(begin, turn, "branch")
    return HistoryPlan(len(stored), turn, "append")


def _start_of_last_turn(stored: Sequence[Message]) -> int:
    """Where the last user messages of the stored path begin; 0 if there are none."""
    place = len(stored)
    while place and type(stored[place - 1]) is not UserMessage:
        place -= 1
    while place and type(stored[place - 1]) is UserMessage:
        place -= 1
    return place


def _plan_repeated(
    stored: Sequence[Message], past: Sequence[Message], turn: tuple[Message, ...], forms: "_Forms"
) -> HistoryPlan | None:
    """The chain repeats the stored path or the end of it; None if it does not.

    The stored path is also tried without its last turn, so that clients that trim may edit or ask that one again.
    """
    for end in (len(stored), _start_of_last_turn(stored)):
        for begin in _possible_starts(stored, past, end):
            place, agreed = _Comparison(stored, begin, forms).follow(past)
            if agreed == len(past) and place == end:
                whole: Kind = "trimmed" if begin else "resend"
                return HistoryPlan(end, turn, whole if end == len(stored) else "branch")
    return None


def _possible_starts(stored: Sequence[Message], past: Sequence[Message], end: int) -> list[int]:
    """Where the chain may begin in the stored path if it stops at `end`.

    Counted from there, as many user messages must follow as the chain has: one place, give or take the inside of a
    reply.
    """
    wanted = sum([type(message) is UserMessage for message in past])
    place = end
    while wanted and place:
        place -= 1
        wanted -= type(stored[place]) is UserMessage
    if wanted:
        return []
    if type(past[0]) is UserMessage:
        return [place]
    starts: list[int] = []
    while place and type(stored[place - 1]) is not UserMessage and len(starts) < MAX_ALIGNMENTS:
        place -= 1
        starts.append(place)
    return starts


class _Comparison:
    """Walks along the stored path for as long as the caller's messages agree with it."""

    __slots__ = ("_forms", "_place", "_stored", "_visible_calls")

    def __init__(self, stored: Sequence[Message], place: int, forms: "_Forms") -> None:
        self._stored = stored
        self._place = place  # the first stored message not yet agreed on
        self._forms = forms
        self._visible_calls: set[str] = set()  # stored ids of calls that the chain has shown

    def follow(self, past: Sequence[Message]) -> tuple[int, int]:
        """Returns the place reached and the number of messages of `past` that agreed."""
        for agreed, message in enumerate(past):
            match message:
                case AssistantMessage():
                    place = self._after_reply(message)
                case UserMessage():
                    place = self._after_user(message)
                case ToolResultMessage():
                    place = self._after_result(message)
            if place is None:
                return self._skip(self._place, _is_result), agreed  # no call is parted from its result
            self._place = place
        return self._skip(self._place, _may_be_left_out), len(past)

    def _after_user(self, said: UserMessage) -> int | None:
        for place in range(self._place, len(self._stored)):
            message = self._stored[place]
            if type(message) is UserMessage and _is_same_content(message, said):
                return place + 1
            if not self._is_skipped(message, _may_be_left_out):
                return None
        return None

    def _after_result(self, said: ToolResultMessage) -> int | None:
        for place in range(self._place, len(self._stored)):
            message = self._stored[place]
            if type(message) is not ToolResultMessage:
                return None
            if _is_same_content(message, said):
                return place + 1
            if message.tool_call_id in self._visible_calls:
                return None
        return None

    def _after_reply(self, said: AssistantMessage) -> int | None:
        """Past the stored messages whose texts make up the said one and which hold its calls."""
        text, calls = said.text.strip(), said.tool_calls
        read = found = 0  # characters and calls that are accounted for
        place = self._place
        while read < len(text) or found < len(calls):
            if place == len(self._stored):
                return None
            message = self._stored[place]
            place += 1
            match message:
                case UserMessage():
                    if not message.exclude_from_context:
                        return None
                case ToolResultMessage():
                    if message.tool_call_id in self._visible_calls:
                        return None
                case AssistantMessage():
                    after = _after_text(text, read, message)
                    if after is None:
                        if message.exclude_from_context:
                            continue
                        return None
                    read = after
                    found = self._find_calls(message.tool_calls, calls, found)
        return place

    def _find_calls(self, stored_calls: Sequence[ToolCall], calls: Sequence[ToolCall], found: int) -> int:
        """Mark the stored calls that the chain shows; returns how many of the said ones are found by now."""
        for call in stored_calls:
            if found < len(calls) and self._forms.is_same_call(call, calls[found]):
                self._visible_calls.add(call.id)
                found += 1
        return found

    def _skip(self, place: int, is_skipped: Callable[[Message], bool]) -> int:
        """Past messages that a caller does not see; a result belongs to them unless the chain has shown its call."""
        while place < len(self._stored):
            if not self._is_skipped(self._stored[place], is_skipped):
                break
            place += 1
        return place

    def _is_skipped(self, message: Message, is_skipped: Callable[[Message], bool]) -> bool:
        is_shown = type(message) is ToolResultMessage and message.tool_call_id in self._visible_calls
        return is_skipped(message) and not is_shown


def _is_result(message: Message) -> bool:
    return type(message) is ToolResultMessage


def _may_be_unseen(message: Message) -> bool:
    """Whether a client may show nothing for it: results, replies without text, and replies that were cut off."""
    match message:
        case UserMessage():
            return False
        case ToolResultMessage():
            return True
        case AssistantMessage():
            return message.stop_reason in CUT_OFF or not message.text.strip()


def _may_be_left_out(message: Message) -> bool:
    """Whether a chain may lack it: what was unseen, and commands with their answers, which others may have given."""
    return is_aside(message) or _may_be_unseen(message)


def _begins_with(turn: Sequence[Message], start: Sequence[Message]) -> bool:
    return len(turn) >= len(start) and all(
        type(mine) is type(theirs) and _is_same_content(mine, theirs) for mine, theirs in zip(turn, start, strict=False)
    )


def _after_text(said: str, read: int, reply: AssistantMessage) -> int | None:
    """Up to where a said text is read when the text of a stored reply follows at `read`; None if another one does.

    A place instead of the rest, which would be copied for each of many short replies.
    """
    text = reply.text.strip()
    if said.startswith(text, read):
        spaces = _SPACES.match(said, read + len(text))
        return spaces.end() if spaces else len(said)
    left = len(said) - read
    is_beginning = reply.stop_reason in CUT_OFF and left <= len(text) and text.startswith(said[read:])
    return len(said) if is_beginning else None


def _is_same_content(mine: Message, theirs: Message) -> bool:
    """Whether two messages of one role show the same text, the same images and the same recordings."""
    my_text, their_text = visible_text(mine), visible_text(theirs)
    if my_text != their_text and my_text.strip() != their_text.strip():
        return False
    return _media(mine) == _media(theirs)


def _media(message: Message) -> list[str]:
    content = message.content
    return [] if type(content) is str else [part.data for part in content if isinstance(part, (ImagePart, AudioPart))]


class _Forms:
    """Arguments of calls in a form in which the same value is the same text.

    Each text is read once, however many calls it is compared with, and not without end.
    """

    __slots__ = ("_forms", "_left_chars")

    def __init__(self) -> None:
        self._forms: dict[str, bytes | None] = {}
        self._left_chars = MAX_ARGUMENTS_READ_CHARS

    def is_same_call(self, mine: ToolCall, theirs: ToolCall) -> bool:
        """Whether two calls ask for the same; clients may write the JSON of the arguments anew."""
        if mine.name != theirs.name:
            return False
        if mine.arguments == theirs.arguments:
            return True
        my_form = self._form_of(mine.arguments)
        return my_form is not None and my_form == self._form_of(theirs.arguments)

    def _form_of(self, arguments: str) -> bytes | None:
        if arguments not in self._forms:
            self._left_chars -= len(arguments)
            self._forms[arguments] = _read_form(arguments) if self._left_chars >= 0 else None
        return self._forms[arguments]


def _read_form(arguments: str) -> bytes | None:
    try:
        return msgspec.json.encode(_decode_arguments(arguments), order="sorted")
    except JSON_ERRORS:
        return None


def _read_number(text: str) -> float:
    """1.0 as 1, which is what JavaScript makes of it."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


_decode_arguments = msgspec.json.Decoder(float_hook=_read_number).decode
