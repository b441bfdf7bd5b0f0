"""`agents.create`, `.update` and `.delete`: which agents there are, changed in the config file and in force at once.

Where an agent works is chosen by the gateway, or on its machine: a client of the protocol that could name a folder
could have files of others read and written (security property P4).
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from openclaw_gateway.endpoints.gateway.config_methods import loaded_of, require_hash, take_over, write_config
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, choose_agent
from openclaw_gateway.endpoints.gateway.sessions_patch import refuse_unprintable
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import Busy, Forbidden, GatewayError, InvalidRequest, NotFound

if TYPE_CHECKING:
    from openclaw_gateway.agents.roster import Details, RosterChange
    from openclaw_gateway.config.load import Loaded

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Look = Annotated[str, msgspec.Meta(max_length=200)]
_Folder = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
_Plan = Callable[["Loaded"], "RosterChange"]


class AgentsCreateParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The id is made of the name. workspace: only the folder that the agent gets anyway."""

    name: _Name
    workspace: _Folder | None = None
    model: _Name | None = None
    emoji: _Look | None = None
    avatar: _Look | None = None


class AgentsUpdateParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What is left out stays. model: null takes the agent's own away. workspace: only the folder that it has."""

    agent_id: AgentIdText
    name: _Name | None = None
    workspace: _Folder | None = None
    model: _Name | msgspec.UnsetType | None = msgspec.UNSET
    emoji: _Look | None = None
    avatar: _Look | None = None


class AgentsDeleteParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which one. delete_files: put its workspace into the trash folder, if it lies in the state folder."""

    agent_id: AgentIdText
    delete_files: bool = True


async def agents_create(call: Call[AgentsCreateParams]) -> dict[str, object]:
    """Add an agent; it can be asked when this answers."""
    from openclaw_gateway.agents.roster import Details, plan_addition

    params, services = call.params, call.services
    services.config_writes.admit("agents.create", call.caller.principal)
    _refuse_texts("agents.create", name=params.name, emoji=params.emoji, avatar=params.avatar)
    model = None if params.model is None else _resolve(services, params.model)
    details = Details(model=model, emoji=params.emoji, avatar=params.avatar)
    planned = await _change(services, lambda loaded: plan_addition(loaded, params.name, details), params.workspace)
    await asyncio.to_thread(_make_folder, planned.workspace)
    told: dict[str, object] = {"ok": True, "agentId": planned.agent_id, "name": params.name}
    told["workspace"] = str(planned.workspace)
    return told if model is None else {**told, "model": model}


async def agents_update(call: Call[AgentsUpdateParams]) -> dict[str, object]:
    """Change what an agent is called, which model it has and how it looks."""
    from openclaw_gateway.agents.roster import plan_update

    params, services = call.params, call.services
    services.config_writes.admit("agents.update", call.caller.principal)
    agent_id = choose_agent(services.prepared.index, params.agent_id)
    _refuse_texts("agents.update", name=params.name, emoji=params.emoji, avatar=params.avatar)
    details = _read_details(params, services)
    await _change(services, lambda loaded: plan_update(loaded, agent_id, details), params.workspace)
    return {"ok": True, "agentId": agent_id}


async def agents_delete(call: Call[AgentsDeleteParams]) -> dict[str, object]:
    """Take an agent out; its sessions stay stored. Runs of it go on to their end."""
    from openclaw_gateway.agents.roster import move_to_trash, plan_removal

    params, services = call.params, call.services
    services.config_writes.admit("agents.delete", call.caller.principal)
    agent_id = choose_agent(services.prepared.index, params.agent_id)
    if any(run.agent_id == agent_id for run in services.runs.live):
        raise Busy(f"agent {agent_id} is at work; end its runs first", retry_after_s=5.0)
    planned = await _change(services, lambda loaded: plan_removal(loaded, agent_id), None)
    told: dict[str, object] = {"ok": True, "agentId": agent_id, "removedBindings": 0}
    if not params.delete_files:
        return told
    place, state_dir = str(planned.workspace), loaded_of(services).state_dir
    moved_to, reason = await asyncio.to_thread(move_to_trash, planned, state_dir)
    told["removed"] = [{"path": place, "method": "trash" if moved_to else "missing"}] if reason is None else []
    told["failed"] = [{"path": place, "reason": reason}] if reason is not None else []
    return told


def _read_details(params: AgentsUpdateParams, services: Services) -> "Details":
    from openclaw_gateway.agents.roster import Details

    model = params.model
    if model is msgspec.UNSET:
        chosen = None
    else:
        chosen = "" if model is None else _resolve(services, model)
    return Details(name=params.name, model=chosen, emoji=params.emoji, avatar=params.avatar)


def _refuse_texts(method: str, **texts: str | None) -> None:
    refuse_unprintable(method, **texts)
    for name, text in texts.items():
        if text is not None and "${" in text:  # the config would put a variable of the environment there
            raise InvalidRequest(f"invalid {method} params: at /{name}: must not name a variable", param=name)


def _resolve(services: Services, named: str) -> str:
    try:
        model = services.prepared.catalog.resolve(named)
    except NotFound as error:
        raise InvalidRequest(error.message, param="model") from error
    return f"{model.provider}/{model.id}"


async def _change(services: Services, plan: _Plan, workspace: str | None) -> "RosterChange":
    """Decide, write and take over, unless somebody changes the file meanwhile."""
    planned = await asyncio.to_thread(_write, services, plan, workspace)
    await take_over(services, {})
    return planned


def _write(services: Services, plan: _Plan, workspace: str | None) -> "RosterChange":
    from openclaw_gateway.agents.roster import RosterRefused
    from openclaw_gateway.config.issues import ConfigInvalid
    from openclaw_gateway.config.load import LaunchOptions, build
    from openclaw_gateway.config.source import read_source

    running = loaded_of(services)
    try:
        source = read_source(running.path, running.paths.include_roots)
        loaded = build(source, running.paths, LaunchOptions(), running.environment, wanted=())
        planned = plan(loaded)
    except ConfigInvalid as error:
        raise InvalidRequest("the config on disk cannot be read; mend it there first") from error
    except RosterRefused as error:
        raise InvalidRequest(str(error)) from error
    if workspace is not None and Path(workspace).expanduser() != planned.workspace:
        raise Forbidden(
            f"an agent's folder is chosen on the machine itself: openclaw agents add … --workspace; here it is"
            f" {planned.workspace}"
        )
    if planned.changes:
        source = require_hash(running, source.raw_hash, "")
        write_config(services, source, planned.changes, may_replace=True, is_ours=True)
    return planned


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise GatewayError(f"the agent's folder cannot be made: {error.strerror}") from error
