"""`agents.files.list`, `.get` and `.set`: the files of a workspace that people write (`agents/workspace_files.py`)."""

import asyncio
from typing import Annotated

import msgspec

from openclaw_gateway.agents.agent import Agent
from openclaw_gateway.agents.workspace_files import (
    FileChanged,
    FileRefused,
    WorkspaceFile,
    list_files,
    read_file,
    write_file,
)
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, choose_agent
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import Conflict, InvalidRequest

_FileName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class AgentsFilesListParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Whose files."""

    agent_id: AgentIdText


class AgentsFilesGetParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which file."""

    agent_id: AgentIdText
    name: _FileName


class AgentsFilesSetParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What a file is to hold. expected_hash: only if it still is what was read."""

    agent_id: AgentIdText
    name: _FileName
    content: str
    expected_hash: str | None = None


async def agents_files_list(call: Call[AgentsFilesListParams]) -> dict[str, object]:
    """Which files there are."""
    agent = _find_agent(call.services, call.params.agent_id)
    files = await asyncio.to_thread(list_files, agent.workspace)
    return {**_place(agent), "files": [_tell(file) for file in files]}


async def agents_files_get(call: Call[AgentsFilesGetParams]) -> dict[str, object]:
    """One file with its content, and the content's hash."""
    agent = _find_agent(call.services, call.params.agent_id)
    try:
        file = await asyncio.to_thread(read_file, agent.workspace, call.params.name)
    except FileRefused as error:
        raise InvalidRequest(str(error), param="name") from error
    return {**_place(agent), "file": _tell(file)}


async def agents_files_set(call: Call[AgentsFilesSetParams]) -> dict[str, object]:
    """Replace one file."""
    params = call.params
    agent = _find_agent(call.services, params.agent_id)
    try:
        file = await asyncio.to_thread(
            write_file, agent.workspace, params.name, params.content, expected_hash=params.expected_hash
        )
    except FileRefused as error:
        raise InvalidRequest(str(error), param="name") from error
    except FileChanged as error:
        raise Conflict(str(error), param="expectedHash") from error
    call.services.prepared.prompts[agent.id].distrust()
    return {"ok": True, **_place(agent), "file": _tell(file)}


def _find_agent(services: Services, named: str) -> Agent:
    return services.prepared.agents[choose_agent(services.prepared.index, named)]


def _place(agent: Agent) -> dict[str, object]:
    return {"agentId": agent.id, "workspace": str(agent.workspace)}


def _tell(file: WorkspaceFile) -> dict[str, object]:
    told: dict[str, object] = {"name": file.name, "path": str(file.path), "missing": file.is_missing}
    if file.is_expected_absent:
        told["expectedAbsent"] = True
    if not file.is_missing:
        told |= {"size": file.size, "updatedAtMs": file.updated_at_ms}
    if file.content is not None:
        told |= {"content": file.content, "hash": file.hash}
    return told
