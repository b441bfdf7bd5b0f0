"""`openclaw sessions compact` and `openclaw sessions cleanup`: what keeps sessions short, and few."""

import argparse
from collections.abc import Callable

import msgspec

from openclaw_gateway.cli.answers import read
from openclaw_gateway.cli.console import Console, Exit
from openclaw_gateway.cli.options import filled

# A model reads the whole session and writes the summary.
COMPACT_TIMEOUT_MS = 600_000


class _Size(msgspec.Struct, rename="camel"):
    tokens_before: int | None = None
    tokens_after: int | None = None


class _Compacted(msgspec.Struct):
    ok: bool
    key: str
    reason: str = ""
    result: _Size | None = None


class _CleanedUp(msgspec.Struct, rename="camel"):
    dry_run: bool
    before_count: int
    archived: int
    cap_archived: int


# `ask(method, **params)` gives the payload of the gateway's answer, and raises ClientError.
Ask = Callable[..., object]


def cleanup_options() -> argparse.ArgumentParser:
    """The options of `cleanup`, beside those that all actions have."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--dry-run", action="store_true", help="say what would happen")
    options.add_argument("--enforce", action="store_true", help="also where session.maintenance.mode is warn")
    options.add_argument("--active-key", metavar="KEY", type=filled, help="this session stays in any case")
    options.add_argument("--fix-missing", action="store_true", help="accepted: no session can lack its transcript here")
    options.add_argument("--fix-dm-scope", action="store_true", help="accepted: there are no channels here")
    return options


def compact(ask: Ask, args: argparse.Namespace, console: Console) -> int:
    """Have the older part of a session summed up; one that is too small to be is a failure, as with the original."""
    with console.working("Summing up"):
        payload = ask("sessions.compact", key=args.key)
    done = read(payload, _Compacted)
    if console.is_json:
        console.document(payload)
    elif done.ok:
        size = done.result or _Size()
        console.answer(f"Compacted {done.key}: {size.tokens_before} tokens are {size.tokens_after} now.")
    else:
        console.note(f"Not compacted {done.key}: {done.reason}")
    return Exit.OK if done.ok else Exit.FAILED


def clean_up(ask: Ask, args: argparse.Namespace, console: Console) -> int:
    """Have old sessions put away, or told of."""
    flags = {"dryRun": args.dry_run, "enforce": args.enforce}
    chosen = {"agent": args.agent, "activeKey": args.active_key}
    params = {name: value for name, value in {**flags, **chosen}.items() if value}
    payload = ask("sessions.cleanup", **params)
    done = read(payload, _CleanedUp)
    if console.is_json:
        console.document(payload)
        return Exit.OK
    counted = f"{done.archived + done.cap_archived} of {done.before_count} sessions"
    console.answer(f"{counted} would be put away." if done.dry_run else f"Put away {counted}.")
    return Exit.OK
