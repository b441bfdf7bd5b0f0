"""Asking the system for the addresses of names that strangers chose, on threads of their own.

A name server that never answers holds its thread for half a minute, and nothing can call that thread back. The loop's
own resolver has four of them and serves the models, so no stranger's name is asked there.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from threading import Thread

MAX_LOOKUPS = 8
# A name is mostly known in milliseconds: if nothing comes free in this time, the lookups at work hang.
MAX_WAIT_S = 1.0

# Blocks; raises OSError and UnicodeError.
Ask = Callable[[str, int], Sequence[str]]


def ask_system(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys([str(sockaddr[0]) for *_, sockaddr in found]))


class Lookups:
    """Resolves for one gateway, a few names at a time. ask: who is asked; it may block for long."""

    def __init__(self, ask: Ask = ask_system, max_wait_s: float = MAX_WAIT_S) -> None:
        self._ask = ask
        self._max_wait_s = max_wait_s
        self._slots = asyncio.Semaphore(MAX_LOOKUPS)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """All addresses of a host. Raises OSError, also where too many lookups hang; cancelling ends no lookup."""
        try:
            async with asyncio.timeout(self._max_wait_s):
                await self._slots.acquire()
        except TimeoutError:
            raise BlockingIOError("too many names are being looked up") from None
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Sequence[str]] = loop.create_future()
        # A daemon, for a gateway that ends does not wait for a name server.
        thread = Thread(target=self._look_up, args=(loop, found, host, port), name="lookup", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._slots.release()
            raise BlockingIOError("the system gives no more threads") from None
        return await found

    def _look_up(
        self, loop: asyncio.AbstractEventLoop, found: "asyncio.Future[Sequence[str]]", host: str, port: int
    ) -> None:
        """On the thread. The slot is held until the system answers, however long ago the caller left."""
        answer: Sequence[str] | OSError | UnicodeError
        try:
            answer = self._ask(host, port)
        except (OSError, UnicodeError) as error:
            answer = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to be told
            loop.call_soon_threadsafe(self._settle, found, answer)

    def _settle(self, found: "asyncio.Future[Sequence[str]]", answer: Sequence[str] | OSError | UnicodeError) -> None:
        self._slots.release()
        if found.done():
            return
        if isinstance(answer, (OSError, UnicodeError)):
            found.set_exception(answer)
        else:
            found.set_result(answer)
