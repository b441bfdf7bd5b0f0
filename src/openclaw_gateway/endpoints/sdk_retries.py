"""Retries that OpenAI's SDKs make by themselves, without an idempotency key: they find the run of the attempt before.

An SDK sends a request again when its connection breaks before an answer began. So a run whose SDK is gone lives on for
the moment that the SDK waits before it comes back, and is then cancelled as any other.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection

from openclaw_gateway.endpoints.exchange import HttpRequest
from openclaw_gateway.endpoints.idempotency import digest_body, may_run_again
from openclaw_gateway.endpoints.seen_run import LEFT, SeenRun
from openclaw_gateway.errors import RunCancelled
from openclaw_gateway.events import RunFailed

# The SDKs' own: half a second, doubled with each attempt, 8 s at most; and what a new connection takes.
FIRST_BACKOFF_S = 0.5
MAX_BACKOFF_S = 8.0
CONNECT_S = 0.4

KEEP_S = 60.0
MAX_WAITING = 256
MAX_WAITING_BYTES = 64 * 1024 * 1024

_Slot = tuple[str, str, bytes]


class SdkRetries:
    """The runs whose SDK may come back for them. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[SeenRun, _Slot] = OrderedDict()
        self._waiting_bytes = 0

    def watch(self, request: HttpRequest, run: SeenRun, count: int, session_headers: Collection[str]) -> "Attempt":
        """Take care of the run should this attempt lose its connection. session_headers: as in `digest_request`."""
        attempt = Attempt(self, request, run, count, session_headers)
        request.watch_disconnect(attempt.leave)
        return attempt

    def take(self, subject: str, path: str, digest: bytes) -> SeenRun | None:
        """The run that an attempt for the same lost, if doing it again could do harm; the retry is its reader now."""
        slot = (subject, path, digest)
        run = next((run for run, waiting in self._waiting.items() if waiting == slot), None)
        if run is None:
            return None
        self._drop(run)
        return None if _may_run_again(run) else run

    def park(self, request: HttpRequest, run: SeenRun, count: int, session_headers: Collection[str]) -> None:
        """Keep the run for the next attempt."""
        assert run.live is not None
        loop = asyncio.get_running_loop()
        slot = (request.principal.subject, request.path, digest_body(request.headers, request.body, session_headers))
        self._waiting[run] = slot
        self._waiting_bytes += _weigh(run)
        while len(self._waiting) > MAX_WAITING or self._waiting_bytes > MAX_WAITING_BYTES:
            oldest = next(iter(self._waiting))
            self._drop(oldest)
            oldest.cancel(LEFT)
        grace_s = min(FIRST_BACKOFF_S * 2**count, MAX_BACKOFF_S) + CONNECT_S
        loop.call_later(grace_s, self._give_up, run, slot)
        loop.call_later(KEEP_S, self._forget, run, slot)

    def _give_up(self, run: SeenRun, slot: _Slot) -> None:
        if self._waiting.get(run) is slot:
            run.cancel(LEFT)

    def _forget(self, run: SeenRun, slot: _Slot) -> None:
        if self._waiting.get(run) is slot:
            self._drop(run)

    def _drop(self, run: SeenRun) -> None:
        del self._waiting[run]
        self._waiting_bytes -= _weigh(run)


class Attempt:
    """One attempt of an SDK at a request."""

    __slots__ = ("_count", "_has_begun", "_request", "_retries", "_run", "_session_headers")

    def __init__(
        self, retries: SdkRetries, request: HttpRequest, run: SeenRun, count: int, session_headers: Collection[str]
    ) -> None:
        self._retries = retries
        self._request = request
        self._run = run
        self._count = count
        self._session_headers = session_headers
        self._has_begun = False

    def begin(self, head: Callable[[], list[tuple[bytes, bytes]]]) -> list[tuple[bytes, bytes]]:
        """The answer begins: the SDK will not send the request again."""
        self._has_begun = True
        return head()

    def leave(self) -> None:
        """The connection is lost."""
        if self._has_begun:
            self._run.cancel(LEFT)
        else:
            self._retries.park(self._request, self._run, self._count, self._session_headers)


def _may_run_again(run: SeenRun) -> bool:
    last = run.log.last
    was_abandoned = isinstance(last, RunFailed) and isinstance(last.error, RunCancelled)
    return may_run_again(run.log, was_shown=False, was_abandoned=was_abandoned)


def _weigh(run: SeenRun) -> int:
    """What is kept for the run: at least the request that it was made of."""
    return 0 if run.live is None else run.live.order.byte_count
