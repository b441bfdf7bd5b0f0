"""Which sessions stay in memory."""

import gc

from openclaw_gateway.sessions.live import LiveSession, LiveSessions


def live(key: str, *, size: int = 10, is_ephemeral: bool = False) -> LiveSession:
    return LiveSession(
        key=key,
        agent_id="main",
        session_id=key,
        is_ephemeral=is_ephemeral,
        created_at_ms=0,
        updated_at_ms=0,
        row_id=int(key),
        size=size,
    )


def in_memory(sessions: LiveSessions) -> set[int]:
    gc.collect()
    return set(sessions.row_ids())


def test_bound_of_count() -> None:
    """Of more sessions than the bound the least recently used one is let go."""
    sessions = LiveSessions(max_count=2, max_bytes=1000)
    sessions.add(live("1"))
    sessions.add(live("2"))
    sessions.find("1")
    sessions.add(live("3"))
    assert in_memory(sessions) == {1, 3}


def test_bound_of_bytes() -> None:
    """Sessions that grow over the bound push the others out, but the one in use stays, however large."""
    sessions = LiveSessions(max_count=10, max_bytes=30)
    for key in "123":
        sessions.add(live(key))
    sessions.add(live("4"))
    assert in_memory(sessions) == {2, 3, 4}
    fourth = sessions.find("4")
    assert fourth is not None
    sessions.grow(fourth, 1000)
    assert in_memory(sessions) == {4}
    sessions.add(live("5"))
    del fourth
    assert in_memory(sessions) == {5}


def test_session_in_use_is_found_though_let_go() -> None:
    """While a run holds a session there is no second object of its key; it is kept again when it is used again."""
    sessions = LiveSessions(max_count=1, max_bytes=1000)
    first = live("1")
    sessions.add(first)
    sessions.add(live("2"))
    assert sessions.find("1") is first
    sessions.keep(first)
    del first
    assert in_memory(sessions) == {1}


def test_ephemeral_sessions_are_not_kept() -> None:
    """A hundred thousand ephemeral sessions leave nothing behind."""
    sessions = LiveSessions(max_count=10, max_bytes=1000)
    for number in range(100_000):
        sessions.add(live(str(number), is_ephemeral=True))
    assert in_memory(sessions) == set()


def test_forgotten_sessions_do_not_count() -> None:
    """A session that is forgotten gives its bytes back."""
    sessions = LiveSessions(max_count=10, max_bytes=30)
    for _ in range(3):
        sessions.add(live("1", size=20))
        sessions.forget("1")
    sessions.add(live("2", size=20))
    sessions.add(live("3", size=10))
    assert in_memory(sessions) == {2, 3}
    assert sessions.forget("9") is None
