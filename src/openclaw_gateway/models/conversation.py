"""The conversation as a provider will accept it: every call answered, every result asked for, ids in its alphabet.

A run that was cancelled, a history that a client trimmed, a turn that another provider answered: all of them leave
conversations that a provider refuses. They are put right here, before they are written in a provider's form.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.json_errors import JSON_ERRORS
from openclaw_gateway.messages import AssistantMessage, Message, TextPart, ToolCall, ToolResultMessage

# Beside images of tool results, in forms whose results are text only.
IMAGES_RETURNED = "The images that the tools returned:"
IMAGES_LEFT_OUT = "[An image was returned, which this model cannot see.]"

MISSING_RESULT = "No result: the call was interrupted before it ended."

_NOT_IN_ID = re.compile(r"[^a-zA-Z0-9_-]")
MAX_ID_CHARS = 64


def pair_tool_results(messages: Sequence[Message]) -> Sequence[Message]:
    """The same messages, where results without a call are dropped and calls without a result are given an error result.

    Without any tool in it the conversation is returned as it is.
    """
    for message in messages:
        kind = type(message)
        if kind is ToolResultMessage or (kind is AssistantMessage and _has_call(message)):
            return list(_pair(messages))
    return messages


def _has_call(message: Message) -> bool:
    parts = message.content
    # Almost every answer is one text, and this runs over the whole window on every turn.
    return type(parts[0]) is ToolCall if len(parts) == 1 else any(type(part) is ToolCall for part in parts)


def _pair(messages: Sequence[Message]) -> Iterator[Message]:
    waiting: dict[str, ToolCall] = {}
    for message in messages:
        if isinstance(message, ToolResultMessage):
            if waiting.pop(message.tool_call_id, None) is not None:
                yield message
            continue
        yield from _repair(waiting)
        waiting = {call.id: call for call in message.tool_calls} if isinstance(message, AssistantMessage) else {}
        yield message
    yield from _repair(waiting)


def _repair(waiting: dict[str, ToolCall]) -> Iterator[ToolResultMessage]:
    for call in waiting.values():
        yield ToolResultMessage(call.id, (TextPart(MISSING_RESULT),), call.name, is_error=True)


def adapt_call_id(call_id: str) -> str:
    """The id in the alphabet that every provider takes, the same for a call and its result; most stay as they are."""
    if call_id and len(call_id) <= MAX_ID_CHARS and not _NOT_IN_ID.search(call_id):
        return call_id
    import hashlib

    # What is replaced could make two ids alike, so the whole of it goes in as a digest.
    digest = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{_NOT_IN_ID.sub('_', call_id[:40])}_{digest}"


def refuse_medium(model: str, medium: str, word: str) -> InvalidRequest:
    """The error for parts that a model does not take, wherever in the conversation they are: never a silent drop."""
    message = f'the model {model} does not take {medium}; choose one whose `input` lists "{word}"'
    return InvalidRequest(message, param="messages", code=f"{word}_not_accepted")


_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_NO_ARGUMENTS = msgspec.Raw(b"{}")


def read_arguments(arguments: str) -> msgspec.Raw:
    """A call's arguments as the object that some providers want; what the model got wrong is an empty one."""
    try:
        _decode_object(arguments)
    except JSON_ERRORS:
        return _NO_ARGUMENTS
    return msgspec.Raw(arguments.encode())


def write_fields(fields: Mapping[str, bytes]) -> bytes:
    """Further fields of a JSON object that is being written: `,"name":value` for each."""
    return b"".join([b",%b:%b" % (msgspec.json.encode(name), value) for name, value in fields.items()])
