"""Runs that are kept for clients that come back: claimed by their idempotency key, journaled while they go on, found
again by key or id, also after a restart.

A run in flight is read from its log in memory, one that is over from the store. A run is started only when its record
is on disk, so that no crash can make a retry run it twice.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import msgspec

from openclaw_gateway.endpoints.exchange import HttpReply
from openclaw_gateway.endpoints.idempotency import Policy, key_reused, may_run_again
from openclaw_gateway.endpoints.run_journal import RunJournal, restore_run
from openclaw_gateway.endpoints.seen_run import LEFT, SeenRun, see
from openclaw_gateway.endpoints.wait_mark import WaitMark
from openclaw_gateway.errors import GatewayError, Gone, NotFound, StoreUnavailable
from openclaw_gateway.identifiers import made_at_ms
from openclaw_gateway.runs.in_flight import Runs, new_run_id
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.sessions.run_record import KEEP_MS, RunEnd, RunRecord, RunRecords

logger = logging.getLogger(__name__)

# A client with a key that lost its connection comes back soon or not at all; nobody pays for a run longer than this.
RETURN_GRACE_S = 30.0

MakeOrder = Callable[[str], tuple[RunOrder, str]]
_Slot = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says of the run it wants. operation: method and path. key: the idempotency key, if any.

    policy: what is to become of the run when its readers leave; None is to cancel it when nobody comes back.
    """

    subject: str
    operation: str
    key: str | None
    digest: bytes
    policy: Policy | None
    is_stream: bool


class _KeptRun:
    """A kept run in flight, or just over and still on its way to the disk. readers: answers being read from it."""

    __slots__ = ("claim", "grace", "policy", "readers", "seen", "settled", "was_abandoned")

    def __init__(self, claim: Claim, seen: SeenRun, settled: "asyncio.Future[None]") -> None:
        self.claim = claim
        self.seen = seen
        self.settled = settled
        self.policy = claim.policy
        self.readers = 0
        self.grace: asyncio.TimerHandle | None = None
        self.was_abandoned = False

    @property
    def is_over(self) -> bool:
        return self.seen.log.last is not None

    def is_key_free(self) -> bool:
        """Whether the same request may be tried again under its key: nothing came of the run."""
        return may_run_again(self.seen.log, was_shown=self.claim.is_stream, was_abandoned=self.was_abandoned)

    def cancel(self) -> None:
        self.was_abandoned = self.seen.cancel(f"{LEFT} and did not return")


