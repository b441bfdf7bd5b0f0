"""From the options of a command to the configuration that holds for it, and from that to a running gateway."""

import argparse
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.load import LaunchOptions, Loaded, load, read_environment

if TYPE_CHECKING:
    from openclaw_gateway.gateway import Gateway


def launch_options(args: argparse.Namespace) -> LaunchOptions:
    """What the command line says about where the configuration is and what goes over it."""
    return LaunchOptions(profile=args.profile, dev=args.dev, port=args.port)


def load_for_client(args: argparse.Namespace, *, with_all_secrets: bool = False) -> Loaded:
    """Load the configuration for a command that asks a gateway, or with all secrets for one that asks its providers.

    Raises CommandFailed, with each issue and its place.
    """
    try:
        return load(launch_options(args), read_environment(), for_client=not with_all_secrets)
    except ConfigInvalid as invalid:
        raise config_failure(invalid) from invalid


def config_failure(invalid: ConfigInvalid) -> CommandFailed:
    """An unusable configuration as a failure of a command."""
    return CommandFailed(
        invalid.heading,
        more={"path": str(invalid.path), "issues": [issue.as_json() for issue in invalid.issues]},
        console_lines=(*(issue.for_person() for issue in invalid.issues), *invalid.warnings),
    )


def command_line(options: LaunchOptions, words: str) -> str:
    """A command to type, for the same configuration."""
    where = " --dev" if options.dev else f" --profile {options.profile}" if options.profile else ""
    return f"openclaw{where} {words}"


def load_for_start(options: LaunchOptions, console: Console, *, or_last_good: bool = False) -> Loaded:
    """Load the configuration of a gateway that is to run here, or if that cannot be used, the last one that could.

    Raises CommandFailed with exit code 78.
    """
    from openclaw_gateway.config.last_good import last_good_path, load_or_last_good

    try:
        loaded = (load_or_last_good if or_last_good else load)(options, read_environment())
    except ConfigInvalid as invalid:
        first, *others = invalid.lines(command_line(options, "config validate"))
        if not or_last_good and last_good_path(invalid.path).exists():
            others.append(f"or start with the last one that worked: {command_line(options, 'gateway --last-good')}")
        raise CommandFailed(first, exit_code=Exit.CANNOT_START, console_lines=tuple(others)) from invalid
    if loaded.config.gateway.mode != "local" and not options.allow_unconfigured:
        for warning in loaded.warnings:
            console.warn(warning)
        raise _not_local(loaded, options)
    return loaded


def _not_local(loaded: Loaded, options: LaunchOptions) -> CommandFailed:
    if loaded.exists:
        mend = f"A gateway runs here when it is local: {command_line(options, 'config set gateway.mode local')}"
    else:
        mend = f"Write a first configuration with: {command_line(options, 'setup')}"
    return CommandFailed(
        f"Gateway failed to start: gateway.mode is {loaded.config.gateway.mode or 'not set'} in {loaded.path}"
        + ("" if loaded.exists else ", which does not exist"),
        exit_code=Exit.CANNOT_START,
        console_lines=(mend, f"or start as it is: {command_line(options, 'gateway --allow-unconfigured')}"),
    )


def serve(loaded: Loaded, console: Console, ready: "Callable[[Gateway], None]") -> int:
    """Run the gateway until it is told to stop. Raises CommandFailed with exit code 78 for one that cannot start."""
    import asyncio

    import uvloop

    from openclaw_gateway.auth.start_check import UnsafeStart
    from openclaw_gateway.cli.preload import import_rest
    from openclaw_gateway.gateway import serve as serve_gateway
    from openclaw_gateway.sessions.folder_lock import find_holder
    from openclaw_gateway.sessions.refused import FolderLocked, StoreRefused
    from openclaw_gateway.wire.server import ListenFailed

    def listens(gateway: "Gateway") -> None:
        ready(gateway)
        asyncio.get_running_loop().run_in_executor(None, import_rest)

    holder = find_holder(loaded.state_dir / "state")
    if holder is not None:
        console.note(f"A gateway runs with this state folder (process {holder}): waiting a moment for its end.")
    try:
        code: int = uvloop.run(serve_gateway(loaded, notes=console.warn, ready=listens))
    except UnsafeStart as unsafe:
        for warning in loaded.warnings:  # refused before they were told
            console.warn(warning)
        raise _cannot_start(unsafe.reason) from unsafe
    except FolderLocked as locked:
        raise _cannot_start(str(locked), *_how_to_go_on(locked.pid, loaded.port)) from locked
    except (ListenFailed, StoreRefused) as refused:
        raise _cannot_start(str(refused)) from refused
    except OSError as error:
        raise _cannot_start(f"{error.filename or 'system'}: {error.strerror or error}") from error
    return code


def _how_to_go_on(pid: int | None, port: int) -> Iterator[str]:
    """Where the gateway is that has the state folder, if it is where the configuration says, and how it is ended."""
    from openclaw_gateway.cli.listening import does_listen

    if pid is None:
        return
    if does_listen(pid, port):
        yield f"It is at http://127.0.0.1:{port}"
    yield f"Ctrl-C in its terminal stops it, or: kill {pid}"


def _cannot_start(reason: str, *lines: str) -> CommandFailed:
    return CommandFailed(f"Gateway failed to start: {reason}", exit_code=Exit.CANNOT_START, console_lines=lines)
