"""A run's log as the bytes of one stream: events are encoded in their order, and each gets the id to come back with.

An event of the run usually becomes one event of the stream, `id: <run>:<number>`. Where it becomes several, all but the
last have a further number, `id: <run>:<number>.<part>`, so that a client that lost its connection between two of them
misses none and reads none twice.
"""

from collections.abc import Iterator

from openclaw_gateway.endpoints.exchange import StreamReply

_END = b"\n\n"


class EventReader:
    """Reads a reply's log from where its client is."""

    __slots__ = ("_encode", "_events", "_prefix", "_rest", "place")

    def __init__(self, reply: StreamReply) -> None:
        self._encode = reply.encoder.encode
        self._events = reply.log.events
        self._prefix = b"id: %b:" % reply.run_id.encode() if reply.run_id else b""
        self._rest = b""
        self.place = 0
        if reply.after is not None:
            self._pass_over(reply)

    def read(self) -> bytes:
        """All events that were said since the last call."""
        events, place = self._events, self.place
        count = self.place = len(events)
        if self._rest:
            rest, self._rest = self._rest, b""
            return rest + b"".join([self._read_one(number) for number in range(place, count)])
        if count - place == 1:
            return self._read_one(place)
        return b"".join([self._read_one(number) for number in range(place, count)])

    def _read_one(self, number: int) -> bytes:
        part = self._encode(self._events[number], number)
        if not part or not self._prefix:
            return part
        if part.find(_END) + 2 == len(part):
            return b"%b%d\n%b" % (self._prefix, number, part)
        return b"".join(self._number_parts(part, number))

    def _number_parts(self, part: bytes, number: int) -> Iterator[bytes]:
        *first, last = [piece + _END for piece in part.split(_END)[:-1]]
        for index, piece in enumerate(first):
            yield b"%b%d.%d\n%b" % (self._prefix, number, index, piece)
        yield b"%b%d\n%b" % (self._prefix, number, last)

    def _pass_over(self, reply: StreamReply) -> None:
        """Bring the encoder to the client's place without saying again what the client has.

        A client that has everything, or more than was kept, is told the end once more, so that it knows.
        """
        after, events = reply.after, self._events
        assert after is not None
        is_over = reply.log.last is not None
        number = min(after.number, len(events) - 1)
        for passed in range(number):
            self._encode(events[passed], passed)
        if number < 0:
            return
        pieces = [piece + _END for piece in self._read_one(number).split(_END)[:-1]]
        self.place = number + 1
        if is_over and number == len(events) - 1:
            kept = len(pieces) - 1 if after.part is None or after.number > number else after.part + 1
            self._rest = b"".join(pieces[min(kept, len(pieces) - 1) :]) if pieces else b""
        elif after.part is not None and after.number == number:
            self._rest = b"".join(pieces[after.part + 1 :])
