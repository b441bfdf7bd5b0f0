"""The command `openclaw`: finds the command that was asked for, and imports only that one."""

import argparse
import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from openclaw_gateway import COMPATIBLE_VERSION, __version__
from openclaw_gateway.cli.console import CommandFailed, Console, Exit, cancelled
from openclaw_gateway.cli.options import DEFAULTS, common_options

# Command -> its line in the help. The module has the command's name.
COMMANDS = {
    "gateway": "run the gateway, or ask about a running one",
    "agent": "let an agent answer a message",
    "health": "ask a running gateway for its health",
    "status": "ask a running gateway what it does",
    "agents": "list, add and delete agents",
    "approvals": "allow or deny the commands of agents",
    "models": "list models, choose one, and see whether it can be asked",
    "doctor": "find out what is wrong, and what to do",
    "logs": "read the gateway's log",
    "sessions": "list, show, reset, delete and export sessions",
    "devices": "list, approve and remove devices, and end their tokens",
    "config": "read, check and change the configuration",
    "completion": "print a script that completes commands in a shell",
    "setup": "write a first configuration with a generated token",
    "onboard": "write a configuration with a model",
    "quickstart": "find a model, start a gateway and show how to talk to it",
}

_PACKAGE = "openclaw_gateway.cli"


class _Parser(argparse.ArgumentParser):
    """Raises what argparse would print, so that `--json` holds for wrong usage too."""

    def __init__(self, **options: object) -> None:
        # An abbreviated option would change its meaning with the next option that begins like it.
        super().__init__(**{"allow_abbrev": False, **options})  # type: ignore[arg-type]  # passed through as it came
        self.set_defaults(asked=self.prog)  # of all that parse, the last one's: the command that was asked for

    def error(self, message: str) -> NoReturn:
        raise _wrong_usage(message, self.prog)


def _wrong_usage(message: str, command: str) -> CommandFailed:
    return CommandFailed(message, exit_code=Exit.USAGE, console_lines=(f"try: {command} --help",))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. argv: without the program's name; by default the process's own."""
    # Collecting while modules load is a tenth of a command's start. It stays so for the gateway, whose own values are
    # freed without the collector; every measurement of docs/performance.md is one of the command.
    gc.set_threshold(50_000)
    arguments = list(sys.argv[1:] if argv is None else argv)
    console = _console(arguments)
    try:
        code = _run(arguments, console)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us (head, a pager) has seen enough; without this the interpreter complains while it exits.
        _abandon_stdout()
        code = Exit.FAILED
    except KeyboardInterrupt as interrupt:
        code = console.fail(cancelled(interrupt))
    return int(code)


def _run(arguments: Sequence[str], console: Console) -> int:
    try:
        args = _parse(arguments)
        code: int = import_module(f"{_PACKAGE}.{args.command}").run(args, console)
    except CommandFailed as failure:
        return console.fail(failure)
    except SystemExit as end:  # argparse, after --help and --version
        return end.code if isinstance(end.code, int) else Exit.OK
    return code


def build_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser for these arguments: all of the root, and of the commands only the one that they name."""
    parser = _Parser(
        prog="openclaw",
        description="The OpenClaw Gateway: agents behind WebSocket and OpenAI-compatible HTTP, on one port.",
        parents=[common_options()],
    )
    parser.add_argument(
        "--version", action="version", version=f"OpenClaw {COMPATIBLE_VERSION} (openclaw-gateway {__version__})"
    )
    parser.set_defaults(**DEFAULTS)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = _chosen(arguments)
    if chosen is None:
        for name, line in COMMANDS.items():
            subparsers.add_parser(name, help=line)
    else:
        import_module(f"{_PACKAGE}.{chosen}").add_parser(subparsers)
    return parser


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    for number, argument in enumerate(arguments, start=1):
        if not _is_text(argument):
            raise CommandFailed(f"argument {number} is not valid UTF-8", exit_code=Exit.USAGE)
    args, unknown = build_parser(arguments).parse_known_args(arguments)
    if unknown:
        raise _wrong_usage(f"unrecognized arguments: {' '.join(unknown)}", args.asked)
    if args.dev and args.profile is not None:
        raise CommandFailed("--dev is a profile of its own: choose it or --profile", exit_code=Exit.USAGE)
    return args


def _chosen(arguments: Sequence[str]) -> str | None:
    """The command among the arguments, if it is one of ours: the first that is neither an option nor a profile."""
    words = iter(arguments)
    for word in words:
        if word == "--profile":
            next(words, None)
        elif not word.startswith("-"):
            return word if word in COMMANDS else None
    return None


def _console(arguments: Sequence[str]) -> Console:
    for stream in (sys.stdout, sys.stderr):
        # What a model says may not exist in the terminal's encoding; a question mark is better than a traceback.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # of a real process these are TextIOWrapper
    return Console(sys.stdout, sys.stderr, is_json="--json" in arguments, is_coloured=_is_coloured(arguments))


def _is_coloured(arguments: Sequence[str]) -> bool:
    if "--no-color" in arguments or not sys.stderr.isatty():
        return False
    from openclaw_gateway.config.load import read_environment

    return read_environment().get("NO_COLOR") is None


def _is_text(argument: str) -> bool:
    """Bytes that were not UTF-8 come to us as lone surrogates."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _abandon_stdout() -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
