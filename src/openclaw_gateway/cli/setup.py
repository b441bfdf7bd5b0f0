"""`openclaw setup`: a first configuration with a generated token, and the folders of the gateway and its agents."""

import argparse
from pathlib import Path

from openclaw_gateway.cli.config_file import ConfigFile
from openclaw_gateway.cli.console import Console, Exit
from openclaw_gateway.cli.first_config import gateway_section, tools_section
from openclaw_gateway.cli.launch import launch_options
from openclaw_gateway.cli.next_steps import tell_next_steps
from openclaw_gateway.cli.options import common_options, port_number
from openclaw_gateway.cli.workspaces import set_up_workspaces


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of `setup`."""
    parser = subparsers.add_parser(
        "setup",
        help="write a first configuration with a generated token",
        parents=[common_options()],
        description="Write a configuration and make the folders. One that exists is left as it is.",
    )
    parser.add_argument("--baseline", action="store_true", help="accepted: configuration and folders are all there is")
    parser.add_argument("--workspace", metavar="FOLDER", help="where agents keep their files")
    parser.add_argument("--port", type=port_number, help="port of the gateway (18789)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Write what is missing, and say where it is."""
    file = ConfigFile(args)
    workspace = Path(args.workspace).expanduser().absolute() if args.workspace else file.paths.state_dir / "workspace"
    is_new = not file.exists
    file.make_folders(workspace)
    if is_new:
        named = {"agents": {"defaults": {"workspace": str(workspace)}}} if args.workspace else {}
        file.merge({"gateway": gateway_section(port=args.port), "tools": tools_section(), **named})
    loaded = file.read()
    set_up_workspaces(loaded, console)
    if console.is_json:
        console.document({"ok": True, "path": str(file.path), "created": is_new, "workspace": str(workspace)})
    else:
        console.answer(f"{'Wrote' if is_new else 'Found'} {file.path}")
        tell_next_steps(loaded, launch_options(args), console)
    return Exit.OK
