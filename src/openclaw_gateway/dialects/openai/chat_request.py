"""The body of POST /v1/chat/completions, read once into what a run takes.

Types and closed sets are checked by the decoder (`chat_wire.py`), ranges and meaning here and in the modules beside.
Every refusal names the field in `param`. `null` is the same as absent, and unknown fields are ignored.
Source: OpenClaw docs/gateway/openai-http-api.md; OpenAI's API reference, "Create chat completion".
"""

import re

import msgspec

from openclaw_gateway.asking import SILENT_SAMPLING, Sampling, ToolSpec
from openclaw_gateway.attachments.attachment import Attachment
from openclaw_gateway.dialects.openai.chat_fields import read_passed_on
from openclaw_gateway.dialects.openai.chat_messages import read_conversation
from openclaw_gateway.dialects.openai.chat_tools import read_tool_choice, read_tools
from openclaw_gateway.dialects.openai.chat_wire import ROLES, ChatBody
from openclaw_gateway.dialects.openai.image_parts import ImageLimits, ImageReader, refuse_image
from openclaw_gateway.dialects.openai.json_body import decode_body
from openclaw_gateway.dialects.openai.number_fields import read_count, refuse_outside
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import Message

MAX_STOP_SEQUENCES = 4

_decoder = msgspec.json.Decoder(ChatBody)
_ROLE = re.compile(r"messages\[\d+\]\.role")
_PART_TYPE = re.compile(r"(?P<part>messages\[\d+\]\.content\[\d+\])\.type")
_IMAGE = re.compile(r"(?P<image>messages\[\d+\]\.content\[\d+\]\.image_url)(\..*)?")


class ChatLimits(msgspec.Struct, frozen=True):
    """Bounds beside the body's size; the conversion of that many messages keeps the loop busy for a tenth of a second
    at most.
    """

    images: ImageLimits = ImageLimits()
    max_messages: int = 50_000


class ChatRequest(msgspec.Struct, frozen=True, gc=False):
    """What a caller asks for.

    system: instructions of this request, joined. incoming: the conversation without them, ending in a user or tool
    result message; attachments are still to be read into it. tool_choice: auto, none, required, or "=" and the name of
    one of `tools`.
    """

    model: str | None
    user: str | None
    is_stream: bool
    wants_usage: bool
    system: str
    incoming: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]
    tool_choice: str
    parallel_tool_calls: bool | None
    sampling: Sampling
    attachments: tuple[Attachment, ...] = ()


_DEFAULT_LIMITS = ChatLimits()


def parse_chat_request(body: bytes, *, limits: ChatLimits = _DEFAULT_LIMITS) -> ChatRequest:
    """Read a request. Raises InvalidRequest, and nothing else, whatever the bytes are."""
    chat = decode_body(_decoder, body, rephrase=_rephrase)
    turns = chat.messages or []
    if len(turns) > limits.max_messages:
        raise InvalidRequest(f"messages: at most {limits.max_messages} messages are supported", param="messages")
    sampling = _read_sampling(chat)
    tools = read_tools(chat.tools) if chat.tools else ()
    tool_choice = read_tool_choice(chat.tool_choice, tools)
    system, incoming, attachments = read_conversation(turns, ImageReader(limits.images))
    return ChatRequest(
        model=chat.model,
        user=chat.user,
        is_stream=chat.stream is True,
        wants_usage=chat.stream_options is not None and chat.stream_options.include_usage is True,
        system=system,
        incoming=incoming,
        tools=tools,
        tool_choice=tool_choice,
        parallel_tool_calls=chat.parallel_tool_calls,
        sampling=sampling,
        attachments=attachments,
    )


def _read_sampling(chat: ChatBody) -> Sampling:
    extra = read_passed_on(chat)
    if not extra and _is_silent(chat):
        return SILENT_SAMPLING
    refuse_outside("temperature", chat.temperature, 2)
    refuse_outside("top_p", chat.top_p, 1)
    newer = read_count("max_completion_tokens", chat.max_completion_tokens)
    older = read_count("max_tokens", chat.max_tokens)
    max_tokens = older if newer is None else newer
    return Sampling(chat.temperature, chat.top_p, max_tokens, _read_stop(chat.stop), extra)


def _is_silent(chat: ChatBody) -> bool:
    return (
        chat.temperature is None
        and chat.top_p is None
        and chat.max_completion_tokens is None
        and chat.max_tokens is None
        and chat.stop is None
    )


def _read_stop(stop: str | list[str] | None) -> tuple[str, ...]:
    if stop is None:
        return ()
    sequences = (stop,) if type(stop) is str else tuple(stop)
    if len(sequences) > MAX_STOP_SEQUENCES:
        message = f"Invalid stop: stop supports at most {MAX_STOP_SEQUENCES} sequences"
        raise InvalidRequest(message, param="stop")
    if "" in sequences:
        raise InvalidRequest("Invalid stop: stop entries must be non-empty strings", param="stop")
    return sequences


def _rephrase(param: str, unknown_value: str | None) -> InvalidRequest | None:
    """The sentences that clients of the original know, and clearer ones than the decoder can give."""
    if image := _IMAGE.fullmatch(param):
        return refuse_image(image["image"], "image_part_malformed")
    if param.startswith("stop["):
        return InvalidRequest("Invalid stop: stop entries must be non-empty strings", param="stop")
    if unknown_value is None:
        return None
    if part := _PART_TYPE.fullmatch(param):
        message = f"{part['part']}: content parts of type {unknown_value} are not supported here"
        return InvalidRequest(message, param=part["part"], code="unsupported_content_part")
    if _ROLE.fullmatch(param):
        expected = ", ".join(ROLES)
        message = f"{param}: Invalid input: expected one of {expected}, received {unknown_value}"
        return InvalidRequest(message, param=param)
    return None
