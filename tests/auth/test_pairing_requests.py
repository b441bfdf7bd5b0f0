"""Devices that wait: how many, how long, and who makes room for whom."""

import pytest

from openclaw_gateway.auth.device_records import PairingRequest
from openclaw_gateway.auth.pairing_requests import (
    KEPT_MS,
    MAX_REQUESTS,
    MAX_REQUESTS_OF_ADDRESS,
    PairingRequests,
)
from openclaw_gateway.errors import Busy


class Clock:
    now_ms = 1_000

    def __call__(self) -> int:
        return self.now_ms


def request(number: int, address: str | None = None, clock: Clock | None = None) -> PairingRequest:
    return PairingRequest(
        request_id=f"r{number}",
        device_id=f"d{number}",
        public_key="k",
        role="operator",
        roles=("operator",),
        scopes=(),
        ts=(clock or Clock())(),
        remote_ip=address or f"192.0.2.{number}",
    )


def test_requests_expire() -> None:
    """Nobody waits longer than five minutes."""
    clock = Clock()
    requests = PairingRequests(clock)
    requests.file(request(1, clock=clock), is_stranger=True)
    clock.now_ms += KEPT_MS - 1
    assert requests.get("r1") is not None
    clock.now_ms += 1
    assert requests.get("r1") is None
    assert requests.all() == []


def test_strangers_cannot_crowd_out_who_has_the_secret() -> None:
    """When all places are taken strangers have to come again, and who showed the secret takes the oldest one's."""
    requests = PairingRequests(Clock())
    for number in range(MAX_REQUESTS):
        requests.file(request(number), is_stranger=True)
    with pytest.raises(Busy):
        requests.file(request(900), is_stranger=True)
    filed = requests.file(request(901), is_stranger=False)
    assert [one.request_id for one in filed.displaced] == ["r0"]
    assert len(requests.all()) == MAX_REQUESTS
    assert requests.get("r0") is None
    assert requests.get("r901") is not None


def test_nobody_is_displaced_by_one_of_the_same_standing() -> None:
    """A list full of those who showed the secret is full for everybody."""
    requests = PairingRequests(Clock())
    for number in range(MAX_REQUESTS):
        requests.file(request(number), is_stranger=False)
    for is_stranger in (True, False):
        with pytest.raises(Busy):
            requests.file(request(900), is_stranger=is_stranger)


def test_an_address_has_a_few_places() -> None:
    """One stranger with many keys displaces only itself."""
    requests = PairingRequests(Clock())
    requests.file(request(900), is_stranger=True)
    requests.file(request(901, "198.51.100.1"), is_stranger=False)
    for number in range(MAX_REQUESTS_OF_ADDRESS + 3):
        requests.file(request(number, "198.51.100.1"), is_stranger=True)
    waiting = [one for one in requests.all() if one.remote_ip == "198.51.100.1"]
    assert len(waiting) == MAX_REQUESTS_OF_ADDRESS
    assert requests.get("r900") is not None
    assert requests.get("r901") is not None
