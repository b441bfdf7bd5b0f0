"""The two ends of a connection, as the door looks at them."""

import asyncio
from dataclasses import dataclass

from openclaw_gateway.auth.peer import Peer


@dataclass(frozen=True, slots=True)
class Ends:
    """scheme: "http" or "https". is_bound_to_loopback: of our end's address, whatever names led the client there."""

    peer: Peer
    scheme: str
    is_bound_to_loopback: bool

    @classmethod
    def of(cls, transport: asyncio.Transport) -> "Ends":
        """Of a connection that was just made."""
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        return cls(
            peer=Peer.of_address(peer[0] if peer else ""),
            scheme="https" if transport.get_extra_info("sslcontext") else "http",
            is_bound_to_loopback=Peer.of_address(own[0] if own else "").is_loopback,
        )
