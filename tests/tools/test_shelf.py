"""The tools that the gateway brings."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from openclaw_gateway.config.schema import Config, Sandbox
from openclaw_gateway.config.schema.tools import Tools
from openclaw_gateway.tools.permission.gate import Gate
from openclaw_gateway.tools.shelf import ToolParts, ToolSettings, find_place, make_tools


def settings_of(folder: Path) -> ToolSettings:
    """Those of an agent that a plain config has."""
    config = Config()
    defaults = config.agents.defaults
    tools = config.tools
    return ToolSettings("main", folder, tools.exec, tools.fs, tools.web, defaults.sandbox, folder)


def test_each_tool_is_under_its_own_name_and_says_what_it_takes(tmp_path: Path) -> None:
    """What the model is shown of a tool is a JSON Schema of an object, under the name that calls it."""
    for name, tool in make_tools(settings_of(tmp_path), ToolParts(Gate.of(tmp_path, lambda: 0))).items():
        schema = msgspec.json.decode(tool.parameters)
        assert (name, schema["type"], bool(tool.description)) == (tool.name, "object", True)


def test_without_a_sandbox_tools_work_in_the_workspace(tmp_path: Path) -> None:
    """The place of a session is the agent's own folder, under its own name."""
    place = find_place(settings_of(tmp_path), "agent:main:main")
    assert (place.folder, place.shown_as, place.sandbox) == (tmp_path, str(tmp_path), None)


def test_a_confined_session_works_in_its_sandbox(tmp_path: Path) -> None:
    """With the mode `non-main` the main session is where it was, and all others are confined."""
    settings = replace(settings_of(tmp_path), sandbox=Sandbox(mode="non-main", backend="bubblewrap"))
    assert find_place(settings, "agent:main:main").sandbox is None
    place = find_place(settings, "agent:main:other")
    assert (place.folder, place.shown_as) == (tmp_path / "sandboxes" / "agent-main", "/workspace")


@pytest.mark.parametrize(
    ("mode", "asked", "is_contained"),
    [
        pytest.param("ask", None, True, id="commands are asked for"),
        pytest.param("full", None, False, id="commands need no permission"),
        pytest.param("ask", False, False, id="opened on purpose"),
        pytest.param("full", True, True, id="closed on purpose"),
    ],
)
def test_files_are_no_way_around_the_permission(
    tmp_path: Path, mode: str, asked: bool | None, is_contained: bool
) -> None:
    """While commands need permission, file tools stay in the workspace: a shell's start file is a command, too."""
    tools = msgspec.convert({"exec": {"mode": mode}, "fs": {"workspaceOnly": asked}}, Tools)
    settings = replace(settings_of(tmp_path), exec=tools.exec, fs=tools.fs)
    assert find_place(settings, "agent:main:main").is_contained is is_contained
