"""`openclaw status`: what a running gateway is and does."""

import argparse

import msgspec

from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.options import common_options, milliseconds, target_options
from openclaw_gateway.cli.target import connected, find_target
from openclaw_gateway.client import JsonValue


class _Sessions(msgspec.Struct):
    count: int = 0


class _Config(msgspec.Struct, rename="camel"):
    """Which configuration is in force, and why the one on disk is not."""

    running: str = ""
    state: str = "current"
    problems: tuple[str, ...] = ()
    restart_paths: tuple[str, ...] = ()
    is_last_good: bool = False

    def lines(self) -> list[str]:
        """For a person: the revision, then what is to be done about it."""
        last_good = " (DEGRADED: started with the last good one)" if self.is_last_good else ""
        news = {
            "invalid": ["the one on disk is invalid and not in force:", *self.problems],
            "restartRequired": [f"the one on disk needs a restart: {', '.join(self.restart_paths)}"],
            "notApplied": ["the one on disk waits for a restart: gateway.reload.mode is off"],
        }
        return [f"revision {self.running[:12] or 'none'}{last_good}", *news.get(self.state, [])]


class _Status(msgspec.Struct, rename="camel"):
    """What the plain form shows of the projection (OpenClaw docs/cli/status.md)."""

    runtime_version: str = "unknown"
    sessions: _Sessions = msgspec.field(default_factory=_Sessions)
    config: _Config | None = None


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of `status`."""
    parser = subparsers.add_parser(
        "status", help="ask a running gateway what it does", parents=[common_options(), target_options()]
    )
    parser.add_argument("--timeout", metavar="MS", type=milliseconds, default=10_000, help="milliseconds (10000)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the gateway's status projection, with where it was reached."""
    timeout_s = args.timeout / 1000
    url = find_target(args).url
    with connected(args, timeout_s=timeout_s) as gateway:
        projection = gateway.request("status", timeout_s=timeout_s)
        version = gateway.hello.server.version
    if console.is_json:
        console.document(_with_gateway(projection, url, version))
        return Exit.OK
    try:
        status = msgspec.convert(projection, _Status)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"the gateway's status cannot be read: {error}") from error
    console.answer(f"gateway   {url}")
    console.answer(f"version   {version or status.runtime_version}")
    console.answer(f"sessions  {status.sessions.count}")
    if status.config is not None:
        for line in status.config.lines():
            console.answer(f"config    {line}")
    return Exit.OK


def _with_gateway(projection: JsonValue, url: str, version: str) -> JsonValue:
    reached: JsonValue = {"reachable": True, "url": url, "version": version}
    return {**projection, "gateway": reached} if isinstance(projection, dict) else projection
