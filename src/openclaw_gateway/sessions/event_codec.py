"""Events of a run as they are kept: a JSON array of arrays, each with the event's letter and its fields.

Every event keeps its place, since places are what clients come back with. What is in the session anyway (messages) or
was for the model alone (the text of tool results) is left out.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from openclaw_gateway import events
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.events import MessageAdded, RunEvent, RunFailed, ToolFinished
from openclaw_gateway.messages import UserMessage

# Letters are for ever: they are on users' disks.
_LETTERS: Final[dict[type[RunEvent], str]] = {
    events.RunStarted: "s",
    events.ModelStarted: "m",
    events.ModelFailedOver: "o",
    events.TextDelta: "t",
    events.ReasoningDelta: "r",
    events.ToolCallStarted: "c",
    events.ToolCallDelta: "a",
    events.ToolStarted: "b",
    events.ToolProgress: "p",
    events.ToolFinished: "e",
    events.ApprovalRequested: "q",
    events.ApprovalResolved: "d",
    events.CompactionStarted: "k",
    events.CompactionFinished: "l",
    events.RunFinished: "f",
}
_PLAIN: Final = {letter: kind for kind, letter in _LETTERS.items()}
_MESSAGE: Final = "+"
_FAILED: Final = "x"
_LEFT_OUT: Final = UserMessage("")


class _Failure(msgspec.Struct, omit_defaults=True):
    """A GatewayError: the name of its class, and what a peer may be told."""

    kind: str
    message: str
    param: str | None = None
    code: str | None = None
    retry_after_s: float | None = None


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(list[list[msgspec.Raw]]).decode
_decode_letter: Final = msgspec.json.Decoder(str).decode


def encode_events(said: Iterable[RunEvent]) -> bytes:
    """The events as one piece of a journal. Halves of surrogate pairs become question marks."""
    rows = [_to_row(event) for event in said]
    try:
        return _encode(rows)
    except UnicodeEncodeError:
        return _encode(_mend(rows))


def decode_events(piece: bytes) -> list[RunEvent]:
    """The events of one piece. Raises msgspec.MsgspecError for one that we did not write."""
    return [_from_row(row) for row in _decode(piece)]


def _to_row(event: RunEvent) -> list[object]:
    if isinstance(event, MessageAdded):
        return [_MESSAGE, event.entry_id]
    if isinstance(event, RunFailed):
        error = event.error
        failure = _Failure(type(error).__name__, error.message, error.param, error.code, error.retry_after_s)
        return [_FAILED, failure, event.ended_at_ms]
    if isinstance(event, ToolFinished):
        event = msgspec.structs.replace(event, text="", details=None)
    return [_LETTERS[type(event)], *msgspec.structs.astuple(event)]


def _from_row(row: Sequence[msgspec.Raw]) -> RunEvent:
    letter = _decode_letter(row[0])
    if letter == _MESSAGE:
        return MessageAdded(_LEFT_OUT, msgspec.json.decode(row[1], type=int))
    if letter == _FAILED:
        failure = msgspec.json.decode(row[1], type=_Failure)
        return RunFailed(_restore(failure), msgspec.json.decode(row[2], type=int))
    kind = _PLAIN.get(letter)
    if kind is None:
        raise msgspec.ValidationError(f"no event has the letter {letter!r}")
    fields = msgspec.structs.fields(kind)
    missing = fields[len(row) - 1 :]
    if len(row) - 1 > len(fields) or any(field.required for field in missing):
        raise msgspec.ValidationError(f"an event of the letter {letter!r} has {len(row) - 1} fields")
    # Fields that came later than the row have their defaults.
    values = {
        field.name: msgspec.json.decode(raw, type=field.type) for field, raw in zip(fields, row[1:], strict=False)
    }
    return kind(**values)


def _restore(failure: _Failure) -> GatewayError:
    """The error again, with its class's status and type, without what only its birthplace knew."""
    kind = _find_class(GatewayError, failure.kind) or GatewayError
    error = kind.__new__(kind)
    GatewayError.__init__(
        error, failure.message, param=failure.param, code=failure.code, retry_after_s=failure.retry_after_s
    )
    return error


def _find_class(root: type[GatewayError], name: str) -> type[GatewayError] | None:
    if root.__name__ == name:
        return root
    return next((found for child in root.__subclasses__() if (found := _find_class(child, name))), None)


def _mend(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_mend(item) for item in value]
    if isinstance(value, _Failure):
        return msgspec.structs.replace(value, message=str(_mend(value.message)))
    return value
