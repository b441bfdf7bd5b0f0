"""What the wire asks of whoever speaks the Gateway protocol over its sockets."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from openclaw_gateway.auth.peer import Client
from openclaw_gateway.auth.principal import Principal

if TYPE_CHECKING:
    from openclaw_gateway.dialects.gateway.frames import Request
    from openclaw_gateway.dialects.gateway.handshake import ConnectParams, HelloOk
    from openclaw_gateway.endpoints.table import Caller


@dataclass(frozen=True, slots=True)
class Visitor:
    """A socket before `connect`. origin: the upgrade's `Origin`, None for programs. connection_id: fresh and unique.

    nonce: of its challenge, which a device signs.
    """

    client: Client
    origin: str | None
    connection_id: str
    nonce: str


class SocketHandler(Protocol):
    """The gateway behind the sockets."""

    async def welcome(self, connect: "ConnectParams", visitor: Visitor) -> tuple[Principal, "HelloOk"]:
        """Verify a client and say what it is told. Raises the GatewayError to refuse it with."""
        ...

    async def answer(self, request: "Request", caller: "Caller") -> bytes:
        """Do what was asked; returns the last response frame. Raises the GatewayError to refuse with: refusals are
        counted, and a client that collects too many is let go.
        """
        ...
