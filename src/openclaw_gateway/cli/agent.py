"""`openclaw agent`: one message to an agent through the running gateway; its answer is all that stdout gets."""

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from openclaw_gateway.cli.console import CommandFailed, Console, Exit, cancelled, end_by_sigterm
from openclaw_gateway.cli.options import common_options, filled, target_options
from openclaw_gateway.cli.target import connected, explained
from openclaw_gateway.cli.waiting_commands import tell_waiting
from openclaw_gateway.client import (
    AgentAnswer,
    AgentTurn,
    ClientError,
    Event,
    GatewayClient,
    RequestRefused,
    RunUnfinished,
)

MAX_MESSAGE_FILE_BYTES = 4 * 1024 * 1024
# As in the config's schema, which takes too long to import for a message.
THINKING_LEVELS = ("off", "minimal", "low", "medium", "high", "xhigh", "adaptive", "max", "ultra")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of one turn."""
    parser = subparsers.add_parser(
        "agent",
        help="let an agent answer a message",
        parents=[common_options(), target_options()],
        description="Let an agent of the running gateway answer a message.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--message", "-m", type=filled, help="what to say")
    what.add_argument(
        "--message-file", metavar="FILE", help="a UTF-8 file with what to say (4 MiB at most), - for stdin"
    )
    parser.add_argument("--agent", metavar="ID", type=filled, help="which agent; may be left out where there is one")
    parser.add_argument("--session-key", metavar="KEY", type=filled, help="the conversation to go on with, or to begin")
    parser.add_argument("--session-id", metavar="ID", type=filled, help="the conversation with this id")
    parser.add_argument("--model", metavar="PROVIDER/MODEL", type=filled, help="another model, for this turn only")
    parser.add_argument("--thinking", choices=THINKING_LEVELS, help="how much the model is to think")
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, default=600, help="for the whole run (600); 0: none"
    )
    parser.add_argument("--stream", action="store_true", help="print the answer while it comes")


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the answer, or one JSON document with `--json`."""
    if args.stream and console.is_json:
        raise CommandFailed("--json prints one document at the end, --stream pieces: choose one", exit_code=Exit.USAGE)
    turn = AgentTurn(
        message=args.message if args.message is not None else _read_message(args.message_file),
        agent_id=args.agent,
        session_key=args.session_key,
        session_id=args.session_id,
        model=args.model,
        thinking=args.thinking,
        timeout_s=args.timeout,
    )
    end_by_sigterm()
    try:
        with connected(args) as gateway, nullcontext() if args.stream else console.working("The agent works"):
            answer = _ask(gateway, turn, console, is_streamed=args.stream)
    except KeyboardInterrupt as interrupt:
        failure = cancelled(interrupt)
        failure.more = {"runId": turn.run_id, "origin": "gateway"}
        raise failure from interrupt
    if console.is_json:
        console.document(answer.payload)
    elif not args.stream:
        console.answer(answer.text)
    return Exit.OK


def _ask(gateway: GatewayClient, turn: AgentTurn, console: Console, *, is_streamed: bool) -> AgentAnswer:
    """Ask; a streamed answer ends in a line end also when it breaks off, so that the error has its own line."""
    last_piece = ""

    def print_piece(text: str) -> None:
        nonlocal last_piece
        last_piece = text
        console.piece(text)

    def tell_event(event: Event) -> None:
        if (told := tell_waiting(event, turn.run_id)) is not None:
            # On a terminal both streams are one: a line of its own, also in the middle of the answer's.
            console.note(f"\n{told}" if last_piece and not last_piece.endswith("\n") else told)

    try:
        return gateway.ask(turn, on_text=print_piece if is_streamed else None, on_event=tell_event)
    except ClientError as error:
        failure = explained(error)
        if isinstance(error, RequestRefused) and error.cause == "AGENT_ID_REQUIRED":
            failure.message = failure.message.replace("pass agentId", "name it by --agent")
        if isinstance(error, (RequestRefused, RunUnfinished)):
            failure.more = {"runId": turn.run_id, "origin": "gateway"}
        raise failure from error
    finally:
        if last_piece:
            console.piece("\n")


def _read_message(path: str) -> str:
    try:
        if path == "-":
            return _message_of(sys.stdin.buffer, "standard input")
        with Path(path).open("rb") as file:
            return _message_of(file, path)
    except OSError as error:
        raise _unusable(f"cannot read {path}: {error.strerror or error}") from error


def _message_of(file: BinaryIO, name: str) -> str:
    content = file.read(MAX_MESSAGE_FILE_BYTES + 1)
    if len(content) > MAX_MESSAGE_FILE_BYTES:
        raise _unusable(f"{name} is longer than 4 MiB, the most that one message may hold")
    try:
        message = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unusable(f"{name} is not UTF-8: byte {error.start} is {content[error.start]:#04x}") from error
    if not message.strip():
        raise _unusable(f"{name} is empty, so there is nothing to say")
    return message


def _unusable(message: str) -> CommandFailed:
    return CommandFailed(message, exit_code=Exit.USAGE)


def _seconds(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 7:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected whole seconds, got {text!r}")
