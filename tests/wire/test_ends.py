"""Both ends of real connections."""

import asyncio
from typing import cast

import pytest

from openclaw_gateway.wire.ends import Ends


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
async def test_a_loopback_connection(host: str) -> None:
    """A connection over loopback is known as one at both ends, and as plain."""
    met: asyncio.Future[Ends] = asyncio.get_running_loop().create_future()

    class Meeting(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            met.set_result(Ends.of(cast("asyncio.Transport", transport)))
            transport.close()

    server = await asyncio.get_running_loop().create_server(Meeting, host, 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    ends = await met
    assert ends.peer.is_loopback
    assert ends.is_bound_to_loopback
    assert ends.scheme == "http"
    writer.close()
    server.close()
    await server.wait_closed()
