"""The journal of one kept run: its events go to the store in batches, and its end closes the record."""

import asyncio
import contextlib

from openclaw_gateway.endpoints.seen_run import SeenRun
from openclaw_gateway.errors import Gone, RunInterrupted
from openclaw_gateway.events import RunEvent, RunFailed
from openclaw_gateway.runs.event_log import EventLog
from openclaw_gateway.sessions.event_codec import encode_events
from openclaw_gateway.sessions.run_record import RunEnd, RunRecord, RunRecords

# Events are gathered for this long before they are written, so that a stream costs some commits and not hundreds.
INTERVAL_S = 0.2
MAX_BYTES = 4 * 1024 * 1024


class RunJournal:
    """Writes down what one run says."""

    __slots__ = ("_log", "_place", "_records", "_run_id", "_size")

    def __init__(self, records: RunRecords, run: SeenRun) -> None:
        self._records = records
        self._run_id = run.id
        self._log = run.log
        self._place = 0
        self._size = 0

    async def follow(self) -> None:
        """Write until nothing but the end is left to be written."""
        while self._log.last is None:
            await self._log.wait_beyond(self._place)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL_S):
                    await self._log.wait_last()
            if self._log.last is None:
                await self._write(None)

    async def close(self, end: RunEnd) -> None:
        """Write the rest, and that it is the end."""
        await self._write(end)

    async def _write(self, end: RunEnd | None) -> None:
        events = self._log.events[self._place :]
        piece = self._encode(events) if events else None
        if piece is not None or end is not None:
            first, self._place = self._place, self._place + len(events)
            await self._records.write(self._run_id, first, piece, end)

    def _encode(self, events: list[RunEvent]) -> bytes | None:
        """None when it is too much: what was kept so far stays, and reads as cut off."""
        if self._size > MAX_BYTES:
            return None
        piece = encode_events(events)
        self._size += len(piece)
        return piece if self._size <= MAX_BYTES else None


def restore_run(record: RunRecord, events: list[RunEvent], now_ms: int) -> SeenRun:
    """A run that is over, from its record; one without an end of its own is given the end that tells why."""
    log = EventLog()
    for event in events:
        log.say(event)
    if log.last is None:
        log.say(RunFailed(_explain_missing_end(record), record.ended_at_ms or now_ms))
    return SeenRun(
        record.run_id, record.agent_id, record.session_key, record.session_source, record.accepted_at_ms, log, None,
        record.digest,
    )  # fmt: skip


def _explain_missing_end(record: RunRecord) -> Gone | RunInterrupted:
    if record.ended_at_ms is not None:
        return Gone("the run is over, and the rest of its events was too much to keep", code="events_not_kept")
    if record.is_waiting:
        return RunInterrupted("the gateway ended while this run waited; nothing was done, ask again to start it")
    return RunInterrupted("the gateway ended in the middle of this run; what the agent did until then is done")
