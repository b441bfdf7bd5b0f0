"""A bound on the bytes that all connections hold together, beside the bound of each."""

from typing import Generic, TypeVar

Holder = TypeVar("Holder")


class ByteBudget(Generic[Holder]):
    """Who holds how many bytes. Decides, and does nothing itself."""

    __slots__ = ("_held", "_max_bytes", "total")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held: dict[Holder, int] = {}
        self.total = 0

    def hold(self, holder: Holder, size: int) -> bool:
        """The holder has so many bytes now, all in all. False, and nothing is changed, if that is too much."""
        total = self.total + size - self._held.get(holder, 0)
        if total > self._max_bytes:
            return False
        self.total = total
        self._held[holder] = size
        return True

    def release(self, holder: Holder) -> None:
        """The holder has none any more; may be said twice."""
        self.total -= self._held.pop(holder, 0)

    def displace(self, holder: Holder, size: int) -> list[Holder]:
        """The holder has so many bytes now, and that is so; returns who has to give up theirs, the heaviest first.

        Those are counted no longer. The holder itself may be among them.
        """
        self.release(holder)
        self._held[holder] = size
        self.total += size
        leaving = []
        while self.total > self._max_bytes:
            heaviest = max(self._held, key=self._held.__getitem__)
            self.release(heaviest)
            leaving.append(heaviest)
        return leaving
