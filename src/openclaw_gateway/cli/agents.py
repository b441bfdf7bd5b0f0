"""`openclaw agents`: which agents there are, and the configuration of more or fewer of them."""

import argparse
import re
import time
from pathlib import Path

import msgspec

from openclaw_gateway.agents.agent import IMPLICIT_AGENT, build_agents
from openclaw_gateway.cli.columns import columns
from openclaw_gateway.cli.config_file import ConfigFile
from openclaw_gateway.cli.confirmation import confirm
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.options import common_options, filled, milliseconds, target_options
from openclaw_gateway.cli.target import connected, is_own_gateway
from openclaw_gateway.config.key_path import look_up
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.config.schema import AgentEntry, ModelChoice
from openclaw_gateway.config.write import Change
from openclaw_gateway.routing.resolve import choose_default


class _Row(msgspec.Struct, omit_defaults=True):
    """One agent of `agents.list`, and of ours."""

    id: str
    name: str | None = None
    workspace: str = ""
    model: ModelChoice = ModelChoice()


class _Listing(msgspec.Struct, rename="camel"):
    default_id: str
    agents: list[_Row]
    selection_required: bool = False


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`agents` without an action is `agents list`, so both take its options."""
    parser = subparsers.add_parser(
        "agents", help="list, add and delete agents", parents=[common_options(), target_options(), _list_options()]
    )
    parser.set_defaults(bindings=False, timeout=3000)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser(
        "list",
        help="the agents of the running gateway, else of the configuration",
        parents=[common_options(), target_options(), _list_options()],
    )
    add = actions.add_parser("add", help="add an agent to the configuration", parents=[common_options()])
    add.add_argument("name", metavar="NAME", type=filled, help="its name; its id is made of it")
    add.add_argument("--workspace", metavar="FOLDER", type=filled, help="where it keeps its files")
    add.add_argument("--model", metavar="PROVIDER/MODEL", type=filled, help="its own model")
    add.add_argument("--agent-dir", metavar="FOLDER", type=filled, help="noted in the configuration, without effect")
    add.add_argument("--non-interactive", action="store_true", help="accepted: nothing is asked")
    delete = actions.add_parser("delete", help="take an agent out of the configuration", parents=[common_options()])
    delete.add_argument("id", metavar="ID", type=filled)
    delete.add_argument("--force", action="store_true", help="do not ask")


def _list_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument("--bindings", action="store_true", help="accepted: there are no channels to bind agents to")
    options.add_argument(
        "--timeout", metavar="MS", type=milliseconds, help="milliseconds to wait for the gateway (3000)"
    )
    return options


def run(args: argparse.Namespace, console: Console) -> int:
    """Do the action."""
    return {"list": _list, "add": _add, "delete": _delete}[args.action or "list"](args, console)


# --- list ------------------------------------------------------------------------------------------------------------


def _list(args: argparse.Namespace, console: Console) -> int:
    listing = _find_listing(args, console)
    default_id = None if listing.selection_required else listing.default_id
    if console.is_json:
        console.document([_tell(row, is_default=row.id == default_id) for row in listing.agents])
        return Exit.OK
    rows = [
        [
            f"{row.id} (default)" if row.id == default_id else row.id,
            row.name or "",
            row.model.primary or "-",
            row.workspace,
        ]
        for row in listing.agents
    ]
    for line in columns(rows):
        console.answer(line)
    return Exit.OK


def _find_listing(args: argparse.Namespace, console: Console) -> _Listing:
    """What the gateway says; the configuration instead, when it is the one of a gateway that does not run."""
    try:
        with connected(args, timeout_s=args.timeout / 1000) as gateway:
            payload = gateway.request("agents.list", timeout_s=args.timeout / 1000)
    except CommandFailed as failure:
        if failure.exit_code != Exit.UNREACHABLE or not is_own_gateway(args):
            raise
        console.note("The gateway does not run; these are the agents of its configuration.")
        return _from_config(ConfigFile(args).read())
    try:
        return msgspec.convert(payload, _Listing)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"the gateway's agents cannot be read: {error}") from error


def _from_config(loaded: Loaded) -> _Listing:
    agents = build_agents(loaded.config, loaded.state_dir)
    default_id = _default_of(loaded, [*agents])
    rows = [_Row(agent.id, agent.name, str(agent.workspace), agent.model) for agent in agents.values()]
    return _Listing(default_id or rows[0].id, rows, selection_required=default_id is None)


def _default_of(loaded: Loaded, ids: list[str]) -> str | None:
    return choose_default(ids, loaded.config.agents.defaults.system_agent.agent_id)


def _tell(row: _Row, *, is_default: bool) -> dict[str, object]:
    return {
        "id": row.id,
        **({"name": row.name} if row.name else {}),
        "workspace": row.workspace,
        "agentDir": None,
        "model": row.model.primary,
        "bindings": 0,
        "isDefault": is_default,
    }


# --- add -------------------------------------------------------------------------------------------------------------


def _add(args: argparse.Namespace, console: Console) -> int:
    file = ConfigFile(args)
    loaded = file.read()
    _refuse_list_form(loaded)
    agents = build_agents(loaded.config, loaded.state_dir)
    agent_id = _id_of(args.name)
    if agent_id in {known.lower() for known in agents}:
        raise CommandFailed(f"there is an agent {agent_id!r} already: openclaw agents list shows them")
    default_base = loaded.config.agents.defaults.workspace
    base = Path(default_base).expanduser() / agent_id if default_base else loaded.state_dir / f"workspace-{agent_id}"
    workspace = Path(args.workspace).expanduser().absolute() if args.workspace else base
    entry = {
        **({"name": args.name} if args.name != agent_id else {}),
        "workspace": str(workspace),
        **({"agentDir": str(Path(args.agent_dir).expanduser().absolute())} if args.agent_dir else {}),
        **({"model": {"primary": _model(loaded, args.model)}} if args.model else {}),
    }
    changes = [*_keep_others(loaded, [*agents]), Change(("agents", "entries", agent_id), entry)]
    default_id = _default_of(loaded, [*agents])
    if default_id is not None and _default_of(loaded, [*agents, agent_id]) != default_id:
        # With a second agent a request that names none would be refused; it goes where it went before.
        changes.append(Change(("agents", "defaults", "systemAgent", "agentId"), default_id))
    written = file.change(changes)
    file.make_folders(workspace)
    if console.is_json:
        bindings: dict[str, list[str]] = {"added": [], "updated": [], "skipped": [], "conflicts": []}
        document = {"agentId": agent_id, "name": args.name, "workspace": str(workspace), "agentDir": args.agent_dir}
        console.document({**document, "bindings": bindings})
    else:
        console.answer(f"Added agent {agent_id} to {written.file}.")
    return Exit.OK


def _id_of(name: str) -> str:
    agent_id = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:64]
    if agent_id:
        return agent_id
    raise CommandFailed(f"no id can be made of {name[:80]!r}: use letters and digits", exit_code=Exit.USAGE)


def _model(loaded: Loaded, named: str) -> str:
    from openclaw_gateway.cli.model_choice import resolve_model

    return resolve_model(loaded, named).ref


def _keep_others(loaded: Loaded, ids: list[str]) -> list[Change]:
    """An only agent is `main` without being named, and works in a folder of another name: both are written down."""
    if len(ids) > 1:
        return []
    entry = loaded.config.agents.entries.get(ids[0], AgentEntry())
    place = ("agents", "entries", ids[0], "workspace")
    agents = build_agents(loaded.config, loaded.state_dir)
    return [] if entry.workspace else [Change(place, str(agents[ids[0]].workspace))]


def _refuse_list_form(loaded: Loaded) -> None:
    if look_up(loaded.source.tree, ("agents", "list"))[0]:
        raise CommandFailed(
            f"{loaded.path} has its agents in the older form agents.list: write them as agents.entries.<id> first"
        )


# --- delete ----------------------------------------------------------------------------------------------------------


def _delete(args: argparse.Namespace, console: Console) -> int:
    file = ConfigFile(args)
    loaded = file.read()
    _refuse_list_form(loaded)
    agents = build_agents(loaded.config, loaded.state_dir)
    agent_id = next((known for known in agents if known.lower() == args.id.lower()), None)
    if agent_id is None:
        raise CommandFailed(f'Unknown agent id "{args.id}". Use "openclaw agents list" to see configured agents.')
    if len(agents) == 1 or agent_id == IMPLICIT_AGENT:
        raise CommandFailed(
            f"{agent_id} cannot be deleted: it is {'the only' if len(agents) == 1 else 'the main'} agent"
        )
    if not args.force:
        confirm(args, f"Delete the agent {agent_id} and its workspace?", option="--force")
    others = [agent for agent in agents.values() if agent.id != agent_id]
    changes = [Change(("agents", "entries", agent_id), is_removal=True)]
    if len(others) == 1 and not loaded.config.agents.entries[others[0].id].workspace:
        changes.append(Change(("agents", "entries", others[0].id, "workspace"), str(others[0].workspace)))
    if (loaded.config.agents.defaults.system_agent.agent_id or "").lower() == agent_id.lower():
        changes.append(Change(("agents", "defaults", "systemAgent", "agentId"), is_removal=True))
    written = file.change(changes)
    workspace = agents[agent_id].workspace
    removed, failed = _trash(workspace, loaded.state_dir, [agent.workspace for agent in others])
    if console.is_json:
        document: dict[str, object] = {"agentId": agent_id, "workspace": str(workspace), "agentDir": None}
        document |= {"sessionsDir": None, "removedBindings": 0, "removedAllow": 0}
        console.document({**document, "removed": removed, "failed": failed, "transport": "local"})
        return Exit.OK
    console.answer(f"Deleted agent {agent_id} from {written.file}.")
    for entry in removed:
        console.note(f"Its workspace is now {entry['movedTo']}")
    for entry in failed:
        console.note(f"Its workspace {entry['path']} was left: {entry['error']}")
    console.note("Its sessions stay stored.")
    return Exit.OK


def _trash(workspace: Path, state_dir: Path, others: list[Path]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """(removed, failed). Only what lies in the state folder and is nobody else's is moved; the rest may be private."""
    place = str(workspace)
    if not workspace.is_dir():
        return [], []
    real, home = workspace.resolve(), state_dir.resolve()
    if home not in real.parents:
        return [], [{"path": place, "error": "it lies outside the state folder"}]
    if any(real in (other, *other.parents) or other in real.parents for other in (path.resolve() for path in others)):
        return [], [{"path": place, "error": "another agent works there"}]
    target = state_dir / "trash" / f"{workspace.name}-{time.time_ns()}"
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        workspace.rename(target)
    except OSError as error:
        return [], [{"path": place, "error": error.strerror or str(error)}]
    return [{"path": place, "method": "trash", "movedTo": str(target)}], []
