"""`openclaw devices`: who may connect with a key of its own; approve, name, remove, and end tokens.

Everything is asked of the gateway (docs/reference/protocol.md, "Devices").
"""

import argparse
import time
from collections.abc import Callable

import msgspec

from openclaw_gateway.cli.answers import Asker
from openclaw_gateway.cli.columns import columns
from openclaw_gateway.cli.confirmation import confirm
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.options import common_options, filled, milliseconds, target_options
from openclaw_gateway.cli.target import connected, explained
from openclaw_gateway.client import JsonValue, RequestRefused

_SHORT_ID_CHARS = 12


class _Request(msgspec.Struct, rename="camel"):
    """What is shown of a device that waits."""

    request_id: str
    device_id: str
    ts: int = 0
    scopes: tuple[str, ...] = ()
    display_name: str = ""
    client_id: str = ""
    platform: str = ""
    remote_ip: str = ""
    is_repair: bool = False


class _Token(msgspec.Struct, rename="camel"):
    role: str = ""
    revoked_at_ms: int | None = None


class _Device(msgspec.Struct, rename="camel"):
    """What is shown of a paired device."""

    device_id: str
    scopes: tuple[str, ...] = ()
    tokens: tuple[_Token, ...] = ()
    operator_label: str = ""
    display_name: str = ""
    client_id: str = ""
    platform: str = ""
    connected: bool = False

    @property
    def name(self) -> str:
        """What people call it, else what it calls itself."""
        return self.operator_label or self.display_name or self.client_id or self.device_id


