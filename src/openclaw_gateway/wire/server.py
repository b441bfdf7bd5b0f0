"""The listening sockets and the life of all connections: start, stop accepting, drain, close."""

import asyncio
import errno
import resource
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from openclaw_gateway.wire.app import App
from openclaw_gateway.wire.broadcast import Broadcast
from openclaw_gateway.wire.census import Census
from openclaw_gateway.wire.http_protocol import HttpConnection
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.shared import Shared
from openclaw_gateway.wire.socket_handler import SocketHandler

LOOPBACK_HOSTS = ("127.0.0.1", "::1")
_BACKLOG = 2048
# Descriptors that the rest of the gateway needs: database, logs, upstream connections.
_SPARE_DESCRIPTORS = 256
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
SERVICE_RESTART = 1012


class ListenFailed(Exception):
    """The address cannot be listened on; the text says why and what to do."""


class Server:
    """One HTTP and WebSocket server. Belongs to the loop that runs when it is made.

    The owner calls, in this order: start, stop_accepting, drain (as often as it likes), close.
    """

    def __init__(
        self,
        app: App,
        socket_handler: SocketHandler | None = None,
        limits: WireLimits | None = None,
        *,
        broadcast: Broadcast | None = None,
    ) -> None:
        limits = _fit_descriptors(limits or WireLimits())
        self._shared = Shared(
            app=app,
            limits=limits,
            loop=asyncio.get_running_loop(),
            census=Census(
                max_guests=limits.max_connections,
                max_strangers=limits.max_strangers,
                max_strangers_per_address=limits.max_strangers_per_address,
            ),
            broadcast=broadcast if broadcast is not None else Broadcast(),
            socket_handler=socket_handler,
        )
        self._listeners: list[asyncio.Server] = []

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each listening socket."""
        return [socket.getsockname()[:2] for listener in self._listeners for socket in listener.sockets]

    @property
    def broadcast(self) -> Broadcast:
        """The admitted sockets."""
        return self._shared.broadcast

    @property
    def connection_count(self) -> int:
        """Open connections of both kinds."""
        return len(self._shared.census.guests)

    @property
    def body_bytes(self) -> int:
        """Bytes of large request bodies that are being read or answered."""
        return self._shared.body_bytes

    def call_when_empty(self, on_empty: Callable[[], object]) -> None:
        """Call once, when no connection is left."""
        self._shared.census.call_when_empty(on_empty)

    async def start(self, hosts: Sequence[str], port: int, *, tls: ssl.SSLContext | None = None) -> None:
        """Listen on each host, all on one port; port 0 takes a free one. Raises ListenFailed.

        A loopback address of a family that this machine lacks is passed over while another one works.
        """
        failures: list[OSError] = []
        for host in hosts:
            try:
                listener = await self._shared.loop.create_server(
                    partial(HttpConnection, self._shared), host, port, ssl=tls, backlog=_BACKLOG
                )
            except OSError as error:
                if error.errno not in _NO_SUCH_ADDRESS or host not in LOOPBACK_HOSTS:
                    self._stop_listening()
                    raise ListenFailed(_explain(error, host, port)) from error
                failures.append(error)
                continue
            self._listeners.append(listener)
            port = listener.sockets[0].getsockname()[1]
        if not self._listeners:
            raise ListenFailed(_explain(failures[0], hosts[0], port))

    def stop_accepting(self) -> None:
        """Take no connection and no request any more; answers under way go on, idle connections close."""
        self._shared.is_draining = True
        self._stop_listening()
        for guest in self._shared.census.guests:
            guest.close_when_idle()

    async def drain(self, budget_s: float) -> int:
        """Wait until every request is answered, for so long at most; returns how many are not."""
        tasks = self._shared.tasks
        if tasks:
            await asyncio.wait(tasks, timeout=budget_s)
        return len(tasks)

    async def close(self, grace_s: float = 1.0) -> None:
        """End what is left.

        Answers whose run has just ended get `grace_s` to say so; then sockets are told, tasks cancelled, and what was
        said is flushed; whoever does not read it is cut.
        """
        self.stop_accepting()
        await self.drain(grace_s)
        self._shared.broadcast.close_where(lambda _: True, SERVICE_RESTART, "service restart")
        tasks = list(self._shared.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        is_empty = asyncio.Event()
        self.call_when_empty(is_empty.set)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._shared.limits.linger_s):
                await is_empty.wait()
        for guest in self._shared.census.guests:
            guest.evict()
        for listener in self._listeners:
            await listener.wait_closed()

    def _stop_listening(self) -> None:
        for listener in self._listeners:
            listener.close()


def _fit_descriptors(limits: WireLimits) -> WireLimits:
    """Fewer connections where the process may not have that many descriptors, so that `accept` never fails."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = soft - _SPARE_DESCRIPTORS
    if soft == resource.RLIM_INFINITY or room >= limits.max_connections:
        return limits
    return replace(limits, max_connections=max(room, 16), max_strangers=max(min(limits.max_strangers, room // 2), 8))


def _explain(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} is already in use on {host}: stop the other process, or choose a port with --port"
        case errno.EACCES:
            return f"no permission to listen on {host}:{port}: choose a port above 1023 with --port"
        case errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT:
            return f"this machine has no address {host}: set gateway.bind to one that it has"
        case _:
            return f"cannot listen on {host}:{port}: {error.strerror}"
