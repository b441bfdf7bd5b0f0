"""`openclaw health`: the health of a running gateway."""

import argparse

import msgspec

from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.options import common_options, milliseconds, target_options
from openclaw_gateway.cli.target import connected
from openclaw_gateway.client import JsonValue, RequestRefused


class _Agent(msgspec.Struct, rename="camel"):
    agent_id: str
    is_default: bool = False


class _Health(msgspec.Struct, rename="camel"):
    """What the plain form shows of the snapshot (OpenClaw docs/gateway/health.md)."""

    ok: bool = False
    status: str | None = None
    duration_ms: float = 0
    agents: tuple[_Agent, ...] = ()


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of `health`."""
    add_health_options(subparsers, "health")


def add_health_options(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str) -> None:
    """Also used by `gateway health`, which is the same."""
    parser = subparsers.add_parser(
        name, help="ask a running gateway for its health", parents=[common_options(), target_options()]
    )
    parser.add_argument("--timeout", metavar="MS", type=milliseconds, default=60_000, help="milliseconds (60000)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the snapshot; a gateway that is still starting is no failure."""
    try:
        snapshot = _ask(args)
    except CommandFailed as failure:
        if not _is_starting(failure.__cause__):
            raise
        snapshot = {"status": "starting"}
    if console.is_json:
        console.document(snapshot)
        return Exit.OK
    try:
        health = msgspec.convert(snapshot, _Health)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"the gateway's health cannot be read: {error}") from error
    console.answer(health.status or ("ok" if health.ok else "not ok"))
    for agent in health.agents:
        console.answer(f"agent {agent.agent_id}{' (default)' if agent.is_default else ''}")
    return Exit.OK


def _ask(args: argparse.Namespace) -> JsonValue:
    timeout_s = args.timeout / 1000
    with connected(args, timeout_s=timeout_s) as gateway:
        return gateway.request("health", timeout_s=timeout_s)


def _is_starting(cause: BaseException | None) -> bool:
    """What a gateway of the original answers while its parts come up (OpenClaw docs/gateway/protocol.md)."""
    return isinstance(cause, RequestRefused) and cause.details.get("reason") == "startup-sidecars"
