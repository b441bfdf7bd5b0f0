"""What the connections of one server have in common."""

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import count

from openclaw_gateway.wire.app import App
from openclaw_gateway.wire.broadcast import Broadcast
from openclaw_gateway.wire.census import Census
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.socket_handler import SocketHandler

_MAX_REQUEST_ID_CHARS = 128


@dataclass(slots=True, eq=False)
class Shared:
    """Given to each connection. is_draining: finish what is begun and close.

    socket_handler: who answers WebSocket clients; None refuses upgrades. tasks: one for each request that is being
    answered; the server owns them.
    """

    app: App
    limits: WireLimits
    loop: asyncio.AbstractEventLoop
    census: Census
    broadcast: Broadcast
    socket_handler: SocketHandler | None = None
    is_draining: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _id_prefix: str = field(default_factory=lambda: secrets.token_hex(6))
    _id_numbers: "count[int]" = field(default_factory=count)

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run it as a task that the server waits for and cancels."""
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def name_request(self, proposed: str | None) -> str:
        """The id of a request: what the caller proposed if it is short printable ASCII, else a fresh one."""
        if proposed and len(proposed) <= _MAX_REQUEST_ID_CHARS and proposed.isascii() and proposed.isprintable():
            return proposed
        return f"req-{self._id_prefix}-{next(self._id_numbers):x}"
