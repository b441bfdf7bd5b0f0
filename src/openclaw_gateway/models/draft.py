"""An answer while it is being written: what a stream adds, what is said of it, and what it came to."""

import os
from collections.abc import Sequence

import msgspec

from openclaw_gateway.events import ReasoningDelta, TextDelta, ToolCallDelta, ToolCallStarted
from openclaw_gateway.json_errors import JSON_ERRORS
from openclaw_gateway.messages import AssistantPart, TextPart, ThinkingPart, ToolCall
from openclaw_gateway.model_errors import ModelAnswerTooLarge, ModelProtocolError
from openclaw_gateway.models.http_connection import UpstreamTrouble
from openclaw_gateway.models.model import Say

# A million tokens. All that is said is kept: for readers of the run, and in the session.
MAX_SAID_CHARS = 4_000_000
MAX_CALLS = 512
# OpenAI allows names of 64 characters and servers write ids of some dozens: what is longer is not one, and would be
# repeated with every event, message and result of the call.
MAX_NAME_CHARS = 256
MAX_ID_CHARS = 512


class UnfinishedCallError(Exception):
    """A tool call whose arguments end in the middle, or that has no name; the text says which."""


class _Piece:
    """A part under construction. texts: what was said of it so far."""

    __slots__ = ("texts",)

    def __init__(self) -> None:
        self.texts: list[str] = []

    def say(self, text: str, say: Say) -> None:
        """Add and say a non-empty text."""
        raise NotImplementedError


class TextDraft(_Piece):
    """Visible text."""

    __slots__ = ()

    def say(self, text: str, say: Say) -> None:
        """Add and say."""
        self.texts.append(text)
        say(TextDelta(text))


class ThinkingDraft(_Piece):
    """Reasoning. proofs: pieces of the provider's proof. redacted: its opaque form of reasoning that it does not
    show.
    """

    __slots__ = ("proofs", "redacted")

    def __init__(self) -> None:
        super().__init__()
        self.proofs: list[str] = []
        self.redacted = False

    def say(self, text: str, say: Say) -> None:
        """Add and say."""
        self.texts.append(text)
        say(ReasoningDelta(text))


class CallDraft(_Piece):
    """A tool call. It is said to have started once its name is known; arguments that came before wait for that.

    proofs: pieces of what the provider wants to see again beside this call.
    """

    __slots__ = ("id", "index", "is_started", "name", "proofs")

    def __init__(self, index: int, call_id: str) -> None:
        super().__init__()
        self.index = index
        self.id = call_id
        self.name = ""
        self.is_started = False
        self.proofs: list[str] = []

    def say(self, text: str, say: Say) -> None:
        """Add and, once started, say."""
        self.texts.append(text)
        if self.is_started:
            say(ToolCallDelta(self.index, text))

    def start(self, name: str, say: Say) -> None:
        """The name is known now."""
        self.name = name
        self.is_started = True
        say(ToolCallStarted(self.index, self.id, name))
        if self.texts:
            say(ToolCallDelta(self.index, "".join(self.texts)))


