"""Who has to leave for whom."""

from openclaw_gateway.wire.census import Census


class Someone:
    def __init__(self) -> None:
        self.was_evicted = False

    def evict(self) -> None:
        self.was_evicted = True

    def close_when_idle(self) -> None:
        pass


def build(guests: int = 10, strangers: int = 4, per_address: int = 2) -> Census:
    return Census(max_guests=guests, max_strangers=strangers, max_strangers_per_address=per_address)


def test_an_address_pushes_out_its_own() -> None:
    """An address with too many strangers loses its oldest, and nobody else's."""
    census, people = build(), [Someone() for _ in range(4)]
    assert [census.enter(people[0], "b")] == [None]
    assert [census.enter(one, "a") for one in people[1:]] == [None, None, people[1]]


def test_strangers_push_out_the_oldest_stranger() -> None:
    """With too many strangers in all, the first that came leaves."""
    census, people = build(per_address=100), [Someone() for _ in range(5)]
    assert [census.enter(one, str(number)) for number, one in enumerate(people)] == [None] * 4 + [people[0]]


def test_verified_guests_stay() -> None:
    """A verified guest is never asked to leave; when all are, the newcomer is."""
    census, people = build(guests=3), [Someone() for _ in range(5)]
    for one in people[:3]:
        assert census.enter(one, "a") is None
        census.recognize(one)
    newcomer = people[3]
    assert census.enter(newcomer, "a") is newcomer
    census.leave(newcomer)
    census.leave(people[0])
    assert census.enter(people[4], "a") is None


def test_leaving_is_forgotten() -> None:
    """Whoever left counts no more, however often it is said, and the last one is told."""
    census, people, told = build(), [Someone() for _ in range(3)], []
    for one in people:
        census.enter(one, "a")
    census.recognize(people[0])
    census.call_when_empty(lambda: told.append(True))
    for one in (*people, *people):
        census.leave(one)
    assert (census.guests, told) == ([], [True])
    assert not census._strangers_at
    census.call_when_empty(lambda: told.append(True))
    assert told == [True, True]
