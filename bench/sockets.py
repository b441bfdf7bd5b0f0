"""Authenticated sockets of the Gateway protocol that say nothing: the memory of each, and the CPU of all at rest."""

import asyncio
import json
from contextlib import AsyncExitStack

from websockets.asyncio.client import ClientConnection, connect

from bench.processes import TOKEN, Gateway

HELLO = {
    "type": "req",
    "id": "1",
    "method": "connect",
    "params": {
        "minProtocol": 4,
        "maxProtocol": 4,
        "client": {"id": "test", "version": "1", "platform": "linux", "mode": "test"},
        "auth": {"token": TOKEN},
    },
}
# Their clients' own buffers are not measured; a pile of handshakes at once would measure the queue for them.
AT_A_TIME = 16
WARM_UP = 100


async def open_socket(port: int, stack: AsyncExitStack) -> None:
    """Connect, be admitted, and keep reading so that nothing waits on the gateway's side."""
    socket = await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}", proxy=None, compression=None))
    await socket.send(json.dumps(HELLO))
    while (answer := json.loads(await socket.recv())).get("type") != "res":
        pass
    if not answer["ok"]:
        raise RuntimeError(f"not admitted: {answer['error']}")
    reading = asyncio.create_task(_read(socket))
    stack.callback(reading.cancel)


async def _read(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


async def open_sockets(port: int, count: int, stack: AsyncExitStack) -> None:
    """So many more of them."""
    for first in range(0, count, AT_A_TIME):
        await asyncio.gather(*(open_socket(port, stack) for _ in range(first, min(count, first + AT_A_TIME))))


async def measure_sockets(gateway: Gateway, count: int, rest_s: float) -> tuple[float, float]:
    """Kilobytes of the process for each of `count` sockets, and CPU ms per second with all of them at rest.

    What the kernel keeps for a socket is not in a process's resident memory, so it is not in here.
    """
    async with AsyncExitStack() as stack:
        await open_sockets(gateway.port, WARM_UP, stack)
        before = gateway.rss_mb
        await open_sockets(gateway.port, count, stack)
        await asyncio.sleep(1)  # the presence events of the last ones are on their way
        after, cpu_before = gateway.rss_mb, gateway.cpu_s
        await asyncio.sleep(rest_s)
        return (after - before) * 1000 / count, (gateway.cpu_s - cpu_before) * 1000 / rest_s
