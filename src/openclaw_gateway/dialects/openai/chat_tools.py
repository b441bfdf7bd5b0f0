"""The functions a caller brings in `tools`, and which of them `tool_choice` allows or asks for."""

from collections.abc import Sequence
from typing import NoReturn

import msgspec

from openclaw_gateway.asking import ToolSpec
from openclaw_gateway.dialects.openai.chat_wire import ChosenTool, ToolDefinition
from openclaw_gateway.dialects.openai.json_body import refuse_deep
from openclaw_gateway.errors import InvalidRequest

MAX_TOOLS = 512
MAX_NAME_CHARS = 256

_WORDS = ("auto", "none", "required")


def read_tools(definitions: Sequence[ToolDefinition]) -> tuple[ToolSpec, ...]:
    """The caller's functions in their order. Raises InvalidRequest naming the entry."""
    if len(definitions) > MAX_TOOLS:
        _refuse(f"at most {MAX_TOOLS} tools are supported", "tools")
    names: set[str] = set()
    specs: list[ToolSpec] = []
    for place, definition in enumerate(definitions):
        param = f"tools[{place}]"
        if definition.type != "function":
            _refuse("only function tools are supported", f"{param}.type")
        function = definition.function
        if function is None or not function.name or function.name.isspace():
            _refuse("tool.function.name is required", f"{param}.function.name")
        if len(function.name) > MAX_NAME_CHARS:
            _refuse(f"tool.function.name is longer than {MAX_NAME_CHARS} characters", f"{param}.function.name")
        if function.name in names:
            _refuse(f"two tools are named {function.name[:200]}", f"{param}.function.name")
        names.add(function.name)
        parameters = _read_schema(function.parameters, f"{param}.function.parameters")
        specs.append(ToolSpec(function.name, function.description, parameters, function.strict))
    return tuple(specs)


def read_tool_choice(choice: str | ChosenTool | None, tools: Sequence[ToolSpec]) -> str:
    """The choice in the form of a model request: auto, none, required, or "=" and a name."""
    if choice is None:
        return "auto"
    if isinstance(choice, str):
        if choice not in _WORDS:
            _refuse("tool_choice must be auto, none, required or a named function", "tool_choice")
        if choice == "required" and not tools:
            _refuse("tool_choice=required but no tools were provided", "tool_choice")
        return choice
    if choice.type == "allowed_tools":
        _refuse("tool_choice allowed_tools is not supported", "tool_choice")
    if choice.type != "function":
        _refuse("only function tools are supported", "tool_choice.type")
    if choice.function is None or not choice.function.name:
        _refuse("tool_choice.function.name is required", "tool_choice.function.name")
    name = choice.function.name
    if not any(tool.name == name for tool in tools):
        _refuse(f"tool_choice requested unknown tool: {name[:MAX_NAME_CHARS]}", "tool_choice.function.name")
    return f"={name}"


def _read_schema(parameters: msgspec.Raw, param: str) -> msgspec.Raw | None:
    text = bytes(parameters)
    if text == b"null":
        return None
    if not text.startswith(b"{"):
        raise InvalidRequest(f"{param}: Invalid input: expected object", param=param)
    refuse_deep(parameters, param)
    return parameters


def _refuse(reason: str, param: str) -> NoReturn:
    raise InvalidRequest(f"Invalid tools/tool_choice: {reason}", param=param)
