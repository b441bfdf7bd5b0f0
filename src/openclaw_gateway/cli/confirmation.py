"""Asking a person before something is taken away; a script says it by an option, so that no slip removes anything."""

import argparse
import sys

from openclaw_gateway.cli.console import CommandFailed, Exit


def confirm(args: argparse.Namespace, question: str, *, option: str) -> None:
    """Ask on the terminal. Raises CommandFailed for a no, and where nobody can be asked; option: what to say then."""
    if args.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandFailed(f"{question} Nobody can be asked here: say {option}", exit_code=Exit.USAGE)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandFailed("nothing was deleted")
