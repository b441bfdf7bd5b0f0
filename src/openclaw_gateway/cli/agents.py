"""`openclaw agents`: which agents there are, and the configuration of more or fewer of them."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from openclaw_gateway.agents.agent import build_agents
from openclaw_gateway.agents.roster import Details, RosterRefused, move_to_trash, plan_addition, plan_removal
from openclaw_gateway.cli.agent_tools import add_action, run_tools
from openclaw_gateway.cli.columns import columns
from openclaw_gateway.cli.config_file import ConfigFile
from openclaw_gateway.cli.confirmation import confirm
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.options import common_options, filled, milliseconds, target_options
from openclaw_gateway.cli.target import connected, is_own_gateway
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.config.schema import ModelChoice
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
        "agents",
        help="list, add and delete agents, and tell what they may do",
        parents=[common_options(), target_options(), _list_options()],
    )
    parser.set_defaults(bindings=False, timeout=3000)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser(
        "list",
        help="the agents of the running gateway, else of the configuration",
        parents=[common_options(), target_options(), _list_options()],
    )
    add_action(actions)
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
    return {"list": _list, "tools": run_tools, "add": _add, "delete": _delete}[args.action or "list"](args, console)


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
    details = Details(
        workspace=_absolute(args.workspace),
        agent_dir=_absolute(args.agent_dir),
        model=_model(loaded, args.model) if args.model else None,
    )
    with _told():
        planned = plan_addition(loaded, args.name, details)
    written = file.change(planned.changes)
    file.make_folders(planned.workspace)
    if console.is_json:
        bindings: dict[str, list[str]] = {"added": [], "updated": [], "skipped": [], "conflicts": []}
        document: dict[str, object] = {"agentId": planned.agent_id, "name": args.name}
        document |= {"workspace": str(planned.workspace), "agentDir": args.agent_dir}
        console.document({**document, "bindings": bindings})
    else:
        console.answer(f"Added agent {planned.agent_id} to {written.file}.")
    _tell_of_running(loaded, console)
    return Exit.OK


def _tell_of_running(loaded: Loaded, console: Console) -> None:
    """A gateway that runs with this configuration has the change a moment after the file."""
    from openclaw_gateway.sessions.folder_lock import find_holder

    if find_holder(loaded.state_dir / "state") is None:
        return
    if loaded.config.gateway.reload.mode == "off":
        console.note("The running gateway does not take it over before a restart: gateway.reload.mode is off.")
    else:
        console.note("The running gateway takes it over in a moment.")


def _absolute(folder: str | None) -> Path | None:
    return Path(folder).expanduser().absolute() if folder else None


def _model(loaded: Loaded, named: str) -> str:
    from openclaw_gateway.cli.model_choice import resolve_model

    return resolve_model(loaded, named).ref


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except RosterRefused as refused:
        raise CommandFailed(str(refused)) from refused


# --- delete ----------------------------------------------------------------------------------------------------------


def _delete(args: argparse.Namespace, console: Console) -> int:
    file = ConfigFile(args)
    loaded = file.read()
    with _told():
        planned = plan_removal(loaded, args.id)
    if not args.force:
        confirm(args, f"Delete the agent {planned.agent_id} and its workspace?", option="--force")
    written = file.change(planned.changes)
    _tell_of_running(loaded, console)
    place = str(planned.workspace)
    moved_to, reason = move_to_trash(planned, loaded.state_dir)
    removed = [{"path": place, "method": "trash", "movedTo": str(moved_to)}] if moved_to else []
    failed = [{"path": place, "error": reason}] if reason else []
    if console.is_json:
        document: dict[str, object] = {"agentId": planned.agent_id, "workspace": place, "agentDir": None}
        document |= {"sessionsDir": None, "removedBindings": 0, "removedAllow": 0}
        console.document({**document, "removed": removed, "failed": failed, "transport": "local"})
        return Exit.OK
    console.answer(f"Deleted agent {planned.agent_id} from {written.file}.")
    if moved_to:
        console.note(f"Its workspace is now {moved_to}")
    if reason:
        console.note(f"Its workspace {place} was left: {reason}")
    console.note("Its sessions stay stored.")
    return Exit.OK
