"""The limiter, with a clock of the test's own."""

import pytest

from openclaw_gateway.auth.peer import Client
from openclaw_gateway.auth.rate_limit import MAX_CLIENTS, WIDER, FailureLimiter, RateLimits
from openclaw_gateway.errors import AuthRateLimited

REMOTE = Client("203.0.113.9", is_local=False)
LOCAL = Client("127.0.0.1", is_local=True)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> FailureLimiter:
    return FailureLimiter(RateLimits(max_attempts=3, window_s=60, lockout_s=300), clock)


def fail(limiter: FailureLimiter, times: int, client: Client = REMOTE, origin: str | None = None) -> None:
    keys = limiter.keys_of(client, "shared-secret", origin)
    for _ in range(times):
        limiter.check(keys)
        limiter.count_failure(keys)


def is_locked(limiter: FailureLimiter, client: Client = REMOTE, origin: str | None = None) -> bool:
    try:
        limiter.check(limiter.keys_of(client, "shared-secret", origin))
    except AuthRateLimited:
        return True
    return False


def test_locks_at_the_limit_and_lets_go(limiter: FailureLimiter, clock: Clock) -> None:
    """The failure that reaches the limit locks the client out, for exactly the lock-out."""
    fail(limiter, 2)
    assert not is_locked(limiter)
    fail(limiter, 1)
    clock.now += 100
    with pytest.raises(AuthRateLimited) as refusal:
        limiter.check(limiter.keys_of(REMOTE, "shared-secret", None))
    assert refusal.value.retry_after_s == 200
    clock.now += 200
    assert not is_locked(limiter)


def test_old_failures_do_not_count(limiter: FailureLimiter, clock: Clock) -> None:
    """Failures further apart than the window never add up."""
    for _ in range(10):
        fail(limiter, 2)
        clock.now += 61
    assert not is_locked(limiter)


def test_success_forgets(limiter: FailureLimiter) -> None:
    """The right credential clears the count."""
    for _ in range(5):
        fail(limiter, 2)
        limiter.forget(limiter.keys_of(REMOTE, "shared-secret", None))
    assert not is_locked(limiter)


def test_clients_and_classes_are_apart(limiter: FailureLimiter) -> None:
    """One client's failures lock out neither another client nor another class of credential."""
    fail(limiter, 3)
    assert not is_locked(limiter, Client("203.0.113.10", is_local=False))
    limiter.check(limiter.keys_of(REMOTE, "device-token", None))


def test_one_ipv6_network_is_one_client(limiter: FailureLimiter) -> None:
    """Changing addresses inside a /64 does not help."""
    for number in range(3):
        fail(limiter, 1, Client(f"2001:db8::{number}", is_local=False))
    assert is_locked(limiter, Client("2001:db8::ffff", is_local=False))
    assert not is_locked(limiter, Client("2001:db8:0:1::1", is_local=False))


def test_local_programs_are_exempt_unless_told(clock: Clock) -> None:
    """A local program is not counted by default, and is with exemptLoopback off."""
    lenient = FailureLimiter(RateLimits(max_attempts=3), clock)
    fail(lenient, 50, LOCAL)
    assert not is_locked(lenient, LOCAL)
    strict = FailureLimiter(RateLimits(max_attempts=3, exempts_loopback=False), clock)
    fail(strict, 3, LOCAL)
    assert is_locked(strict, LOCAL)


def test_local_programs_are_counted_where_none_may_be_exempt(clock: Clock) -> None:
    """Requests to be paired count on this machine too, whatever exemptLoopback says."""
    limiter = FailureLimiter(RateLimits(max_attempts=3), clock)
    keys = limiter.keys_of(LOCAL, "pairing", None, may_exempt=False)
    for _ in range(3):
        limiter.check(keys)
        limiter.count_failure(keys)
    with pytest.raises(AuthRateLimited):
        limiter.check(keys)


def test_p02_local_pages_are_never_exempt(limiter: FailureLimiter) -> None:
    """A page in a local browser is counted by its origin; local programs and other pages go on."""
    fail(limiter, 3, LOCAL, "http://localhost:18789")
    assert is_locked(limiter, LOCAL, "HTTP://localhost:18789")
    assert not is_locked(limiter, LOCAL, "http://other.example")
    assert not is_locked(limiter, LOCAL)


def test_p11_memory_is_bounded(limiter: FailureLimiter) -> None:
    """A million addresses cost no more than the bound, and the newest are still counted."""
    for number in range(MAX_CLIENTS + 500):
        limiter.count_failure(((f"client {number}", "shared-secret"),))
    assert len(limiter._records) == MAX_CLIENTS
    fail(limiter, 3)
    assert is_locked(limiter)


def test_new_limits_keep_the_counts(limiter: FailureLimiter) -> None:
    """A reload changes the limits; whoever is locked out stays so."""
    fail(limiter, 3)
    limiter.limits = RateLimits(max_attempts=100)
    assert is_locked(limiter)


def test_many_origins_share_a_count(limiter: FailureLimiter) -> None:
    """A page that comes from another origin each time is locked out with all pages; local programs go on."""
    for number in range(3 * WIDER):
        assert not is_locked(limiter, LOCAL, "http://mine.example")
        fail(limiter, 1, LOCAL, f"http://{number}.evil.example")
    assert is_locked(limiter, LOCAL, "http://mine.example")
    assert not is_locked(limiter, LOCAL)


def test_many_networks_share_a_count(limiter: FailureLimiter) -> None:
    """Changing the /64 inside a /48 helps for a while only, and another /48 is another client."""
    for number in range(3 * WIDER):
        assert not is_locked(limiter, Client("2001:db8:0:ffff::1", is_local=False))
        fail(limiter, 1, Client(f"2001:db8:0:{number}::1", is_local=False))
    assert is_locked(limiter, Client("2001:db8:0:ffff::1", is_local=False))
    assert not is_locked(limiter, Client("2001:db8:1::1", is_local=False))


def test_success_clears_no_shared_count(limiter: FailureLimiter) -> None:
    """Somebody's right credential does not give an attacker beside him a new count."""
    for number in range(3 * WIDER):
        fail(limiter, 1, LOCAL, f"http://{number}.evil.example")
        limiter.forget(limiter.keys_of(LOCAL, "shared-secret", "http://mine.example"))
    assert is_locked(limiter, LOCAL, "http://mine.example")
