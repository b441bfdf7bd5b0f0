"""Events to all sockets."""

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.dialects.gateway.frames import EncodedEvent, encode_event
from openclaw_gateway.endpoints.table import Caller
from openclaw_gateway.wire.broadcast import Broadcast


class Ear:
    def __init__(self, broadcast: Broadcast, method: str | None = "token") -> None:
        self.heard: list[EncodedEvent] = []
        self.closed: tuple[int, str] | None = None
        self._broadcast = broadcast
        self._method = method

    @property
    def principal(self) -> Principal | None:
        return None if self._method is None else Principal("s", self._method, frozenset(), "", is_local=False)

    @property
    def caller(self) -> Caller | None:
        return None

    def offer(self, event: EncodedEvent) -> None:
        self.heard.append(event)
        if event.head.startswith(b'{"type":"event","event":"last"'):
            self._broadcast.discard(self)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
        self._broadcast.discard(self)


def test_everybody_is_offered_the_same_bytes() -> None:
    """An event is encoded once, whoever listens."""
    broadcast = Broadcast()
    ears = [Ear(broadcast) for _ in range(3)]
    for ear in ears:
        broadcast.add(ear)
    event = encode_event("tick", {"ts": 1})
    broadcast.publish(event)
    assert all(ear.heard == [event] and ear.heard[0] is event for ear in ears)


def test_who_left_hears_nothing_more() -> None:
    """A listener may leave while an event goes round, and hears no further one."""
    broadcast = Broadcast()
    ears = [Ear(broadcast) for _ in range(3)]
    for ear in ears:
        broadcast.add(ear)
    broadcast.publish(encode_event("last", {}))
    assert len(broadcast) == 0
    broadcast.publish(encode_event("tick", {}))
    assert [len(ear.heard) for ear in ears] == [1, 1, 1]


def test_closing_those_concerned() -> None:
    """Only sockets whose principal is concerned are closed."""
    broadcast = Broadcast()
    token, anonymous, nobody = Ear(broadcast), Ear(broadcast, "none"), Ear(broadcast, None)
    for ear in (token, anonymous, nobody):
        broadcast.add(ear)
    assert broadcast.close_where(lambda principal: principal.method == "token", 1008, "rotated") == 1
    assert (token.closed, anonymous.closed, nobody.closed) == ((1008, "rotated"), None, None)


def test_audience_is_told_of() -> None:
    """Whoever makes events is told when the first listener comes and when the last one goes, and no more often."""
    broadcast, told = Broadcast(), []
    broadcast.watch_audience(lambda: told.append("first"), lambda: told.append("empty"))
    ears = [Ear(broadcast) for _ in range(2)]
    for ear in ears:
        broadcast.add(ear)
    for ear in (*ears, *ears):
        broadcast.discard(ear)
    assert told == ["first", "empty"]
