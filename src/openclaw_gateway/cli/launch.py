"""From the options of a command to the configuration that holds for it."""

import argparse

from openclaw_gateway.cli.console import CommandFailed, Exit
from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.load import LaunchOptions, Loaded, load, read_environment


def launch_options(args: argparse.Namespace) -> LaunchOptions:
    """What the command line says about where the configuration is and what goes over it."""
    return LaunchOptions(profile=args.profile, dev=args.dev, port=args.port)


def load_config(args: argparse.Namespace) -> Loaded:
    """Load the configuration for a command that asks. Raises CommandFailed, with every issue and its place."""
    try:
        return load(launch_options(args), read_environment())
    except ConfigInvalid as invalid:
        raise config_failure(invalid, exit_code=Exit.FAILED) from invalid


def config_failure(invalid: ConfigInvalid, *, exit_code: Exit) -> CommandFailed:
    """An unusable configuration as a failure of the command."""
    return CommandFailed(
        f"Invalid config at {invalid.path}:",
        exit_code=exit_code,
        more={"path": str(invalid.path), "issues": [issue.as_json() for issue in invalid.issues]},
        console_lines=tuple(issue.for_person() for issue in invalid.issues),
    )