class KeptRuns:
    """All kept runs of a gateway. Belongs to the event loop that runs when it is made."""

    def __init__(self, runs: Runs, records: RunRecords, now_ms: Callable[[], int]) -> None:
        self._runs = runs
        self._records = records
        self._now_ms = now_ms
        self._loop = asyncio.get_running_loop()
        self._live: dict[str, _KeptRun] = {}
        # The run of each key in flight; while its record is on the way to the disk, the promise of it.
        self._by_key: dict[_Slot, asyncio.Future[SeenRun]] = {}
        self._journals: set[asyncio.Task[None]] = set()
        self._work: set[asyncio.Task[HttpReply]] = set()

    async def claim(self, claim: Claim, make_order: MakeOrder) -> SeenRun:
        """The run of this key, started now if there is none yet; without a key always a new one.

        Raises Conflict if the key came with another request, what make_order and `Runs.start` raise, StoreUnavailable.
        """
        if claim.key is None:
            return await self._start(claim, make_order)
        slot = (claim.subject, claim.operation, claim.key)
        while (promise := self._by_key.get(slot)) is not None:
            # Shielded: whoever stops waiting may not take the promise away from the others.
            seen = await asyncio.shield(promise)
            kept = self._live.get(seen.id)
            if kept is None or not kept.is_over:
                return self._join(claim, seen)
            await asyncio.shield(kept.settled)  # its record tells whether the key is free again
        promise = self._by_key[slot] = self._loop.create_future()
        try:
            seen = await self._start(claim, make_order)
        except BaseException as error:
            del self._by_key[slot]
            promise.set_exception(error if isinstance(error, GatewayError) else StoreUnavailable("Try again later."))
            promise.exception()  # looked at, also if nobody else waits for it
            raise
        promise.set_result(seen)
        if seen.live is None:
            del self._by_key[slot]
        return self._join(claim, seen)

    async def find(self, run_id: str, subject: str) -> SeenRun:
        """A run of this subject: in flight, kept or not, or kept and over.

        Raises NotFound for a run that is not there or somebody else's, Gone for one of a time that is not kept.
        """
        kept = self._live.get(run_id)
        if kept is not None:
            return _check_owner(kept.seen, kept.claim.subject, subject)
        run = self._runs.find(run_id)
        if run is not None:
            return _check_owner(see(run, ""), run.order.principal_subject, subject)
        record = await self._records.find(run_id)
        if record is not None:
            if record.subject != subject:
                raise _unknown(run_id)
            return await self._restore(record)
        if _age_ms(run_id, self._now_ms()) > KEEP_MS:
            raise Gone(f"run {run_id[:100]} is over and no longer kept: runs are kept for 24 hours")
        raise _unknown(run_id)

    def attach(self, run: SeenRun, policy: Policy | None) -> None:
        """An answer is being read from the run; it may say anew what is to become of the run without readers."""
        kept = self._live.get(run.id)
        if kept is None:
            return
        kept.readers += 1
        kept.policy = policy or kept.policy
        if kept.grace is not None:
            kept.grace.cancel()
            kept.grace = None

    def detach(self, run: SeenRun) -> None:
        """A reader lost its connection."""
        kept = self._live.get(run.id)
        if kept is None:
            return
        kept.readers -= 1
        if kept.readers > 0 or kept.policy == "continue":
            return
        if kept.policy == "cancel":
            kept.cancel()
        else:
            kept.grace = self._loop.call_later(RETURN_GRACE_S, kept.cancel)

    async def wait_settled(self, run: SeenRun) -> None:
        """Return when the end of the run is stored, or could not be."""
        kept = self._live.get(run.id)
        if kept is not None:
            await asyncio.shield(kept.settled)

    async def close(self, budget_s: float = 0.0) -> None:
        """Let what works for keys end within the budget, and wait until the journals of all runs are written; the runs
        are over.
        """
        if self._work:
            await asyncio.wait(self._work, timeout=budget_s)
        for work in self._work:
            work.cancel()
        if unfinished := [*self._journals, *self._work]:
            await asyncio.wait(unfinished)

    def own(self, work: "asyncio.Task[HttpReply]") -> None:
        """Work that has a key and is no run: it ends with the gateway, if not by itself."""
        self._work.add(work)
        work.add_done_callback(self._work.discard)

    # --- Inside -----------------------------------------------------------------------------------------------------

    async def _start(self, claim: Claim, make_order: MakeOrder) -> SeenRun:
        run_id = new_run_id()
        order, session_source = make_order(run_id)
        record = RunRecord(
            run_id, claim.subject, claim.operation, claim.key, claim.digest, order.agent_id, order.session_key,
            session_source, self._now_ms(),
        )  # fmt: skip
        existing = await self._records.claim(record)
        if existing is not None:
            _check_same(claim, existing.digest)
            return await self._restore(existing)
        mark = WaitMark(self._records, run_id)
        try:
            run = self._runs.start(msgspec.structs.replace(order, when_admitted=mark.clear))
        except BaseException:
            await self._records.forget(run_id)
            raise
        # The time of the record, so that an answer made of it later has the same bytes.
        seen = SeenRun(
            run_id, order.agent_id, order.session_key, session_source, record.accepted_at_ms, run.log, run, claim.digest
        )
        kept = self._live[run_id] = _KeptRun(claim, seen, self._loop.create_future())
        journal = self._loop.create_task(self._keep_journal(kept, mark))
        self._journals.add(journal)
        journal.add_done_callback(partial(self._settle, kept))
        return seen

    async def _keep_journal(self, kept: _KeptRun, mark: WaitMark) -> None:
        journal = RunJournal(self._records, kept.seen)
        run = kept.seen.live
        try:
            if run is not None and not run.has_started:
                await mark.set()
            await journal.follow()
        except StoreUnavailable as error:
            logger.warning("run %s cannot be journaled: %s", kept.seen.id, error.message)
            await kept.seen.log.wait_last()
        last = kept.seen.log.last
        assert last is not None
        await journal.close(RunEnd(last.ended_at_ms, kept.is_key_free()))

    def _settle(self, kept: _KeptRun, journal: "asyncio.Task[None]") -> None:
        """The run is over and written down, as far as it could be: from here on it is read from the store."""
        self._journals.discard(journal)
        error = None if journal.cancelled() else journal.exception()
        if isinstance(error, StoreUnavailable):
            logger.warning("the end of run %s could not be written down: %s", kept.seen.id, error.message)
        elif error is not None:
            logger.error("the journal of run %s ended by a bug", kept.seen.id, exc_info=error)
        if kept.grace is not None:
            kept.grace.cancel()
        claim = kept.claim
        del self._live[kept.seen.id]
        if claim.key is not None:
            del self._by_key[claim.subject, claim.operation, claim.key]
        kept.settled.set_result(None)

    async def _restore(self, record: RunRecord) -> SeenRun:
        return restore_run(record, await self._records.load(record.run_id), self._now_ms())

    def _join(self, claim: Claim, seen: SeenRun) -> SeenRun:
        _check_same(claim, seen.digest)
        return seen


def _check_same(claim: Claim, digest: bytes | None) -> None:
    if claim.digest != digest:
        raise key_reused()


def _check_owner(seen: SeenRun, owner: str, subject: str) -> SeenRun:
    if owner != subject:
        raise _unknown(seen.id)
    return seen


def _unknown(run_id: str) -> NotFound:
    return NotFound(f"Run not found: {run_id[:100]}", code="run_not_found")


def _age_ms(run_id: str, now_ms: int) -> int:
    """How long ago an id of ours was made; 0 for an id of somebody else's."""
    try:
        return now_ms - made_at_ms(run_id) if len(run_id) == 36 and run_id[14] == "7" else 0
    except ValueError:
        return 0
