"""That a run with a key only waits is on disk while it does: whoever retries after a crash may start it then."""

from openclaw_gateway.sessions.run_record import RunRecords


class WaitMark:
    """The mark of one run. It may be missing for a run that waits, never be there for one that has begun."""

    __slots__ = ("_has_begun", "_is_set", "_records", "_run_id")

    def __init__(self, records: RunRecords, run_id: str) -> None:
        self._records = records
        self._run_id = run_id
        self._is_set = False
        self._has_begun = False

    async def set(self) -> None:
        """The run was started and has no place yet."""
        if not self._has_begun:
            self._is_set = True
            await self._records.note_waiting(self._run_id, is_waiting=True)

    async def clear(self) -> None:
        """The run has its place; nothing is done before this returns."""
        self._has_begun = True
        if self._is_set:
            await self._records.note_waiting(self._run_id, is_waiting=False)
