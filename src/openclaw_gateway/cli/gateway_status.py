"""`openclaw gateway status`: what the configuration says of the gateway, and what the gateway itself says.

The document has the original's keys for what exists here (OpenClaw docs/cli/gateway.md, "gateway status"); there is no
service control yet, so nothing is said about one.
"""

import argparse
import sys

import msgspec

from openclaw_gateway import COMPATIBLE_VERSION
from openclaw_gateway.cli.console import CommandFailed, Exit
from openclaw_gateway.cli.target import connected, find_target


class _Cli(msgspec.Struct, frozen=True):
    version: str
    entrypoint: str


class _Server(msgspec.Struct, frozen=True, rename="camel"):
    version: str
    conn_id: str


class _Grant(msgspec.Struct, frozen=True):
    role: str
    scopes: tuple[str, ...]


class Rpc(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the gateway let us in. error: why not. is_refused: it answers, and does not let us in."""

    ok: bool
    url: str
    kind: str = "connect"
    auth: _Grant | None = None
    server: _Server | None = None
    error: str | None = None
    is_refused: bool = msgspec.field(default=False, name="refused")


class GatewayStatus(msgspec.Struct, frozen=True, rename="camel"):
    """The document. rpc: None when nobody was asked."""

    cli: _Cli
    probe_url: str
    rpc: Rpc | None

    def lines(self) -> list[str]:
        """For a person."""
        if self.rpc is None:
            return [f"gateway  {self.probe_url}  (not asked)"]
        if self.rpc.is_refused:
            return [f"gateway  {self.probe_url}  answers, but refuses us: {self.rpc.error}"]
        if self.rpc.server is None:
            return [f"gateway  {self.probe_url}  does not answer: {self.rpc.error}"]
        return [f"gateway  {self.probe_url}  answers, version {self.rpc.server.version}"]


def find_status(args: argparse.Namespace) -> GatewayStatus:
    """Ask the gateway that the options name, unless they say not to."""
    url = find_target(args).url
    cli = _Cli(COMPATIBLE_VERSION, sys.argv[0])
    return GatewayStatus(cli, url, None if args.no_probe else _probe(args, url))


def _probe(args: argparse.Namespace, url: str) -> Rpc:
    try:
        with connected(args, timeout_s=args.timeout / 1000) as gateway:
            hello = gateway.hello
    except CommandFailed as failure:
        is_refused = failure.exit_code == Exit.AUTH_REFUSED
        return Rpc(ok=False, url=url, error=failure.message, is_refused=is_refused)
    return Rpc(
        ok=True,
        url=url,
        auth=_Grant(hello.auth.role, hello.auth.scopes),
        server=_Server(hello.server.version, hello.server.conn_id),
    )
