"""What a response repeats of its request, and what it depends on; stored with it, so that it can be rendered again."""

import msgspec

from openclaw_gateway.dialects.openai.json_body import ABSENT
from openclaw_gateway.dialects.openai.responses_wire import FlatTool, Reasoning, ResponsesBody

_encode = msgspec.json.encode
_TEXT = msgspec.Raw(b'{"format":{"type":"text"}}')


class Echo(msgspec.Struct, frozen=True):
    """Fields of a response that are the request's own, with OpenAI's defaults where the request was silent."""

    model: str
    instructions: str | None
    previous_response_id: str | None
    conversation: dict[str, str] | None
    background: bool
    store: bool
    tools: msgspec.Raw
    tool_choice: msgspec.Raw
    parallel_tool_calls: bool
    temperature: float | None
    top_p: float | None
    max_output_tokens: int | None
    max_tool_calls: int | None
    text: msgspec.Raw
    reasoning: msgspec.Raw
    truncation: str
    metadata: dict[str, str]
    user: str | None
    prompt_cache_key: msgspec.Raw
    safety_identifier: msgspec.Raw
    service_tier: msgspec.Raw


class ResponseTerms(msgspec.Struct, frozen=True):
    """What rendering needs. echo: the JSON of an `Echo`. caller_tools: names of the tools the caller brought.

    tool_choice: as in a model request. shows_reasoning: the caller asked for a summary of it.
    """

    echo: msgspec.Raw
    caller_tools: frozenset[str] = frozenset()
    tool_choice: str = "auto"
    shows_reasoning: bool = False


class _EchoedReasoning(msgspec.Struct, frozen=True):
    effort: str | None
    summary: str | None


class _EchoedTool(msgspec.Struct, frozen=True):
    type: str
    name: str | None
    description: str | None
    parameters: msgspec.Raw
    strict: bool | None


def make_echo(body: ResponsesBody, *, previous_response_id: str | None, max_output_tokens: int | None) -> msgspec.Raw:
    """The JSON of a request's echo. previous_response_id: the one that is gone on from, None if it was passed over."""
    conversation = body.conversation
    if conversation is not None:
        conversation = conversation if isinstance(conversation, str) else conversation.id
    reasoning = body.reasoning or Reasoning()
    echo = Echo(
        model=body.model or "",
        instructions=body.instructions,
        previous_response_id=previous_response_id,
        conversation=None if conversation is None else {"id": conversation},
        background=body.background is True,
        store=body.store is not False,
        tools=msgspec.Raw(_encode([_echo_tool(tool) for tool in body.tools or ()])),
        tool_choice=msgspec.Raw(b'"auto"' if body.tool_choice is None else _encode(body.tool_choice)),
        parallel_tool_calls=body.parallel_tool_calls is not False,
        temperature=body.temperature,
        top_p=body.top_p,
        max_output_tokens=max_output_tokens,
        max_tool_calls=None if body.max_tool_calls is None else int(body.max_tool_calls),
        text=_echo_text(body),
        reasoning=msgspec.Raw(
            _encode(_EchoedReasoning(reasoning.effort, reasoning.summary or reasoning.generate_summary))
        ),
        truncation=body.truncation or "disabled",
        metadata=body.metadata or {},
        user=body.user,
        prompt_cache_key=body.prompt_cache_key,
        safety_identifier=body.safety_identifier,
        service_tier=body.service_tier,
    )
    return msgspec.Raw(_encode(echo))


def asks_for_reasoning(body: ResponsesBody) -> bool:
    """Whether the caller asked to see something of the model's reasoning."""
    reasoning = body.reasoning
    return reasoning is not None and (reasoning.summary or reasoning.generate_summary) is not None


def _echo_tool(tool: FlatTool) -> _EchoedTool:
    return _EchoedTool("function", tool.name, tool.description, tool.parameters, tool.strict)


def _echo_text(body: ResponsesBody) -> msgspec.Raw:
    wanted = body.text
    if wanted is None or (wanted.format is None and wanted.verbosity is None):
        return _TEXT
    fields: dict[str, object] = {"format": {"type": "text"}}
    if wanted.format is not None:
        fields["format"] = {"type": wanted.format.type}
        if wanted.format.type == "json_schema":
            fields["format"] = {
                name: value
                for name, value in msgspec.structs.asdict(wanted.format).items()
                if value is not None and value != ABSENT
            }
    if wanted.verbosity is not None:
        fields["verbosity"] = wanted.verbosity
    return msgspec.Raw(_encode(fields))