class Draft:
    """Parts in the order they came.

    Texts are gathered until `flush`, which is called once per read from the network: what came together is said as one
    delta. has_said: whether the caller heard anything yet.
    """

    __slots__ = ("_current", "_gathered", "_said_chars", "_say", "calls", "has_said", "parts")

    def __init__(self, say: Say) -> None:
        self._say = say
        self._current: _Piece | None = None
        self._gathered: list[str] = []
        self._said_chars = 0
        self.parts: list[_Piece] = []
        self.calls: list[CallDraft] = []
        self.has_said = False

    def add_text(self, text: str) -> None:
        """More visible text, perhaps empty."""
        if text:
            if type(self._current) is not TextDraft:
                self._begin(TextDraft())
            self._gathered.append(text)

    def add_reasoning(self, text: str) -> None:
        """More reasoning, perhaps empty."""
        if text:
            self.thinking()
            self._gathered.append(text)

    def thinking(self, *, is_new: bool = False) -> ThinkingDraft:
        """The reasoning part that is being written, or a new one."""
        current = self._current
        if is_new or not isinstance(current, ThinkingDraft):
            current = ThinkingDraft()
            self._begin(current)
        return current

    def add_to_thinking(self, thinking: ThinkingDraft, text: str) -> None:
        """More of this reasoning part, perhaps empty; others may have begun since."""
        if text:
            self._turn_to(thinking)
            self._gathered.append(text)

    def sign(self, piece: ThinkingDraft | CallDraft, proof: str) -> None:
        """More of the provider's proof of a part, perhaps empty. It is kept like what was said, and counts like it."""
        if proof:
            self._count(len(proof))
            piece.proofs.append(proof)

    def begin_call(self, call_id: str, name: str) -> CallDraft:
        """A new tool call; without an id it is given one that is unique in any conversation."""
        if len(self.calls) == MAX_CALLS:
            raise UpstreamTrouble(ModelAnswerTooLarge, f"it asks for more than {MAX_CALLS} tools at once")
        if len(call_id) > MAX_ID_CHARS:
            raise UpstreamTrouble(ModelProtocolError, f"the id of a tool call is over {MAX_ID_CHARS} characters")
        call = CallDraft(len(self.calls), call_id or f"call_{os.urandom(12).hex()}")
        self.calls.append(call)
        self._begin(call)
        if name:
            self.start_call(call, name)
        return call

    def start_call(self, call: CallDraft, name: str) -> None:
        """The name of a call is known now."""
        if len(name) > MAX_NAME_CHARS:
            raise UpstreamTrouble(ModelProtocolError, f"the name of a called tool is over {MAX_NAME_CHARS} characters")
        self.flush()
        self.has_said = True
        call.start(name, self._say)

    def add_arguments(self, call: CallDraft, text: str) -> None:
        """More of the JSON text of a call's arguments, perhaps empty."""
        if text:
            self._turn_to(call)
            self._gathered.append(text)

    def flush(self) -> None:
        """Say what was gathered."""
        gathered = self._gathered
        if gathered and self._current is not None:
            text = gathered[0] if len(gathered) == 1 else "".join(gathered)
            gathered.clear()
            self._count(len(text))
            self.has_said = True
            self._current.say(text, self._say)

    def finish(self) -> tuple[AssistantPart, ...]:
        """All parts. Raises UnfinishedCallError for a tool call that is not whole."""
        self.flush()
        for call in self.calls:
            self._finish_call(call)
        return tuple([part for part in map(_finish_part, self.parts) if part is not None])

    def _count(self, chars: int) -> None:
        self._said_chars += chars
        if self._said_chars > MAX_SAID_CHARS:
            raise UpstreamTrouble(ModelAnswerTooLarge, f"its answer is over {MAX_SAID_CHARS} characters")

    def _turn_to(self, part: _Piece) -> None:
        if self._current is not part:
            self.flush()
            self._current = part

    def _begin(self, part: _Piece) -> None:
        self.flush()
        self._current = part
        self.parts.append(part)

    def _finish_call(self, call: CallDraft) -> None:
        if not call.is_started:
            raise UnfinishedCallError("asked for a tool without naming it")
        if not call.texts:
            call.say("{}", self._say)
        if _is_truncated(call.texts):
            raise UnfinishedCallError(f"ended in the middle of the arguments for the tool {call.name[:64]!r}")


def _finish_part(part: _Piece) -> AssistantPart | None:
    text = "".join(part.texts)
    match part:
        case CallDraft():
            return ToolCall(part.id, part.name, text, "".join(part.proofs) or None)
        case ThinkingDraft():
            return ThinkingPart(text, "".join(part.proofs) or None, part.redacted) if text or part.proofs else None
        case _:
            return TextPart(text) if text else None


def _is_truncated(texts: Sequence[str]) -> bool:
    """Whether JSON text ends too early. Text that is wrong in another way is the model's own and passes as it is."""
    try:
        msgspec.json.decode("".join(texts), type=msgspec.Raw)
    except msgspec.DecodeError as error:
        return str(error) == "Input data was truncated"
    except JSON_ERRORS:
        return False
    return False
