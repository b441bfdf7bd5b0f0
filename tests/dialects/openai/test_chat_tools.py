"""Tools of the caller and the choice among them."""

import json

import pytest

from openclaw_gateway.dialects.openai.chat_request import ChatRequest, parse_chat_request
from openclaw_gateway.errors import InvalidRequest

SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}}
LOOKUP = {"type": "function", "function": {"name": "lookup", "description": "Look up.", "parameters": SCHEMA}}


def parse(**fields: object) -> ChatRequest:
    return parse_chat_request(json.dumps({"messages": [{"role": "user", "content": "hi"}], **fields}).encode())


def test_schema_is_kept_as_it_came() -> None:
    """A function's description and schema reach the run unchanged, absent parts absent."""
    bare = {"type": "function", "function": {"name": "bare", "description": None, "parameters": None, "strict": True}}
    lookup, second = parse(tools=[LOOKUP, bare]).tools
    assert (lookup.name, lookup.description, lookup.strict) == ("lookup", "Look up.", None)
    assert lookup.parameters is not None
    assert bytes(lookup.parameters) == json.dumps(SCHEMA).encode()
    assert (second.name, second.description, second.parameters, second.strict) == ("bare", None, None, True)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        pytest.param(None, "auto", id="null"),
        pytest.param("auto", "auto", id="auto"),
        pytest.param("none", "none", id="none"),
        pytest.param("required", "required", id="required"),
        pytest.param({"type": "function", "function": {"name": "lookup"}}, "=lookup", id="by name"),
    ],
)
def test_choice(choice: object, expected: str) -> None:
    """Each form of `tool_choice` is understood."""
    assert parse(tools=[LOOKUP], tool_choice=choice).tool_choice == expected


@pytest.mark.parametrize("fields", [{}, {"tools": []}, {"tools": None}, {"tool_choice": "none"}])
def test_no_tools(fields: dict[str, object]) -> None:
    """No tools, an empty list and null are the same."""
    assert parse(**fields).tools == ()


def function(**parts: object) -> dict[str, object]:
    return {"type": "function", "function": parts}


@pytest.mark.parametrize(
    ("fields", "param", "message"),
    [
        pytest.param({"tools": {}}, "tools", "tools: Invalid input: expected array, received object", id="not a list"),
        pytest.param(
            {"tools": [{"type": "custom", "custom": {"name": "x"}}]},
            "tools[0].type",
            "Invalid tools/tool_choice: only function tools are supported",
            id="custom tool",
        ),
        pytest.param(
            {"tools": [LOOKUP, {"type": "function"}]},
            "tools[1].function.name",
            "Invalid tools/tool_choice: tool.function.name is required",
            id="no function",
        ),
        pytest.param(
            {"tools": [function(name=" ")]},
            "tools[0].function.name",
            "Invalid tools/tool_choice: tool.function.name is required",
            id="blank name",
        ),
        pytest.param(
            {"tools": [function(name="x" * 257)]},
            "tools[0].function.name",
            "Invalid tools/tool_choice: tool.function.name is longer than 256 characters",
            id="long name",
        ),
        pytest.param(
            {"tools": [LOOKUP, LOOKUP]},
            "tools[1].function.name",
            "Invalid tools/tool_choice: two tools are named lookup",
            id="same name",
        ),
        pytest.param(
            {"tools": [function(name="x", parameters=[])]},
            "tools[0].function.parameters",
            "tools[0].function.parameters: Invalid input: expected object",
            id="schema is a list",
        ),
        pytest.param(
            {"tools": [function(name=f"x{number}") for number in range(513)]},
            "tools",
            "Invalid tools/tool_choice: at most 512 tools are supported",
            id="too many",
        ),
        pytest.param(
            {"tool_choice": "required"},
            "tool_choice",
            "Invalid tools/tool_choice: tool_choice=required but no tools were provided",
            id="required of none",
        ),
        pytest.param(
            {"tools": [LOOKUP], "tool_choice": function(name="zz")},
            "tool_choice.function.name",
            "Invalid tools/tool_choice: tool_choice requested unknown tool: zz",
            id="unknown name",
        ),
        pytest.param(
            {"tools": [LOOKUP], "tool_choice": {"type": "allowed_tools", "allowed_tools": {}}},
            "tool_choice",
            "Invalid tools/tool_choice: tool_choice allowed_tools is not supported",
            id="allowed tools",
        ),
        pytest.param(
            {"tools": [LOOKUP], "tool_choice": {"type": "custom", "custom": {"name": "x"}}},
            "tool_choice.type",
            "Invalid tools/tool_choice: only function tools are supported",
            id="custom choice",
        ),
        pytest.param(
            {"tools": [LOOKUP], "tool_choice": {"type": "function"}},
            "tool_choice.function.name",
            "Invalid tools/tool_choice: tool_choice.function.name is required",
            id="choice of no name",
        ),
        pytest.param(
            {"tools": [LOOKUP], "tool_choice": "any"},
            "tool_choice",
            "Invalid tools/tool_choice: tool_choice must be auto, none, required or a named function",
            id="unknown word",
        ),
        pytest.param(
            {"tools": [LOOKUP], "tool_choice": 1},
            "tool_choice",
            "tool_choice: Invalid input: expected string or object, received number",
            id="number",
        ),
    ],
)
def test_wrong_tools_are_refused(fields: dict[str, object], param: str, message: str) -> None:
    """A tool or choice that cannot be honoured is refused with the entry named."""
    with pytest.raises(InvalidRequest) as refused:
        parse(**fields)
    assert (refused.value.param, refused.value.message) == (param, message)


def test_abyss_of_a_schema_is_refused() -> None:
    """A schema nested deeper than the next reader can be trusted with is refused by name."""
    deep: object = {}
    for _ in range(100):
        deep = {"items": deep}
    with pytest.raises(InvalidRequest, match="nested deeper") as refused:
        parse(tools=[function(name="x", parameters=deep)])
    assert refused.value.param == "tools[0].function.parameters"
