"""A small client of the Gateway protocol, for the command line and for programs of users.

    from openclaw_gateway.client import AgentTurn, GatewayClient

    with GatewayClient.connect("ws://127.0.0.1:18789", token="...") as gateway:
        answer = gateway.ask(AgentTurn("Good morning", agent_id="main"), on_text=print)

Blocking sockets and one thread, so that a program's first byte is sent soon after its start; documented in
docs/reference/client.md. It may import the vocabulary of errors and nothing else of the gateway.
"""

from typing import TYPE_CHECKING

from openclaw_gateway.client.failures import (
    AuthRefused,
    ClientError,
    ConnectionLost,
    DeadlinePassed,
    KeyUnusable,
    RequestRefused,
    RunUnfinished,
    Unreachable,
)
from openclaw_gateway.client.frames import Event, JsonValue
from openclaw_gateway.client.gateway_client import OPERATOR_SCOPES, GatewayClient, Hello
from openclaw_gateway.client.turn import AgentAnswer, AgentTurn

if TYPE_CHECKING:
    from openclaw_gateway.client.device_identity import DeviceIdentity

__all__ = [
    "OPERATOR_SCOPES",
    "AgentAnswer",
    "AgentTurn",
    "AuthRefused",
    "ClientError",
    "ConnectionLost",
    "DeadlinePassed",
    "DeviceIdentity",
    "Event",
    "GatewayClient",
    "Hello",
    "JsonValue",
    "KeyUnusable",
    "RequestRefused",
    "RunUnfinished",
    "Unreachable",
]


def __getattr__(name: str) -> "type[DeviceIdentity]":
    """`DeviceIdentity`, which costs 3 ms that most commands have no use for."""
    if name == "DeviceIdentity":
        from openclaw_gateway.client.device_identity import DeviceIdentity

        return DeviceIdentity
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
