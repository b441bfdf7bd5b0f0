"""`openclaw agents tools`: which tools an agent may use, and the rule that says so."""

import argparse

import msgspec

from openclaw_gateway.agents.agent import build_agents
from openclaw_gateway.cli.columns import columns
from openclaw_gateway.cli.config_file import ConfigFile
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.options import common_options, filled, target_options
from openclaw_gateway.cli.target import connected, is_own_gateway
from openclaw_gateway.clock import wall_clock_ms
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.routing.session_key import main_session_key, normalise_session_key


class _Tool(msgspec.Struct):
    id: str
    rule: str = ""


class _Group(msgspec.Struct):
    tools: list[_Tool]


class _Told(msgspec.Struct, rename="camel"):
    """What `tools.effective` says when it is to explain."""

    agent_id: str
    groups: list[_Group] = []
    denied: list[_Tool] = []
    model: str = ""


def add_action(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The action and its options."""
    parser = actions.add_parser(
        "tools", help="which tools an agent may use, and why", parents=[common_options(), target_options()]
    )
    parser.add_argument("--agent", metavar="ID", type=filled, help="whose tools (the default agent's)")
    parser.add_argument("--provider", metavar="PROVIDER/MODEL", type=filled, help="with this model (the agent's own)")
    parser.add_argument("--session", metavar="KEY", type=filled, help="in this session (the agent's main one)")
    parser.add_argument("--explain", action="store_true", help="tell the denied ones too, and each tool's rule")
    parser.add_argument("--table", action="store_true", help="print docs/reference/policy.md, of the built-in rules")


def run_tools(args: argparse.Namespace, console: Console) -> int:
    """Tell what the gateway says; what the configuration says, when it is the one of a gateway that does not run."""
    if args.table:
        from openclaw_gateway.cli.policy_page import write_policy_page

        console.answer(write_policy_page().rstrip("\n"))
        return Exit.OK
    told = _ask(args, console)
    allowed = sorted([tool for group in told.groups for tool in group.tools], key=lambda tool: tool.id)
    if console.is_json:
        rows = [_row(tool, is_allowed=True) for tool in allowed] + [
            _row(tool, is_allowed=False) for tool in told.denied
        ]
        console.document({"agentId": told.agent_id, "model": told.model or None, "tools": rows})
        return Exit.OK
    if args.explain:
        lines = [[tool.id, "allowed", tool.rule] for tool in allowed]
        lines += [[tool.id, "denied", tool.rule] for tool in told.denied]
    else:
        lines = [[tool.id] for tool in allowed]
    for line in columns(lines) if lines else ():
        console.answer(line)
    if not allowed:
        console.note(f"Agent {told.agent_id} may use no tool.")
    return Exit.OK


def _row(tool: _Tool, *, is_allowed: bool) -> dict[str, object]:
    return {"id": tool.id, "allowed": is_allowed, "rule": tool.rule}


def _ask(args: argparse.Namespace, console: Console) -> _Told:
    try:
        with connected(args, timeout_s=3) as gateway:
            listing = gateway.request("agents.list", timeout_s=3) if args.agent is None and args.session is None else {}
            agent_id = args.agent or (listing.get("defaultId") if isinstance(listing, dict) else None)
            params: dict[str, object] = {"sessionKey": args.session or "main", "explain": True}
            params |= {"agentId": agent_id} if agent_id else {}
            params |= {"model": args.provider} if args.provider else {}
            payload = gateway.request("tools.effective", params, timeout_s=3)
    except CommandFailed as failure:
        if failure.exit_code != Exit.UNREACHABLE or not is_own_gateway(args):
            raise
        console.note("The gateway does not run; this is what its configuration says.")
        return _from_config(ConfigFile(args).read(), args)
    try:
        return msgspec.convert(payload, _Told)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"the gateway's tools cannot be read: {error}") from error


def _from_config(loaded: Loaded, args: argparse.Namespace) -> _Told:
    from openclaw_gateway.cli.model_choice import open_catalog
    from openclaw_gateway.routing.resolve import agent_index
    from openclaw_gateway.runs.prepared import fill_toolboxes, gather_tool_settings
    from openclaw_gateway.tools.permission.gate import Gate
    from openclaw_gateway.tools.policy import judge
    from openclaw_gateway.tools.shelf import ToolParts

    agents = build_agents(loaded.config, loaded.state_dir)
    index = agent_index(agents, loaded.config.agents.defaults.system_agent.agent_id)
    named = args.agent or _agent_in(args.session) or index.default_id
    agent_id = index.by_id.get(named.strip().lower()) if named else None
    if agent_id is None:
        raise CommandFailed(f'Unknown agent id "{named or ""}". Use "openclaw agents list" to see configured agents.')
    agent = agents[agent_id]
    key = main_session_key(agent_id)
    if args.session:
        try:
            key = normalise_session_key(args.session, agent_id=agent_id, field="--session")
        except InvalidRequest as error:
            raise CommandFailed(error.message) from error
    model = args.provider
    if model is None:
        first = open_catalog(loaded).candidates(agent.model, None, agent_id)[0]
        model = f"{first.provider}/{first.id}"
    # Made to be asked for their names; nothing of this opens a file or runs.
    parts = ToolParts(Gate.of(loaded.state_dir, wall_clock_ms))
    boxes = fill_toolboxes(loaded.config, gather_tool_settings(agent, loaded.config, loaded.state_dir), parts, {})
    toolbox = boxes.find(key, model)
    return _Told(
        agent_id,
        [_Group([_Tool(name, judge(name, toolbox.rules).rule) for name in toolbox.names])],
        [_Tool(name, rule) for name, rule in toolbox.denied.items()],
        model,
    )


def _agent_in(key: str | None) -> str | None:
    from openclaw_gateway.routing.session_key import agent_of_key

    return agent_of_key(key) if key else None
