"""`openclaw gateway probe`: whether a gateway can be reached, lets us in, and answers; and how long that takes.

The document has the original's keys (OpenClaw docs/cli/gateway.md, "gateway probe"). There is neither discovery
nor a tunnel here, so the one target is the gateway that the options name.
"""

import argparse
import time
from urllib.parse import urlsplit

import msgspec

from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.target import connected, find_target
from openclaw_gateway.client import ClientError, GatewayClient, JsonValue, RequestRefused


class _Connect(msgspec.Struct, rename="camel"):
    """ok: it let us in. rpc_ok: it answered a question too. scope_limited: it did not allow to ask that."""

    ok: bool = False
    rpc_ok: bool = False
    latency_ms: int | None = None
    error: str | None = None
    scope_limited: bool = False


class _Target(msgspec.Struct, rename="camel"):
    id: str
    kind: str
    url: str
    active: bool
    connect: _Connect
    auth: object = None
    server: object = None
    health: object = None
    summary: object = None
    presence: object = None


def probe(args: argparse.Namespace, console: Console) -> int:
    """Probe and tell; 4 when nobody can be reached, 3 when we are not let in."""
    began_at = time.time()
    url = find_target(args).url
    kind = "localLoopback" if urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1") else "configRemote"
    target = _Target(kind, kind, url, active=True, connect=_Connect())
    code = Exit.OK
    try:
        with connected(args, timeout_s=args.timeout / 1000) as gateway:
            target.connect.latency_ms = round((time.time() - began_at) * 1000)
            target.connect.ok = True
            _ask(gateway, target, args.timeout / 1000)
    except CommandFailed as failure:
        target.connect.error = failure.message
        code = Exit(failure.exit_code)
    if console.is_json:
        console.document(_document(args, target, began_at))
    else:
        console.answer(_line(target))
    return Exit.OK if target.connect.ok else code


def _ask(gateway: GatewayClient, target: _Target, timeout_s: float) -> None:
    hello = gateway.hello
    target.auth = {
        "role": hello.auth.role,
        "scopes": hello.auth.scopes,
        "capability": name_capability(hello.auth.scopes),
    }
    target.server = {"version": hello.server.version, "connId": hello.server.conn_id}
    try:
        target.health, target.summary, target.presence = [
            gateway.request(method, timeout_s=timeout_s) for method in ("health", "status", "system-presence")
        ]
        target.connect.rpc_ok = True
    except RequestRefused as refused:
        target.connect.scope_limited = refused.cause == "MISSING_SCOPE"
        target.connect.error = refused.message
    except ClientError as error:
        target.connect.error = error.message


def name_capability(scopes: tuple[str, ...]) -> str:
    """What a client with these scopes can do there, in the original's words."""
    granted = set(scopes)
    for scope, capability in (("operator.admin", "admin"), ("operator.write", "write"), ("operator.read", "read_only")):
        if scope in granted:
            return f"{capability}_capable" if capability != "read_only" else capability
    return "connected_no_operator_scope"


def _document(args: argparse.Namespace, target: _Target, began_at: float) -> dict[str, object]:
    auth: JsonValue = target.auth if isinstance(target.auth, dict) else {}
    is_degraded = target.connect.ok and not target.connect.rpc_ok
    warning = {"code": "rpc_failed", "message": target.connect.error, "targetIds": [target.id]}
    return {
        "ok": target.connect.ok,
        "degraded": is_degraded,
        "capability": auth.get("capability", "unreachable") if isinstance(auth, dict) else "unreachable",
        "ts": round(began_at * 1000),
        "durationMs": round((time.time() - began_at) * 1000),
        "timeoutMs": args.timeout,
        "primaryTargetId": target.id if target.connect.ok else None,
        "warnings": [warning] if is_degraded else [],
        "network": {"localLoopbackUrl": target.url if target.kind == "localLoopback" else None},
        "discovery": {"timeoutMs": 0, "count": 0, "beacons": []},
        "targets": [target],
    }


def _line(target: _Target) -> str:
    if not target.connect.ok:
        return f"{target.url}  not reached: {target.connect.error}"
    answers = "answers" if target.connect.rpc_ok else f"lets us in, and does not answer: {target.connect.error}"
    return f"{target.url}  {answers} ({target.connect.latency_ms} ms)"
