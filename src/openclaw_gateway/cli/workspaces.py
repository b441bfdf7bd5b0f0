"""The workspaces of a configuration, set up before the first run: for commands that make an installation."""

from openclaw_gateway.agents.agent import build_agents
from openclaw_gateway.agents.bootstrap import set_up_workspace
from openclaw_gateway.cli.console import Console
from openclaw_gateway.config.load import Loaded


def set_up_workspaces(loaded: Loaded, console: Console) -> None:
    """Write the first files of each agent's workspace, once. One that cannot be made is warned about."""
    defaults = loaded.config.agents.defaults
    if defaults.skip_bootstrap:
        return
    for agent in build_agents(loaded.config, loaded.state_dir).values():
        try:
            set_up_workspace(agent.workspace, loaded.state_dir, skipped=defaults.skip_optional_bootstrap_files)
        except OSError as error:
            console.warn(f"the workspace {agent.workspace} cannot be set up: {error.strerror or error}")
