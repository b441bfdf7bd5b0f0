"""The body of POST /v1/responses: what is read from it, and how everything else is refused."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.asking import SILENT_SAMPLING
from openclaw_gateway.dialects.openai.responses_request import (
    ResponsesRequest,
    flatten_param,
    parse_responses_request,
    response_id,
    run_of,
)
from openclaw_gateway.dialects.openai.responses_wire import ResponsesBody
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import UserMessage

TOOL = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}


def parse(**fields: Any) -> ResponsesRequest:
    body = {"model": "openclaw", "input": "hi", **fields}
    return parse_responses_request(json.dumps({name: body[name] for name in body if body[name] is not ...}).encode())


def echo(request: ResponsesRequest) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(bytes(request.make_terms("resp_1").echo))
    return shown


def test_plain_request() -> None:
    """The smallest request asks for nothing beyond an answer."""
    request = parse()
    assert (request.model, request.incoming, request.system) == ("openclaw", (UserMessage("hi"),), "")
    assert (request.is_stream, request.is_background, request.is_stored) == (False, False, True)
    assert request.sampling is SILENT_SAMPLING
    assert echo(request) == {
        "model": "openclaw", "instructions": None, "previous_response_id": "resp_1", "conversation": None,
        "background": False, "store": True, "tools": [], "tool_choice": "auto", "parallel_tool_calls": True,
        "temperature": None, "top_p": None, "max_output_tokens": None, "max_tool_calls": None,
        "text": {"format": {"type": "text"}}, "reasoning": {"effort": None, "summary": None},
        "truncation": "disabled", "metadata": {}, "user": None, "prompt_cache_key": None, "safety_identifier": None,
        "service_tier": None,
    }  # fmt: skip


def test_full_request() -> None:
    """Every field that is read finds its way into the run, and is repeated by the response."""
    schema = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}
    request = parse(
        instructions="Be brief.",
        input=[{"role": "developer", "content": "And kind."}, {"role": "user", "content": "hi"}],
        tools=[TOOL],
        tool_choice={"type": "function", "name": "f"},
        temperature=0.5,
        top_p=0.9,
        max_output_tokens=9,
        text={"format": schema, "verbosity": "low"},
        reasoning={"effort": "low", "generate_summary": "concise"},
        previous_response_id="resp_1234",
        stream=True,
    )
    assert request.system == "Be brief.\n\nAnd kind."
    assert request.previous_run == "1234"
    assert (request.tools[0].name, request.tools[0].strict, request.tool_choice) == ("f", True, "=f")
    sampling = request.sampling
    assert (sampling.temperature, sampling.top_p, sampling.max_tokens) == (0.5, 0.9, 9)
    assert {name: json.loads(bytes(raw)) for name, raw in sampling.extra.items()} == {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True},
        },
        "verbosity": "low",
        "reasoning_effort": "low",
    }
    terms = request.make_terms(None)
    assert (terms.caller_tools, terms.tool_choice, terms.shows_reasoning) == (frozenset({"f"}), "=f", True)
    shown = echo(request)
    assert shown["text"] == {"format": schema, "verbosity": "low"}
    assert shown["tools"] == [TOOL]
    assert shown["reasoning"] == {"effort": "low", "summary": "concise"}


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        pytest.param({}, {}, id="empty"),
        pytest.param({"format": {"type": "text"}}, {}, id="text"),
        pytest.param(
            {"format": {"type": "json_object"}}, {"response_format": b'{"type":"json_object"}'}, id="json_object"
        ),
    ],
)
def test_forms_of_text(text: dict[str, Any], extra: dict[str, bytes]) -> None:
    """`text` asks for a form only where it names one other than text."""
    assert {name: bytes(raw) for name, raw in parse(text=text).sampling.extra.items()} == extra


@pytest.mark.parametrize(
    ("fields", "param", "message"),
    [
        pytest.param({"model": ...}, "model", "expected string, received undefined", id="no model"),
        pytest.param({"model": 3}, "model", "model: Invalid input: expected string", id="model of another type"),
        pytest.param({"input": ...}, "input", "input: Invalid input", id="no input"),
        pytest.param({"input": 3}, "input", "input: Invalid input", id="input of another type"),
        pytest.param({"input": ""}, "input", "Missing user message in `input`.", id="blank input"),
        pytest.param({"bogus": 1}, "bogus", ': Unrecognized key: "bogus"', id="unknown field"),
        pytest.param({"temperature": 3}, "temperature", "must be between 0 and 2", id="temperature"),
        pytest.param({"top_p": 2}, "top_p", "must be between 0 and 1", id="top_p"),
        pytest.param({"max_output_tokens": 0}, "max_output_tokens", "Too small", id="max_output_tokens"),
        pytest.param({"max_tool_calls": 1.5}, "max_tool_calls", "expected int", id="max_tool_calls"),
        pytest.param({"truncation": "some"}, "truncation", "unexpected value", id="truncation"),
        pytest.param({"background": True, "store": False}, "background", "needs `store`", id="background unstored"),
        pytest.param({"conversation": " "}, "conversation", "must not be blank", id="blank conversation"),
        pytest.param(
            {"conversation": "c", "previous_response_id": "resp_1"},
            "previous_response_id", "exclude each other", id="two things to go on from",
        ),
        pytest.param({"tools": [{"type": "web_search"}]}, "tools[0].type", "only function tools", id="another tool"),
        pytest.param({"tools": [{"type": "function"}]}, "tools[0].name", "name is required", id="nameless tool"),
        pytest.param({"tools": [TOOL, TOOL]}, "tools[1].name", "two tools are named f", id="a name twice"),
        pytest.param({"tool_choice": "required"}, "tool_choice", "no tools were provided", id="required of nothing"),
        pytest.param(
            {"tool_choice": {"type": "function", "name": "g"}, "tools": [TOOL]},
            "tool_choice.name", "unknown tool: g", id="unknown tool",
        ),
        pytest.param(
            {"tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": []}}, "tool_choice",
            "allowed_tools is not supported", id="allowed tools",
        ),
        pytest.param({"text": {"format": {"type": "xml"}}}, "text.format.type", "expected text", id="another format"),
        pytest.param(
            {"text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema", "expected object",
            id="format without schema",
        ),
        pytest.param(
            {"text": {"format": {"type": "json_schema", "schema": {}}}}, "text.format.name", "needs a name",
            id="format without name",
        ),
        pytest.param({"include": ["message.output_text.logprobs"]}, "include", "no token probabilities", id="logprobs"),
        pytest.param({"metadata": {"a": 1}}, "metadata", "expected string", id="metadata of numbers"),
    ],
)  # fmt: skip
def test_refusals_name_the_field(fields: dict[str, Any], param: str, message: str) -> None:
    """What cannot be taken is refused in the original's words, with the field at fault."""
    with pytest.raises(InvalidRequest) as refused:
        parse(**fields)
    assert message in refused.value.message
    assert refused.value.param == param


def test_ids() -> None:
    """The id of a response holds the id of its run."""
    assert run_of(response_id("run-1")) == "run-1"
    assert [run_of(text) for text in ("", "run-1", "chatcmpl_1", "resp_")] == ["", "", "", ""]


def test_flat_param() -> None:
    """An error about a tool names it where a responses request has it."""
    error = flatten_param(InvalidRequest("clash", param="tools[0].function.name", code="c"))
    assert (error.message, error.param, error.code) == ("clash", "tools[0].name", "c")
    other = InvalidRequest("clash", param="input")
    assert flatten_param(other) is other


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(ResponsesBody.__struct_fields__), JSON), JSON)
def test_nothing_but_a_refusal(fields: dict[str, Any], item: Any) -> None:
    """Whatever a body holds, it is read or refused, and nothing else happens."""
    for body in (fields, {"model": "openclaw", "input": [item, {"role": "user", "content": [item]}]}):
        with contextlib.suppress(InvalidRequest):
            assert parse_responses_request(json.dumps(body).encode()).incoming
