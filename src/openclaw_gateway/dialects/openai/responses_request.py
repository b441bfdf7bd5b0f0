"""The body of POST /v1/responses, read once into what a run takes.

Types and closed sets are checked by the decoder (`responses_wire.py`), ranges and meaning here and in the modules
beside. Every refusal names the field in `param`; `null` is the same as absent.
Source: OpenClaw docs/gateway/openresponses-http-api.md; OpenAI's API reference, "Create a model response".
"""

from collections.abc import Sequence

import msgspec

from openclaw_gateway.asking import SILENT_SAMPLING, Sampling, ToolSpec
from openclaw_gateway.attachments.attachment import Attachment
from openclaw_gateway.dialects.openai.chat_tools import read_tool_choice, read_tools
from openclaw_gateway.dialects.openai.chat_wire import ChosenFunction, ChosenTool, FunctionDefinition, ToolDefinition
from openclaw_gateway.dialects.openai.image_parts import ImageLimits, ImageReader
from openclaw_gateway.dialects.openai.json_body import decode_body
from openclaw_gateway.dialects.openai.number_fields import read_count, refuse_outside
from openclaw_gateway.dialects.openai.responses_fields import read_passed_on
from openclaw_gateway.dialects.openai.responses_items import IMAGE_REFUSAL, Conversation, read_items, read_text
from openclaw_gateway.dialects.openai.responses_terms import ResponseTerms, asks_for_reasoning, make_echo
from openclaw_gateway.dialects.openai.responses_wire import FlatChoice, FlatTool, ResponsesBody
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import Message

MAX_ITEMS = 50_000

_decoder = msgspec.json.Decoder(ResponsesBody)


class ResponsesRequest(msgspec.Struct, frozen=True, gc=False):
    """What a caller asks for.

    previous_run: the run of `previous_response_id`, "" for an id that none of our responses could have. system:
    instructions of this request, joined. incoming: the conversation without them; attachments are still to be read into
    it. tool_choice: auto, none, required, or "=" and the name of one of `tools`.
    """

    body: ResponsesBody
    model: str
    conversation: str | None
    previous_run: str | None
    system: str
    incoming: tuple[Message, ...]
    attachments: tuple[Attachment, ...]
    tools: tuple[ToolSpec, ...]
    tool_choice: str
    sampling: Sampling

    @property
    def is_stream(self) -> bool:
        """Whether the answer is sent as it comes."""
        return self.body.stream is True

    @property
    def is_background(self) -> bool:
        """Whether the answer is fetched later."""
        return self.body.background is True

    @property
    def is_stored(self) -> bool:
        """Whether the response can be retrieved and gone on from."""
        return self.body.store is not False

    def make_terms(self, previous_response_id: str | None, *, shows_reasoning: bool = False) -> ResponseTerms:
        """What the response depends on. previous_response_id: the one that the turn goes on from, if it does.

        shows_reasoning: it was asked for beside the body.
        """
        echo = make_echo(
            self.body, previous_response_id=previous_response_id, max_output_tokens=self.sampling.max_tokens
        )
        names = frozenset([tool.name for tool in self.tools])
        return ResponseTerms(echo, names, self.tool_choice, shows_reasoning or asks_for_reasoning(self.body))


def parse_responses_request(body: bytes, *, images: ImageLimits | None = None) -> ResponsesRequest:
    """Read a request. Raises InvalidRequest, and nothing else, whatever the bytes are."""
    asked = decode_body(_decoder, body, rephrase=_rephrase)
    if asked.model is None:
        raise InvalidRequest("model: Invalid input: expected string, received undefined", param="model")
    if asked.background and asked.store is False:
        raise InvalidRequest("`background` needs `store`: the answer is fetched later.", param="background")
    if asked.conversation is not None and asked.previous_response_id is not None:
        message = "`conversation` and `previous_response_id` exclude each other: each names what to go on from."
        raise InvalidRequest(message, param="previous_response_id")
    read_count("max_tool_calls", asked.max_tool_calls)
    sampling = _read_sampling(asked)
    tools = _read_tools(asked.tools) if asked.tools else ()
    tool_choice = _read_tool_choice(asked.tool_choice, tools)
    conversation = _read_input(asked.input, ImageReader(images or ImageLimits(), IMAGE_REFUSAL))
    system = (asked.instructions, *conversation.system) if asked.instructions else conversation.system
    return ResponsesRequest(
        body=asked,
        model=asked.model,
        conversation=_read_conversation(asked),
        previous_run=None if asked.previous_response_id is None else run_of(asked.previous_response_id),
        system="\n\n".join(system),
        incoming=conversation.messages,
        attachments=conversation.attachments,
        tools=tools,
        tool_choice=tool_choice,
        sampling=sampling,
    )


def response_id(run_id: str) -> str:
    """The id of the response that a run gives."""
    return f"resp_{run_id}"


def run_of(id_of_response: str) -> str:
    """The run of a response's id; "" if it is none of ours."""
    prefix, _, run_id = id_of_response.partition("_")
    return run_id if prefix == "resp" else ""


def _read_input(given: str | list[msgspec.Raw] | None, images: ImageReader) -> Conversation:
    if given is None:
        raise InvalidRequest("input: Invalid input", param="input")
    if isinstance(given, str):
        return read_text(given)
    if len(given) > MAX_ITEMS:
        raise InvalidRequest(f"input: at most {MAX_ITEMS} items are supported", param="input")
    return read_items(given, images)


def _read_conversation(asked: ResponsesBody) -> str | None:
    conversation = asked.conversation
    if conversation is None:
        return None
    name = conversation if isinstance(conversation, str) else conversation.id
    if not name or name.isspace():
        raise InvalidRequest("`conversation` must not be blank.", param="conversation")
    return name


def _read_sampling(asked: ResponsesBody) -> Sampling:
    refuse_outside("temperature", asked.temperature, 2)
    refuse_outside("top_p", asked.top_p, 1)
    max_tokens = read_count("max_output_tokens", asked.max_output_tokens)
    extra = read_passed_on(asked)
    if asked.temperature is None and asked.top_p is None and max_tokens is None and not extra:
        return SILENT_SAMPLING
    return Sampling(asked.temperature, asked.top_p, max_tokens, (), extra)


def _read_tools(tools: Sequence[FlatTool]) -> tuple[ToolSpec, ...]:
    definitions = [
        ToolDefinition(tool.type, FunctionDefinition(tool.name, tool.description, tool.parameters, tool.strict))
        for tool in tools
    ]
    try:
        return read_tools(definitions)
    except InvalidRequest as error:
        raise flatten_param(error) from None


def _read_tool_choice(choice: str | FlatChoice | None, tools: Sequence[ToolSpec]) -> str:
    if isinstance(choice, FlatChoice):
        try:
            return read_tool_choice(ChosenTool(choice.type, ChosenFunction(choice.name)), tools)
        except InvalidRequest as error:
            raise flatten_param(error) from None
    return read_tool_choice(choice, tools)


def flatten_param(error: InvalidRequest) -> InvalidRequest:
    """The same error about a tool, which has no `function` inside here."""
    if error.param is None or ".function." not in error.param:
        return error
    return InvalidRequest(error.message, param=error.param.replace(".function.", "."), code=error.code)


def _rephrase(param: str, unknown_value: str | None) -> InvalidRequest | None:  # noqa: ARG001
    """The sentence that clients of the original know."""
    return InvalidRequest("input: Invalid input", param="input") if param == "input" else None
