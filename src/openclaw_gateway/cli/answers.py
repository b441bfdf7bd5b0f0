"""Asking the gateway, and its answers as what a command needs of them."""

from typing import TypeVar

import msgspec

from openclaw_gateway.cli.console import CommandFailed
from openclaw_gateway.client import GatewayClient, JsonValue

_T = TypeVar("_T")


class Asker:
    """Asks one gateway, waiting so long for each answer."""

    def __init__(self, gateway: GatewayClient, timeout_s: float) -> None:
        self._gateway = gateway
        self._timeout_s = timeout_s

    def ask(self, method: str, **params: object) -> JsonValue:
        """The payload of the answer. Raises ClientError."""
        return self._gateway.request(method, params, timeout_s=self._timeout_s)


def read(payload: object, kind: type[_T]) -> _T:
    """The payload as this kind; a gateway that answers something else makes the command fail, not crash."""
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"the gateway's answer cannot be read: {error}") from error
