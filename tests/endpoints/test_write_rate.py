"""How often one client may write the config."""

import pytest

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.endpoints.write_rate import MAX_CLIENTS, MAX_WRITES, WINDOW_MS, WriteRate
from openclaw_gateway.errors import Busy


def principal(client: str = "127.0.0.1") -> Principal:
    return Principal("shared-secret", "token", frozenset(), client, is_local=True)


def test_one_too_many_waits_for_the_window() -> None:
    """The write after the last one allowed is told when to come back, and is let in then; others are not concerned."""
    now_ms = [1_000_000]
    rate = WriteRate(lambda: now_ms[0])
    for _ in range(MAX_WRITES):
        rate.admit("config.set", principal())
    now_ms[0] += 25_000
    with pytest.raises(Busy, match=r"rate limit exceeded for config\.set; retry after 35s") as caught:
        rate.admit("config.set", principal())
    assert caught.value.retry_after_s == 35
    assert caught.value.details == {"method": "config.set", "limit": "30 per 60s"}
    rate.admit("config.patch", principal())
    rate.admit("config.set", principal("10.0.0.1"))
    now_ms[0] += WINDOW_MS - 25_000
    rate.admit("config.set", principal())


def test_memory_is_bounded() -> None:
    """However many addresses write, the latest are counted."""
    rate = WriteRate(lambda: 0)
    for number in range(MAX_CLIENTS + 10):
        for _ in range(MAX_WRITES):
            rate.admit("config.set", principal(str(number)))
    with pytest.raises(Busy):
        rate.admit("config.set", principal(str(MAX_CLIENTS + 9)))
    rate.admit("config.set", principal("0"))
