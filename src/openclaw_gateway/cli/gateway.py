"""`openclaw gateway`: run the gateway, and ask about a running one."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_gateway.cli import health
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.options import common_options, milliseconds, port_number, target_options

if TYPE_CHECKING:
    from openclaw_gateway.gateway import Gateway


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`gateway` without an action is `gateway run`, so both take its options."""
    parser = subparsers.add_parser(
        "gateway", help="run the gateway, or ask about a running one", parents=[common_options(), _run_options()]
    )
    parser.set_defaults(bind=None, auth=None, password_file=None, allow_unconfigured=False, last_good=False)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("run", help="run the gateway here", parents=[common_options(), _run_options()])
    health.add_health_options(actions, "health")
    _add_status(actions)
    _add_call(actions)
    probe = actions.add_parser(
        "probe", help="reach the gateway and say how long it takes", parents=[common_options(), target_options()]
    )
    probe.add_argument("--timeout", metavar="MS", type=milliseconds, default=3000, help="milliseconds (3000)")


def _run_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument("--port", type=port_number, help="TCP port for WebSocket and HTTP")
    options.add_argument("--bind", choices=["loopback", "lan", "tailnet", "auto", "custom"], help="where to listen")
    options.add_argument(
        "--auth", choices=["none", "token", "password", "trusted-proxy"], help="how callers prove themselves"
    )
    options.add_argument("--token", help="shared token (visible to other users of this machine: prefer the config)")
    secret = options.add_mutually_exclusive_group()
    secret.add_argument("--password", help="shared password (visible to other users of this machine)")
    secret.add_argument("--password-file", metavar="FILE", help="file that holds the shared password")
    options.add_argument(
        "--allow-unconfigured", action="store_true", help="start without gateway.mode local in the config"
    )
    options.add_argument(
        "--last-good", action="store_true", help="when the config cannot be used, start with the last one that could"
    )
    return options


def _add_status(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "status",
        help="where the gateway is configured and whether it answers",
        parents=[common_options(), target_options()],
    )
    parser.add_argument("--timeout", metavar="MS", type=milliseconds, default=10_000, help="milliseconds (10000)")
    parser.add_argument("--no-probe", action="store_true", help="do not connect")
    parser.add_argument("--require-rpc", action="store_true", help="fail when the gateway does not answer")


def _add_call(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "call", help="ask any method of the protocol", parents=[common_options(), target_options()]
    )
    parser.add_argument("method", help="the method's name")
    parser.add_argument("--params", metavar="JSON", default="{}", help="its params, a JSON object ({})")
    parser.add_argument("--expect-final", action="store_true", help="wait for the final answer of a run")
    parser.add_argument("--timeout", metavar="MS", type=milliseconds, default=30_000, help="milliseconds (30000)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Do the action."""
    actions: dict[str, Callable[[argparse.Namespace, Console], int]] = {
        "run": _run,
        "health": health.run,
        "status": _status,
        "call": _call,
        "probe": _probe,
    }
    return actions[args.action or "run"](args, console)


def _run(args: argparse.Namespace, console: Console) -> int:
    from openclaw_gateway.cli.generated_token import forget_generated_token
    from openclaw_gateway.cli.launch import load_for_start, serve
    from openclaw_gateway.cli.start_report import is_generated, report_start
    from openclaw_gateway.config.load import LaunchOptions

    options = LaunchOptions(
        profile=args.profile,
        dev=args.dev,
        port=args.port,
        bind=args.bind,
        auth=args.auth,
        token=args.token,
        password=_password(args),
        allow_unconfigured=args.allow_unconfigured,
    )
    if args.dev:
        _write_dev_config(args, console)
    loaded = load_for_start(options, console, or_last_good=args.last_good)
    console.note(f"loading configuration: {loaded.path}{'' if loaded.exists else ' (does not exist: defaults)'}")

    def tell(gateway: "Gateway") -> None:
        report_start(gateway, options, console)

    try:
        return serve(loaded, console, tell)
    finally:
        if is_generated(loaded):
            forget_generated_token(loaded.state_dir)


def _write_dev_config(args: argparse.Namespace, console: Console) -> None:
    """The profile for trying things out makes its own first configuration, as the original's does."""
    from openclaw_gateway.cli.config_file import ConfigFile
    from openclaw_gateway.cli.first_config import gateway_section, tools_section

    file = ConfigFile(args)
    if not file.exists:
        file.make_folders()
        file.merge({"gateway": gateway_section(), "tools": tools_section()})
        console.note(f"wrote a first configuration: {file.path}")


def _password(args: argparse.Namespace) -> str | None:
    """The password of the command line. A line end is the editor's, not the secret's."""
    if args.password_file is None:
        password: str | None = args.password
        return password
    try:
        return Path(args.password_file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"cannot read the password file: {error}", exit_code=Exit.CANNOT_START) from error


def _call(args: argparse.Namespace, console: Console) -> int:
    import msgspec

    from openclaw_gateway.cli.target import connected

    try:
        params = msgspec.json.decode(args.params, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise CommandFailed(f"--params: expected a JSON object: {error}", exit_code=Exit.USAGE) from error
    timeout_s = args.timeout / 1000
    with connected(args, timeout_s=timeout_s) as gateway:
        console.document(gateway.request(args.method, params, timeout_s=timeout_s, expect_final=args.expect_final))
    return Exit.OK


def _probe(args: argparse.Namespace, console: Console) -> int:
    from openclaw_gateway.cli.gateway_probe import probe

    return probe(args, console)


def _status(args: argparse.Namespace, console: Console) -> int:
    """Where the gateway is configured to be and whether it answers there; being down is no failure of this question."""
    from openclaw_gateway.cli.gateway_status import find_status

    status = find_status(args)
    if console.is_json:
        console.document(status)
    else:
        for line in status.lines():
            console.answer(line)
    return Exit.UNREACHABLE if args.require_rpc and not (status.rpc and status.rpc.ok) else Exit.OK
