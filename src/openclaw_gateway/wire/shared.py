"""What the connections of one server have in common."""

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import count

from openclaw_gateway.errors import Busy
from openclaw_gateway.wire.app import App
from openclaw_gateway.wire.broadcast import Broadcast
from openclaw_gateway.wire.byte_budget import ByteBudget
from openclaw_gateway.wire.census import Census, Guest
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.socket_handler import SocketHandler

_MAX_REQUEST_ID_CHARS = 128
_RETRY_AFTER_S = 2.0


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
    _bodies: ByteBudget[Guest] = field(init=False)
    _unread: ByteBudget[Guest] = field(init=False)
    _id_prefix: str = field(default_factory=lambda: secrets.token_hex(6))
    _id_numbers: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self._bodies = ByteBudget(self.limits.max_body_bytes_in_all)
        self._unread = ByteBudget(self.limits.max_unread_bytes_in_all)

    @property
    def body_bytes(self) -> int:
        """Bytes of all bodies that are held."""
        return self._bodies.total

    def hold_body(self, guest: Guest, size: int) -> None:
        """The guest's request has so many bytes now. Raises Busy when all together have too many."""
        if not self._bodies.hold(guest, size):
            raise Busy("the requests in flight are too large together; try again shortly", retry_after_s=_RETRY_AFTER_S)

    def release_body(self, guest: Guest) -> None:
        """The guest's request is answered; may be said twice."""
        self._bodies.release(guest)

    def note_unread(self, guest: Guest, size: int) -> None:
        """The guest has so many bytes still to read. Whoever is furthest behind is cut when it is too much together."""
        for leaving in self._unread.displace(guest, size):
            leaving.evict()

    def note_read(self, guest: Guest) -> None:
        """The guest caught up."""
        self._unread.release(guest)

    def forget(self, guest: Guest) -> None:
        """The guest is gone; may be said twice."""
        self.census.leave(guest)
        self._bodies.release(guest)
        self._unread.release(guest)

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
