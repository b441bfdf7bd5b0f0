"""More or fewer agents: what has to change in the config file for it, decided from the config alone.

Whoever else depends on how many agents there are is written down in the same change: an only agent is `main` without
being named and works in a folder of another name, and a request that names no agent goes to the default one.
"""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from openclaw_gateway.agents.agent import IMPLICIT_AGENT, Agent, build_agents
from openclaw_gateway.config.key_path import KeyPath, look_up
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.config.schema import AgentEntry
from openclaw_gateway.config.write import Change

_DEFAULT_PLACE: KeyPath = ("agents", "defaults", "systemAgent", "agentId")
MAX_ID_CHARS = 64


class RosterRefused(Exception):
    """The agents cannot be changed like that; the text says why and what to do."""


class RosterChange(NamedTuple):
    """What to write. workspace: where the agent works, or worked. others: where the remaining ones do."""

    agent_id: str
    workspace: Path
    changes: list[Change]
    others: list[Path]


class Details(NamedTuple):
    """What an agent is to be; None leaves it as it is. model: provider/model, "" to take the agent's own away."""

    name: str | None = None
    workspace: Path | None = None
    agent_dir: Path | None = None
    model: str | None = None
    emoji: str | None = None
    avatar: str | None = None


def make_agent_id(name: str) -> str:
    """The id that an agent of that name gets. Raises RosterRefused where none can be made."""
    agent_id = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:MAX_ID_CHARS]
    if agent_id:
        return agent_id
    raise RosterRefused(f"no id can be made of {name[:80]!r}: use letters and digits")


def plan_addition(loaded: Loaded, name: str, details: Details) -> RosterChange:
    """Another agent. Raises RosterRefused."""
    _refuse_list_form(loaded)
    agents = build_agents(loaded.config, loaded.state_dir)
    agent_id = make_agent_id(name)
    if agent_id in {known.lower() for known in agents}:
        raise RosterRefused(f"there is an agent {agent_id!r} already: openclaw agents list shows them")
    base = loaded.config.agents.defaults.workspace
    usual = Path(base).expanduser() / agent_id if base else loaded.state_dir / f"workspace-{agent_id}"
    workspace = details.workspace or usual
    identity = {
        key: value for key, value in (("emoji", details.emoji), ("avatar", details.avatar)) if value is not None
    }
    entry = {
        **({"name": name} if name != agent_id else {}),
        "workspace": str(workspace),
        **({"agentDir": str(details.agent_dir)} if details.agent_dir else {}),
        **({"model": {"primary": details.model}} if details.model else {}),
        **({"identity": identity} if identity else {}),
    }
    changes = [*_keep_only(loaded, agents), Change(("agents", "entries", agent_id), entry)]
    only = next(iter(agents)) if len(agents) == 1 else None
    owner = (loaded.config.agents.defaults.system_agent.agent_id or "").lower()
    if only is not None and only.lower() not in (owner, IMPLICIT_AGENT):
        # With a second agent a request that names none would be refused; it goes where it went before.
        changes.append(Change(_DEFAULT_PLACE, only))
    return RosterChange(agent_id, workspace, changes, [agent.workspace for agent in agents.values()])


def plan_update(loaded: Loaded, agent_id: str, details: Details) -> RosterChange:
    """Another name, model, folder or look of an agent. Raises RosterRefused."""
    _refuse_list_form(loaded)
    agents = build_agents(loaded.config, loaded.state_dir)
    agent = _find(agents, agent_id)
    place: KeyPath = ("agents", "entries", agent.id)
    changes = []
    if details.name is not None:
        changes.append(Change((*place, "name"), details.name))
    if details.workspace is not None:
        changes.append(Change((*place, "workspace"), str(details.workspace)))
    has_model, model = look_up(loaded.source.tree, (*place, "model"))
    if details.model and isinstance(model, dict):
        changes.append(Change((*place, "model", "primary"), details.model))
    elif details.model:
        changes.append(Change((*place, "model"), {"primary": details.model}))
    elif details.model is not None and has_model:
        changes.append(Change((*place, "model"), is_removal=True))
    for key, value in (("emoji", details.emoji), ("avatar", details.avatar)):
        if value is not None:
            changes.append(Change((*place, "identity", key), value))
    return RosterChange(agent.id, agent.workspace, changes, [])


def plan_removal(loaded: Loaded, agent_id: str) -> RosterChange:
    """One agent less. Raises RosterRefused for an unknown one, the only one and the main one."""
    _refuse_list_form(loaded)
    agents = build_agents(loaded.config, loaded.state_dir)
    agent = _find(agents, agent_id)
    if len(agents) == 1 or agent.id == IMPLICIT_AGENT:
        raise RosterRefused(
            f"{agent.id} cannot be deleted: it is {'the only' if len(agents) == 1 else 'the main'} agent"
        )
    others = [other for other in agents.values() if other.id != agent.id]
    changes = [Change(("agents", "entries", agent.id), is_removal=True)]
    if len(others) == 1 and not loaded.config.agents.entries[others[0].id].workspace:
        changes.append(Change(("agents", "entries", others[0].id, "workspace"), str(others[0].workspace)))
    if (loaded.config.agents.defaults.system_agent.agent_id or "").lower() == agent.id.lower():
        changes.append(Change(_DEFAULT_PLACE, is_removal=True))
    return RosterChange(agent.id, agent.workspace, changes, [other.workspace for other in others])


def move_to_trash(change: RosterChange, state_dir: Path) -> tuple[Path | None, str | None]:
    """Put the folder of a removed agent aside: (where it is now, why it was left). Both None: there was none.

    Only what lies in the state folder and is nobody else's is moved; the rest may be private.
    """
    workspace = change.workspace
    if not workspace.is_dir():
        return None, None
    real, home = workspace.resolve(), state_dir.resolve()
    if home not in real.parents:
        return None, "it lies outside the state folder"
    others = [path.resolve() for path in change.others]
    if any(real in (other, *other.parents) or other in real.parents for other in others):
        return None, "another agent works there"
    target = state_dir / "trash" / f"{workspace.name}-{time.time_ns()}"
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        workspace.rename(target)
    except OSError as error:
        return None, error.strerror or str(error)
    return target, None


def _find(agents: Mapping[str, Agent], named: str) -> Agent:
    agent = next((agent for known, agent in agents.items() if known.lower() == named.lower()), None)
    if agent is None:
        raise RosterRefused(f'Unknown agent id "{named}". Use "openclaw agents list" to see configured agents.')
    return agent


def _keep_only(loaded: Loaded, agents: Mapping[str, Agent]) -> list[Change]:
    if len(agents) > 1:
        return []
    (agent,) = agents.values()
    entry = loaded.config.agents.entries.get(agent.id, AgentEntry())
    return [] if entry.workspace else [Change(("agents", "entries", agent.id, "workspace"), str(agent.workspace))]


def _refuse_list_form(loaded: Loaded) -> None:
    if look_up(loaded.source.tree, ("agents", "list"))[0]:
        raise RosterRefused(
            f"{loaded.path} has its agents in the older form agents.list: write them as agents.entries.<id> first"
        )
