"""`openclaw quickstart`: from nothing to a gateway that answers. `make run` is this, with its state in the checkout.

What a person changed in the configuration stays. Only a model that was chosen here is chosen anew at the next start, so
that a demo turns into the real thing as soon as there is a key or a local server.
"""

import argparse
import asyncio
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_gateway.cli.config_file import ConfigFile
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.first_config import Section, gateway_section, tools_section
from openclaw_gateway.cli.launch import launch_options, load_for_start, serve
from openclaw_gateway.cli.options import common_options, port_number
from openclaw_gateway.cli.workspaces import set_up_workspaces
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.models.discovery import Discovered, discover

if TYPE_CHECKING:
    from openclaw_gateway.gateway import Gateway

# `wizard` is where the original keeps notes of its assistants; it has no effect on the gateway.
_CHOSEN_MODEL = "quickstartModel"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of `quickstart`."""
    parser = subparsers.add_parser(
        "quickstart",
        help="find a model, start a gateway and show how to talk to it",
        parents=[common_options()],
        description="Find a model that is at hand, write a configuration if there is none, and run the gateway.",
    )
    parser.add_argument("--port", type=port_number, help="TCP port for WebSocket and HTTP (18789)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the gateway until it is told to stop."""
    file = ConfigFile(args)
    loaded = file.read()
    _refuse_second(loaded)
    found = None
    if not loaded.exists or _is_our_choice(loaded):
        found = asyncio.run(discover(loaded.variables))
        file.make_folders()
        file.merge(_patch(found, is_new=not loaded.exists), may_replace=True)
        set_up_workspaces(file.read(), console)
    started = load_for_start(launch_options(args), console)

    def tell(gateway: "Gateway") -> None:
        default_id = gateway.services.prepared.index.default_id
        console.answer(_greeting(started, gateway.addresses[0][1], default_id, found))

    return serve(started, console, tell)


def _refuse_second(loaded: Loaded) -> None:
    """Say at once that this gateway runs already, before anything is looked for or waited on."""
    from openclaw_gateway.sessions.folder_lock import find_holder

    pid = find_holder(loaded.state_dir / "state")
    if pid is not None:
        raise CommandFailed(
            f"the gateway of this configuration runs already, at http://127.0.0.1:{loaded.port} (process {pid})",
            exit_code=Exit.CANNOT_START,
            console_lines=(f"Ctrl-C in its terminal stops it, or: kill {pid}",),
        )


def _is_our_choice(loaded: Loaded) -> bool:
    notes = loaded.source.tree.get("wizard")
    model = loaded.config.agents.defaults.model
    return isinstance(notes, dict) and model is not None and notes.get(_CHOSEN_MODEL) == model.primary


def _patch(found: Discovered, *, is_new: bool) -> Section:
    """What the configuration says after a choice."""
    patch: Section = {
        "agents": {"defaults": {"model": {"primary": found.ref}}},
        "wizard": {_CHOSEN_MODEL: found.ref},
    }
    if found.provider:
        patch["models"] = {"providers": {found.provider_id: found.provider}}
    if is_new:
        endpoints = {"chatCompletions": {"enabled": True}}
        patch["gateway"] = {**gateway_section(), "http": {"endpoints": endpoints}}
        patch["tools"] = tools_section()
    return patch


def _greeting(loaded: Loaded, port: int, agent_id: str | None, found: Discovered | None) -> str:
    model = loaded.config.agents.defaults.model
    credential = loaded.gateway_token or loaded.gateway_password
    lines = [
        "",
        f"  Gateway  http://127.0.0.1:{port}",
        f"  Token    {credential.value if credential else 'none needed'}",
        f"  Model    {found.description if found else model.primary if model else 'none'}",
        f"  Config   {loaded.path}",
    ]
    if loaded.config.gateway.http.endpoints.chat_completions.enabled:
        lines += ["", "  Try it:", "", _curl(port, credential.value if credential else None, agent_id)]
    lines += ["", "  Or from this command line:", "", _agent(port, loaded)]
    return "\n".join([*lines, "", "  Ctrl-C stops it.", ""])


def _agent(port: int, loaded: Loaded) -> str:
    """The same question by our own command. The secret is in its environment: other users can read command lines."""
    secrets = (("TOKEN", loaded.gateway_token), ("PASSWORD", loaded.gateway_password))
    shown = next((f"OPENCLAW_GATEWAY_{name}={shlex.quote(secret.value)} " for name, secret in secrets if secret), "")
    program = sys.argv[0] if Path(sys.argv[0]).name == "openclaw" else "openclaw"
    where = f"OPENCLAW_GATEWAY_URL=ws://127.0.0.1:{port} {shown}"
    return f"{where}\\\n  {shlex.quote(program)} agent --message hi"


def _curl(port: int, secret: str | None, agent_id: str | None) -> str:
    body = json.dumps({"model": "openclaw", "messages": [{"role": "user", "content": "hi"}]})
    header = "" if secret is None else f"  -H 'Authorization: Bearer {secret}' \\\n"
    agent = "" if agent_id is None else f"  -H 'x-openclaw-agent-id: {agent_id}' \\\n"
    return (
        f"curl -sS http://127.0.0.1:{port}/v1/chat/completions \\\n{header}"
        f"  -H 'Content-Type: application/json' \\\n{agent}  -d '{body}'"
    )