class _List(msgspec.Struct):
    pending: tuple[_Request, ...] = ()
    paired: tuple[_Device, ...] = ()


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`devices` without an action is `devices list`."""
    parser = subparsers.add_parser(
        "devices",
        help="list, approve and remove devices, and end their tokens",
        parents=[common_options(), target_options(), _time_option()],
    )
    parser.set_defaults(timeout=10_000)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")

    def action(name: str, line: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=line, parents=[common_options(), target_options(), _time_option()])

    action("list", "devices that wait for approval, and paired ones")
    approve = action("approve", "let a device in; without an id the newest request is only shown")
    approve.add_argument("request", metavar="REQUEST_ID", nargs="?", type=filled, help="as `devices list` shows it")
    approve.add_argument("--latest", action="store_true", help="show the newest request")
    action("reject", "send a device away").add_argument("request", metavar="REQUEST_ID", type=filled)
    action("remove", "forget a paired device").add_argument("device", metavar="DEVICE_ID", type=filled)
    rename = action("rename", "give a device a name of yours")
    rename.add_argument("--name", metavar="LABEL", required=True, type=filled, help="up to 64 characters")
    rotate = action("rotate", "end a device's token; it gets another one")
    scopes = rotate.add_mutually_exclusive_group()
    scopes.add_argument(
        "--scope", metavar="SCOPE", nargs="+", action="extend", type=filled, help="what the next token may do"
    )
    scopes.add_argument("--no-scopes", action="store_true", help="the next token may do nothing")
    revoke = action("revoke", "end a device's token; it needs a new approval")
    for one in (rename, rotate, revoke):
        one.add_argument("--device", metavar="DEVICE_ID", required=True, type=filled, help="which device")
    for one in (rotate, revoke):
        one.add_argument("--role", metavar="ROLE", default="operator", type=filled, help="of the token (operator)")
    clear = action("clear", "forget all paired devices")
    clear.add_argument("--pending", action="store_true", help="send away those who wait, too")
    clear.add_argument("--yes", action="store_true", help="do not ask")


def _time_option() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument("--timeout", metavar="MS", type=milliseconds, help="milliseconds for each question (10000)")
    return options


def run(args: argparse.Namespace, console: Console) -> int:
    """Ask the gateway and tell its answer."""
    if args.action == "clear" and not args.yes:
        confirm(args, "Forget all paired devices?", option="--yes")
    timeout_s = args.timeout / 1000
    with connected(args, timeout_s=timeout_s) as gateway:
        asker = Asker(gateway, timeout_s)
        match args.action:
            case None | "list":
                return _list(asker, console)
            case "approve" if args.request is None or args.latest:
                raise _preview(asker)
            case "clear":
                return _clear(asker, console, with_pending=args.pending)
            case _:
                return _change(asker, args, console)


def _list(asker: Asker, console: Console) -> int:
    answer = asker.ask("device.pair.list")
    if console.is_json:
        console.document(answer)
        return Exit.OK
    listed = _read(answer)
    if not listed.pending and not listed.paired:
        console.note("no devices: one that connects with a key of its own appears here")
    approved = {device.device_id: device.scopes for device in listed.paired}
    if listed.pending:
        rows = [["WAITING", "DEVICE", "NAME", "FROM", "ASKS FOR", "HAS", "SINCE"]]
        rows += [_request_row(request, approved.get(request.device_id, ())) for request in listed.pending]
        console.answer("\n".join(columns(rows)))
    if listed.paired:
        rows = [["PAIRED", "NAME", "PLATFORM", "MAY", "STATE"], *map(_device_row, listed.paired)]
        console.answer("\n".join(columns(rows)))
    return Exit.OK


def _request_row(request: _Request, approved: tuple[str, ...]) -> list[str]:
    name = request.display_name or request.client_id
    seconds = max(0, round(time.time() - request.ts / 1000))
    return [
        request.request_id, request.device_id[:_SHORT_ID_CHARS], name, request.remote_ip or "-", _told(request.scopes),
        _told(approved), f"{seconds} s",
    ]  # fmt: skip


def _device_row(device: _Device) -> list[str]:
    is_revoked = any(token.revoked_at_ms is not None for token in device.tokens)
    state = "revoked" if is_revoked else "connected" if device.connected else "-"
    return [device.device_id, device.name, device.platform or "-", _told(device.scopes), state]


def _told(scopes: tuple[str, ...]) -> str:
    return ",".join(scope.removeprefix("operator.") for scope in scopes) or "-"


def _preview(asker: Asker) -> CommandFailed:
    """The newest request, approved by nobody yet: whoever approves should have read which one it is."""
    pending = _read(asker.ask("device.pair.list")).pending
    if not pending:
        return CommandFailed("no device waits for approval")
    newest = pending[0]
    return CommandFailed(
        f"nothing is approved yet: device {newest.device_id} from {newest.remote_ip or 'an unknown address'} asks for "
        f"{_told(newest.scopes)}",
        console_lines=(f"to approve it: openclaw devices approve {newest.request_id}",),
        more={"pending": msgspec.to_builtins(newest)},
    )


# What follows for whoever uses the device.
_NEXT = {
    "approve": "It gets its token when it connects the next time.",
    "rotate": "Its old token has ended; it fetches the next one by connecting with the gateway's token or password.",
    "revoke": "It is shut out; when it connects again, it waits for approval: openclaw devices list",
}


def _change(asker: Asker, args: argparse.Namespace, console: Console) -> int:
    actions: dict[str, tuple[str, Callable[[], dict[str, object]], str]] = {
        "approve": ("device.pair.approve", lambda: {"requestId": args.request}, "approved"),
        "reject": ("device.pair.reject", lambda: {"requestId": args.request}, "rejected"),
        "remove": ("device.pair.remove", lambda: {"deviceId": args.device}, "removed"),
        "rename": ("device.pair.rename", lambda: {"deviceId": args.device, "label": args.name}, "renamed"),
        "rotate": ("device.token.rotate", lambda: _rotation(args), "rotated"),
        "revoke": ("device.token.revoke", lambda: {"deviceId": args.device, "role": args.role}, "revoked"),
    }
    method, params, done = actions[args.action]
    by_request = args.action in ("approve", "reject")
    try:
        answer = asker.ask(method, **params())
    except RequestRefused as refused:
        failure = explained(refused)
        failure.console_lines = (f"{'those that wait' if by_request else 'all of them'}: openclaw devices list",)
        raise failure from refused
    if console.is_json:
        console.document(answer)
        return Exit.OK
    console.answer(f"{done} {args.request if by_request else args.device}")
    if args.action in _NEXT:
        console.note(_NEXT[args.action])
    return Exit.OK


def _rotation(args: argparse.Namespace) -> dict[str, object]:
    scopes: list[str] | None = [] if args.no_scopes else args.scope
    return {"deviceId": args.device, "role": args.role, **({} if scopes is None else {"scopes": scopes})}


def _clear(asker: Asker, console: Console, *, with_pending: bool) -> int:
    listed = _read(asker.ask("device.pair.list"))
    removed = [device.device_id for device in listed.paired]
    rejected = [request.request_id for request in listed.pending] if with_pending else []
    for device_id in removed:
        asker.ask("device.pair.remove", deviceId=device_id)
    for request_id in rejected:
        asker.ask("device.pair.reject", requestId=request_id)
    if console.is_json:
        console.document({"removedDevices": removed, "rejectedPending": rejected})
    else:
        console.answer(f"removed {len(removed)} devices, rejected {len(rejected)} requests")
    return Exit.OK


def _read(answer: JsonValue) -> _List:
    try:
        return msgspec.convert(answer, _List)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"the gateway's list of devices cannot be read: {error}") from error
