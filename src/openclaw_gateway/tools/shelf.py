"""The tools that the gateway brings: made for one agent, once for each revision of the config."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from openclaw_gateway.config.schema.sandbox import Sandbox
from openclaw_gateway.config.schema.tools import AgentToAgent, Exec, Files, SessionTools, Web
from openclaw_gateway.tools.closed import Closed
from openclaw_gateway.tools.exec.exec_tool import ExecTool
from openclaw_gateway.tools.exec.process_table import ProcessTable
from openclaw_gateway.tools.exec.process_tool import ProcessTool
from openclaw_gateway.tools.files.apply_patch import ApplyPatchTool
from openclaw_gateway.tools.files.edit import EditTool
from openclaw_gateway.tools.files.ls import LsTool
from openclaw_gateway.tools.files.read import ReadTool
from openclaw_gateway.tools.files.write import WriteTool
from openclaw_gateway.tools.memory.library import Library
from openclaw_gateway.tools.memory.memory_get import MemoryGetTool
from openclaw_gateway.tools.memory.memory_search import MemorySearchTool
from openclaw_gateway.tools.permission.gate import Gate
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.sandbox.boxes import find_box_place, is_sandboxed
from openclaw_gateway.tools.sessions.agents_list import AgentsListTool
from openclaw_gateway.tools.sessions.port import SessionsPort
from openclaw_gateway.tools.sessions.session_status import SessionStatusTool
from openclaw_gateway.tools.sessions.sessions_history import SessionsHistoryTool
from openclaw_gateway.tools.sessions.sessions_list import SessionsListTool
from openclaw_gateway.tools.sessions.sessions_search import SessionsSearchTool
from openclaw_gateway.tools.sessions.sessions_send import SessionsSendTool
from openclaw_gateway.tools.sessions.sight import Sight
from openclaw_gateway.tools.tool import Tool
from openclaw_gateway.tools.view_image import ViewImageTool
from openclaw_gateway.tools.web.web_access import WebAccess
from openclaw_gateway.tools.web.web_fetch import WebFetchTool


@dataclass(frozen=True, slots=True)
class ToolParts:
    """What all tools share and what lives as long as the gateway. gate: every command asks it before it starts.

    processes: all commands that run. sessions: who knows the runs; None where nothing runs.
    """

    gate: Gate
    processes: ProcessTable = field(default_factory=ProcessTable)
    web: WebAccess = field(default_factory=WebAccess)
    sessions: SessionsPort | None = None


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """What the config says of the tools of one agent. workspace: its folder, which need not be there yet.

    may_spawn: agents whose sessions it may spawn beside its own, `*` for all. own_files: the gateway's, such as its
    config, which no file tool reaches, wherever they lie.
    """

    agent_id: str
    workspace: Path
    exec: Exec
    fs: Files
    web: Web
    sandbox: Sandbox
    state_dir: Path
    sessions: SessionTools = field(default_factory=SessionTools)
    agent_to_agent: AgentToAgent = field(default_factory=AgentToAgent)
    may_spawn: tuple[str, ...] = ()
    own_files: tuple[Path, ...] = ()


def make_tools(settings: ToolSettings, parts: ToolParts) -> Mapping[str, Tool]:
    """All tools by name, whatever the policy says of them. What a tool needs and is costly it imports when called."""
    sight = Sight(parts.sessions, settings.sessions, settings.agent_to_agent, settings.sandbox)
    tools: list[Tool] = [
        ReadTool(),
        WriteTool(),
        EditTool(),
        *([ApplyPatchTool(settings.exec.apply_patch)] if settings.exec.apply_patch.enabled else []),
        LsTool(),
        ViewImageTool(),
        ExecTool(settings.exec, parts.processes, parts.gate, hidden=(settings.state_dir, *settings.own_files)),
        ProcessTool(parts.processes),
        *([WebFetchTool(settings.web.fetch, parts.web)] if settings.web.fetch.enabled else []),
        MemorySearchTool(Library(settings.state_dir), sight),
        MemoryGetTool(),
        SessionStatusTool(sight),
        SessionsListTool(sight),
        SessionsHistoryTool(sight),
        SessionsSearchTool(sight),
        SessionsSendTool(sight),
        AgentsListTool(sight, settings.may_spawn),
    ]
    return {tool.name: tool for tool in tools}


def find_place(settings: ToolSettings, session_key: str) -> Place:
    """Where the tools of a session work."""
    if is_sandboxed(settings.sandbox, settings.agent_id, session_key):
        place = find_box_place(settings.sandbox, settings.agent_id, session_key, settings.workspace, settings.state_dir)
    else:
        place = Place.of_host(settings.workspace, is_contained=_is_contained(settings))
    return replace(place, closed=Closed(settings.state_dir, settings.own_files))


def _is_contained(settings: ToolSettings) -> bool:
    """Whether files outside of the workspace are out of reach.

    Whoever may write a shell's start file or a program on the PATH need not ask for commands: one goes with the other.
    """
    asked = settings.fs.workspace_only
    return settings.exec.mode != "full" if asked is None else asked
