"""`openclaw gateway status`: what the configuration says of the gateway, and what the gateway itself says.

The document has the original's keys for what exists here (OpenClaw docs/cli/gateway.md, "gateway status"). There is no
service control yet, so `service` says only whether a gateway of this configuration runs.
"""

import argparse
import sys
from typing import Literal

import msgspec

from openclaw_gateway import COMPATIBLE_VERSION
from openclaw_gateway.cli.console import CommandFailed, Exit
from openclaw_gateway.cli.gateway_probe import name_capability
from openclaw_gateway.cli.target import connected, find_target
from openclaw_gateway.config.load import Loaded


class _Cli(msgspec.Struct, frozen=True):
    version: str
    entrypoint: str


class _Server(msgspec.Struct, frozen=True, rename="camel"):
    version: str
    conn_id: str


class _Grant(msgspec.Struct, frozen=True):
    role: str
    scopes: tuple[str, ...]
    capability: str


class Rpc(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the gateway let us in. error: why not. is_refused: it answers, and does not let us in."""

    ok: bool
    url: str
    kind: str = "connect"
    capability: str | None = None
    auth: _Grant | None = None
    server: _Server | None = None
    version: str | None = None
    error: str | None = None
    is_refused: bool = msgspec.field(default=False, name="refused")


class _Runtime(msgspec.Struct, frozen=True, omit_defaults=True):
    status: Literal["running", "stopped"]
    pid: int | None = None


class _Service(msgspec.Struct, frozen=True, rename="camel"):
    runtime: _Runtime
    label: str = "none"
    loaded: bool = False
    loaded_text: str = "no service control"


class _File(msgspec.Struct, frozen=True):
    path: str
    exists: bool
    valid: bool = True


class _Config(msgspec.Struct, frozen=True):
    cli: _File


class _Listener(msgspec.Struct, frozen=True):
    pid: int
    address: str


class _Port(msgspec.Struct, frozen=True):
    port: int
    status: Literal["busy", "free"]
    listeners: tuple[_Listener, ...]
    hints: tuple[str, ...] = ()


class _Gateway(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """probe_url: who was asked. The rest is of the configuration, where it is its gateway."""

    probe_url: str
    bind_mode: str | None = None
    bind_host: str | None = None
    port: int | None = None
    port_source: Literal["cli", "env", "profile", "config", "default"] | None = None
    version: str | None = None


class GatewayStatus(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The document. rpc: None when nobody was asked. Only of the gateway of this configuration, and not of an address
    given by hand, are there log_file, service, config and port.
    """

    cli: _Cli
    gateway: _Gateway
    rpc: Rpc | None
    extra_services: tuple[str, ...]
    log_file: str | None = None
    service: _Service | None = None
    config: _Config | None = None
    port: _Port | None = None

    def lines(self) -> list[str]:
        """For a person."""
        place = f"gateway  {self.gateway.probe_url}"
        if self.rpc is None:
            return [f"{place}  (not asked)"]
        if self.rpc.is_refused:
            return [f"{place}  answers, but refuses us: {self.rpc.error}"]
        if self.rpc.server is None:
            return [f"{place}  does not answer: {self.rpc.error}"]
        return [f"{place}  answers, version {self.rpc.server.version}"]


def find_status(args: argparse.Namespace) -> GatewayStatus:
    """Ask the gateway that the options name, unless they say not to."""
    url = find_target(args).url
    cli = _Cli(COMPATIBLE_VERSION, sys.argv[0])
    rpc = None if args.no_probe else _probe(args, url)
    version = rpc.version if rpc else None
    is_by_hand = args.url is not None or (args.port is not None and (args.token or args.password) is not None)
    if is_by_hand:
        return GatewayStatus(cli, _Gateway(url, version=version), rpc, ())
    from openclaw_gateway.cli.launch import load_for_client

    loaded = load_for_client(args)
    if loaded.config.gateway.mode == "remote":
        return GatewayStatus(cli, _Gateway(url, version=version), rpc, (), config=_config(loaded))
    return _of_this_machine(loaded, cli, rpc, _Gateway(url, version=version))


def _of_this_machine(loaded: Loaded, cli: _Cli, rpc: Rpc | None, asked: _Gateway) -> GatewayStatus:
    from openclaw_gateway.cli.listening import does_listen, is_taken
    from openclaw_gateway.cli.logs import newest_log
    from openclaw_gateway.sessions.folder_lock import find_holder

    pid = find_holder(loaded.state_dir / "state")
    log = newest_log(loaded)
    hosts = {"loopback": "127.0.0.1", "custom": loaded.config.gateway.custom_bind_host}
    host = hosts.get(loaded.bind) or "0.0.0.0"  # noqa: S104 - said and asked about, not listened on
    # The lock says who runs, not where it listens: the port of its own command line may be another one.
    is_busy = is_taken(loaded.port, host)
    is_listener = pid is not None and is_busy and does_listen(pid, loaded.port)
    listeners = (_Listener(pid, f"{host}:{loaded.port}"),) if pid is not None and is_listener else ()
    return GatewayStatus(
        cli=cli,
        gateway=_Gateway(asked.probe_url, loaded.bind, host, loaded.port, _port_source(loaded), asked.version),
        rpc=rpc,
        extra_services=(),
        log_file=None if log is None else str(log),
        service=_Service(_Runtime("stopped" if pid is None else "running", pid)),
        config=_config(loaded),
        port=_Port(loaded.port, "busy" if is_busy else "free", listeners),
    )


def _config(loaded: Loaded) -> _Config:
    return _Config(_File(str(loaded.path), loaded.exists))


def _port_source(loaded: Loaded) -> Literal["cli", "env", "profile", "config", "default"]:
    """In the order in which they count (docs/reference/config.md)."""
    if loaded.options.port is not None:
        return "cli"
    if loaded.variables.get("OPENCLAW_GATEWAY_PORT"):
        return "env"
    if loaded.paths.profile == "dev":
        return "profile"
    return "default" if loaded.config.gateway.port is None else "config"


def _probe(args: argparse.Namespace, url: str) -> Rpc:
    try:
        with connected(args, timeout_s=args.timeout / 1000) as gateway:
            hello = gateway.hello
    except CommandFailed as failure:
        is_refused = failure.exit_code == Exit.AUTH_REFUSED
        return Rpc(ok=False, url=url, error=failure.message, is_refused=is_refused)
    capability = name_capability(hello.auth.scopes)
    return Rpc(
        ok=True,
        url=url,
        capability=capability,
        auth=_Grant(hello.auth.role, hello.auth.scopes, capability),
        server=_Server(hello.server.version, hello.server.conn_id),
        version=hello.server.version,
    )
