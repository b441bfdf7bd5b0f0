"""Chat requests as a whole."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw_gateway.asking import SILENT_SAMPLING, Sampling
from openclaw_gateway.dialects.openai.chat_request import ChatLimits, ChatRequest, parse_chat_request
from openclaw_gateway.dialects.openai.chat_wire import ROLES, ChatBody
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import UserMessage

MESSAGES = [{"role": "user", "content": "hi"}]


def parse(**fields: object) -> ChatRequest:
    return parse_chat_request(json.dumps({"messages": MESSAGES, **fields}).encode())


def test_shortest_request() -> None:
    """Messages are enough; all else has its default."""
    request = parse()
    assert request == ChatRequest(
        model=None,
        user=None,
        is_stream=False,
        wants_usage=False,
        system="",
        incoming=(UserMessage("hi"),),
        tools=(),
        tool_choice="auto",
        parallel_tool_calls=None,
        sampling=SILENT_SAMPLING,
    )
    assert request.sampling is SILENT_SAMPLING


def test_everything_asked_for() -> None:
    """What is asked of the run and its sampler arrives."""
    request = parse(
        model="openclaw/main",
        user="Alice:1",
        stream=True,
        stream_options={"include_usage": True, "include_obfuscation": False},
        parallel_tool_calls=False,
        temperature=0,
        top_p=1,
        max_tokens=5,
        stop=["a", "b"],
        unknown={"field": []},
    )
    assert (request.model, request.user, request.parallel_tool_calls) == ("openclaw/main", "Alice:1", False)
    assert request.is_stream
    assert request.wants_usage
    assert request.sampling == Sampling(temperature=0.0, top_p=1.0, max_tokens=5, stop=("a", "b"))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"max_completion_tokens": 7, "max_tokens": 5}, 7, id="newer wins"),
        pytest.param({"max_completion_tokens": None, "max_tokens": 5}, 5, id="null does not"),
        pytest.param({"max_tokens": 5.0}, 5, id="whole float"),
        pytest.param({"max_tokens": 2**53 - 1}, 2**53 - 1, id="largest"),
    ],
)
def test_max_tokens(fields: dict[str, object], expected: int) -> None:
    """Either name of the cap is understood; the newer one wins."""
    assert parse(**fields).sampling.max_tokens == expected


@pytest.mark.parametrize(("stop", "expected"), [("x", ("x",)), ([], ()), (["x", "y"], ("x", "y"))])
def test_stop(stop: object, expected: tuple[str, ...]) -> None:
    """A stop sequence may be one string or a list."""
    assert parse(stop=stop).sampling.stop == expected


@pytest.mark.parametrize(
    ("fields", "param", "message"),
    [
        ({"stream": "yes"}, "stream", "stream: Invalid input: expected boolean, received string"),
        ({"messages": {}}, "messages", "messages: Invalid input: expected array, received object"),
        ({"model": 5}, "model", "model: Invalid input: expected string, received number"),
        ({"user": ["a"]}, "user", "user: Invalid input: expected string, received array"),
        ({"temperature": 2.1}, "temperature", "`temperature` must be between 0 and 2."),
        ({"temperature": -0.1}, "temperature", "`temperature` must be between 0 and 2."),
        ({"temperature": True}, "temperature", "temperature: Invalid input: expected number, received boolean"),
        ({"top_p": 1.01}, "top_p", "`top_p` must be between 0 and 1."),
        ({"frequency_penalty": 3}, "frequency_penalty", "`frequency_penalty` must be between -2.0 and 2.0."),
        ({"presence_penalty": -2.5}, "presence_penalty", "`presence_penalty` must be between -2.0 and 2.0."),
        ({"seed": 1.5}, "seed", "`seed` must be an integer."),
        ({"seed": "1"}, "seed", "`seed` must be an integer."),
        ({"stop": ["a"] * 5}, "stop", "Invalid stop: stop supports at most 4 sequences"),
        ({"stop": ["a", ""]}, "stop", "Invalid stop: stop entries must be non-empty strings"),
        ({"stop": ""}, "stop", "Invalid stop: stop entries must be non-empty strings"),
        ({"stop": ["a", 1]}, "stop", "Invalid stop: stop entries must be non-empty strings"),
        ({"max_tokens": 0}, "max_tokens", "max_tokens: Too small: expected number to be >0"),
        ({"max_tokens": -1}, "max_tokens", "max_tokens: Too small: expected number to be >0"),
        ({"max_tokens": 1.5}, "max_tokens", "max_tokens: Invalid input: expected int, received number"),
        ({"max_tokens": 2**53}, "max_tokens", "max_tokens: Too big: expected number to be <=9007199254740991"),
        ({"max_tokens": 1e300}, "max_tokens", "max_tokens: Too big: expected number to be <=9007199254740991"),
        (
            {"max_completion_tokens": 5, "max_tokens": 0},
            "max_tokens",
            "max_tokens: Too small: expected number to be >0",
        ),
        (
            {"max_completion_tokens": "9"},
            "max_completion_tokens",
            "max_completion_tokens: Invalid input: expected number, received string",
        ),
        (
            {"stream_options": {"include_usage": 1}},
            "stream_options.include_usage",
            "stream_options.include_usage: Invalid input: expected boolean, received number",
        ),
        ({"n": 2}, "n", "`n` must be 1: a request gets one choice; send it again for another."),
        (
            {"response_format": {"type": "grammar"}},
            "response_format.type",
            "response_format.type: Invalid input: expected text, json_object or json_schema",
        ),
        (
            {"response_format": {}},
            "response_format.type",
            "response_format.type: Invalid input: expected a value, received undefined",
        ),
        (
            {"response_format": {"type": "json_schema"}},
            "response_format.json_schema",
            "response_format.json_schema: Invalid input: expected object",
        ),
        ({"metadata": {"a": 1}}, "metadata", "metadata[...]: Invalid input: expected string, received number"),
        ({"store": "no"}, "store", "store: Invalid input: expected boolean, received string"),
    ],
)
def test_wrong_field_is_refused(fields: dict[str, object], param: str, message: str) -> None:
    """A field with a value that cannot be honoured is refused in words that clients know, and named."""
    with pytest.raises(InvalidRequest) as refused:
        parse(**fields)
    assert (refused.value.param, refused.value.message) == (param, message)


CALL = {"id": "c", "function": {"name": "f", "arguments": "{}"}}
TEXT = {"type": "text", "text": "a"}


@pytest.mark.parametrize(
    ("message", "field", "most"),
    [
        pytest.param({"role": "user", "content": [TEXT]}, "content", 1000, id="parts of a user message"),
        pytest.param({"role": "system", "content": [TEXT]}, "content", 1000, id="parts of a system message"),
        pytest.param({"role": "assistant", "content": [TEXT]}, "content", 1000, id="parts of an answer"),
        pytest.param({"role": "tool", "tool_call_id": "c", "content": [TEXT]}, "content", 1000, id="parts of a result"),
        pytest.param({"role": "assistant", "tool_calls": [CALL]}, "tool_calls", 128, id="calls of an answer"),
    ],
)
def test_number_of_entries_is_bounded(message: dict[str, object], field: str, most: int) -> None:
    """One message may hold so many parts and calls, and not one more; the refusal names the field and the bound."""

    def parse_with(count: int) -> None:
        entries = message[field]
        assert isinstance(entries, list)
        many = {**message, field: entries * count}
        parse_chat_request(json.dumps({"messages": [MESSAGES[0], many, MESSAGES[0]]}).encode())

    parse_with(most)
    with pytest.raises(InvalidRequest, match=f"expected at most {most} entries") as refused:
        parse_with(most + 1)
    assert refused.value.param == f"messages[1].{field}"


def test_number_of_messages_is_bounded() -> None:
    """More messages than the limit are refused."""
    body = json.dumps({"messages": MESSAGES * 3}).encode()
    assert len(parse_chat_request(body, limits=ChatLimits(max_messages=3)).incoming) == 3
    with pytest.raises(InvalidRequest, match="at most 2 messages") as refused:
        parse_chat_request(body, limits=ChatLimits(max_messages=2))
    assert refused.value.param == "messages"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
words = st.sampled_from(["text", "image_url", "file", "refusal", "function", "auto", "required", "", "x"])
part_names = st.sampled_from(["type", "text", "image_url", "url", "name", "function", "parameters", "id", "arguments"])
nearly_parts = st.recursive(
    words | json_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(part_names, inner, max_size=4),
    max_leaves=10,
)
message_names = st.sampled_from(["content", "name", "tool_calls", "tool_call_id", "function_call", "refusal"])
nearly_messages = st.builds(
    lambda role, rest: {"role": role, **rest},
    st.sampled_from([*ROLES, "other"]) | json_values,
    st.dictionaries(message_names, nearly_parts, max_size=3),
)
nearly_requests = st.builds(
    lambda messages, rest: {"messages": messages, **rest},
    st.lists(nearly_messages | st.just(MESSAGES[0]), max_size=4),
    st.dictionaries(st.sampled_from([*ChatBody.__struct_fields__, "other"]), nearly_parts, max_size=4),
)


@settings(deadline=None)
@given(nearly_requests | json_values)
def test_no_json_surprises(body: object) -> None:
    """Whatever the JSON is, the answer is a request that ends in something to answer, or InvalidRequest."""
    try:
        request = parse_chat_request(json.dumps(body).encode())
    except InvalidRequest as error:
        assert error.message  # noqa: PT017  (both outcomes are fine, a third is not)
        return
    assert request.incoming
    assert request.incoming[-1].__class__.__name__ in {"UserMessage", "ToolResultMessage"}
    assert request.sampling.temperature is None or math.isfinite(request.sampling.temperature)
