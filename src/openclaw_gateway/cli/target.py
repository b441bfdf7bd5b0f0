"""Which gateway a command asks, with which credential; and what its failures mean for the command."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from openclaw_gateway.cli.console import CommandFailed, Exit
from openclaw_gateway.cli.generated_token import read_generated_token
from openclaw_gateway.client import (
    AuthRefused,
    ClientError,
    DeadlinePassed,
    GatewayClient,
    RequestRefused,
    RunUnfinished,
)

if TYPE_CHECKING:
    from openclaw_gateway.config.load import Credential

# `details.code` of a refusal, in lower case -> exit code; what is not here and not a model's failure is FAILED.
_EXIT_OF_CAUSE = {
    "queue_full": Exit.BUSY,
    "shutting_down": Exit.BUSY,
    "storage_unavailable": Exit.BUSY,
    "missing_scope": Exit.AUTH_REFUSED,
    "run_cancelled": Exit.CANCELLED,
    "run_timeout": Exit.TIMED_OUT,
    "content_filter": Exit.MODEL_ERROR,
    "context_length_exceeded": Exit.MODEL_ERROR,
    "model_error": Exit.MODEL_ERROR,
    "run_limit_exceeded": Exit.MODEL_ERROR,
}


_NOT_SENT = "no token was sent: pass --token, set OPENCLAW_GATEWAY_TOKEN or gateway.auth.token"
_NOT_SENT_BY_HAND = (
    "no token was sent: pass --token or --password (stored credentials are not sent to an address given by --url)"
)


# Where a command without a secret is not a device: the gateway of this machine tells its users the secret.
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class Target(msgspec.Struct, frozen=True):
    """An address and the credentials to show there. is_by_hand: stored credentials are not for this address."""

    url: str
    token: str | None
    password: str | None
    is_by_hand: bool = False


@contextmanager
def connected(args: argparse.Namespace, *, timeout_s: float = 10.0) -> Iterator[GatewayClient]:
    """A connection to the gateway that the options name. Whatever goes wrong with it is raised as CommandFailed."""
    target = find_target(args)
    try:
        with _connect(args, target, timeout_s) as gateway:
            yield gateway
    except AuthRefused as error:
        failure = explained(error)
        if error.cause == "PAIRING_REQUIRED":
            failure.console_lines = (f"on the gateway's machine: openclaw devices approve {error.request_id}",)
        elif target.token is None and target.password is None:
            failure.message = _NOT_SENT_BY_HAND if target.is_by_hand else _NOT_SENT
        raise failure from error
    except ClientError as error:
        raise explained(error) from error


def _connect(args: argparse.Namespace, target: Target, timeout_s: float) -> GatewayClient:
    if target.token is None and target.password is None and urlsplit(target.url).hostname not in _LOCAL_HOSTS:
        from openclaw_gateway.cli.launch import load_for_client
        from openclaw_gateway.cli.own_device import OwnDevice

        return OwnDevice(load_for_client(args).state_dir / "client").connect(target.url, timeout_s=timeout_s)
    return GatewayClient.connect(
        target.url, token=target.token, password=target.password, client_id="cli", mode="cli", timeout_s=timeout_s
    )


def find_target(args: argparse.Namespace) -> Target:
    """--url, else --port, else the environment's address, else the configured one, else this machine.

    An address given by hand gets only credentials given by hand: those of the configuration belong to another gateway.
    """
    if args.url is not None:
        return Target(args.url, args.token, args.password, is_by_hand=True)
    if args.port is not None and (args.token is not None or args.password is not None):
        # Nothing is left to be looked up, so a configuration that is broken does not matter.
        return Target(f"ws://127.0.0.1:{args.port}", args.token, args.password)
    from openclaw_gateway.cli.launch import load_for_client

    loaded = load_for_client(args)
    remote = loaded.config.gateway.remote if loaded.config.gateway.mode == "remote" else None
    local_url = f"ws://127.0.0.1:{loaded.port}"
    if args.port is not None:
        url = local_url
    else:
        url = loaded.gateway_url or (remote and remote.url) or local_url
    token, password = args.token, args.password
    if token is None and password is None:
        if remote is not None and url == remote.url:
            return Target(url, remote.token, remote.password)
        token, password = _value(loaded.gateway_token), _value(loaded.gateway_password)
        if token is None and password is None and url == local_url:
            token = read_generated_token(loaded.state_dir)
    return Target(url, token, password)


def is_own_gateway(args: argparse.Namespace) -> bool:
    """Whether the gateway that the options name is that of this configuration, so that its files can be read instead.

    Raises CommandFailed.
    """
    if args.url is not None or args.port is not None:
        return False
    from openclaw_gateway.cli.launch import load_for_client

    return find_target(args).url == f"ws://127.0.0.1:{load_for_client(args).port}"


def _value(credential: "Credential | None") -> str | None:
    return None if credential is None else credential.value


def explained(error: ClientError) -> CommandFailed:
    """A failure of the client as a failure of the command: `error.type`, further keys, exit code."""
    match error:
        case RequestRefused():
            return CommandFailed(
                error.message,
                exit_code=_exit_of(error),
                type="gateway_request_error",
                details={"code": error.code, "retryable": error.retryable, **_details_of(error)},
            )
        case RunUnfinished():
            code = Exit.TIMED_OUT if error.status == "timeout" else Exit.FAILED
            return CommandFailed(error.message, exit_code=code, type="gateway_request_error")
        case DeadlinePassed():
            return CommandFailed(error.message, exit_code=Exit.TIMED_OUT, type="gateway_transport_error")
    return CommandFailed(error.message, exit_code=Exit.UNREACHABLE, type="gateway_transport_error")


def _exit_of(error: RequestRefused) -> Exit:
    if isinstance(error, AuthRefused):
        return Exit.AUTH_REFUSED
    cause = error.cause.lower()
    if cause.startswith("upstream_"):
        return Exit.MODEL_ERROR
    return _EXIT_OF_CAUSE.get(cause, Exit.FAILED)


def _details_of(error: RequestRefused) -> dict[str, object]:
    more: dict[str, object] = {}
    if error.retry_after_s is not None:
        more["retryAfterMs"] = round(error.retry_after_s * 1000)
    if error.details:
        more["details"] = error.details
    return more
