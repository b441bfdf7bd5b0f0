"""The tools that the gateway brings: made for one agent, once for each revision of the config."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from openclaw_gateway.config.schema.agents import Sandbox
from openclaw_gateway.config.schema.tools import Exec, Files, Web
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class ToolParts:
    """What all tools share and what lives as long as the gateway."""

    state_dir: Path


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """What the config says of the tools of one agent. workspace: its folder, which need not be there yet."""

    agent_id: str
    workspace: Path
    exec: Exec
    fs: Files
    web: Web
    sandbox: Sandbox


def make_tools(settings: ToolSettings, parts: ToolParts) -> Mapping[str, Tool]:
    """All tools by name, whatever the policy says of them. What a tool needs and is costly it imports when called."""
    del settings, parts
    tools: list[Tool] = []
    return {tool.name: tool for tool in tools}


def find_place(settings: ToolSettings, session_key: str) -> Place:
    """Where the tools of a session work."""
    del session_key
    return Place.of_host(settings.workspace, is_contained=settings.fs.workspace_only)
