"""The limit on failed attempts: after so many wrong credentials a client is locked out for a while.

Only wrong credentials count; missing ones do not. The attempt that reaches the limit is still answered as wrong, the
ones after it as limited, even with the right credential, until the lock-out ends. A success clears the count.
Who can take another name for every attempt (a page with many origins, a network with many /64s) counts a second time
by what all of its names have in common, with a wider limit, which no success clears.
Counters live in memory, bounded; a reload changes the limits and keeps the counts.
"""

import ipaddress
import logging
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from openclaw_gateway.auth.peer import Client
from openclaw_gateway.errors import AuthRateLimited

# 10,000 clients cost about 10 MB at most. Beyond that the one that failed longest ago is forgotten: whoever owns that
# many addresses is not held up by a counter per address.
MAX_CLIENTS = 10_000
# What many share is locked out later than one of them: a neighbour's mistakes are not one's own.
WIDER = 5

logger = logging.getLogger(__name__)

# (client, class of credential)
Key = tuple[str, str]
# What an attempt counts for: its own key, and perhaps one that it shares; none for an exempt caller.
Keys = tuple[()] | tuple[Key] | tuple[Key, Key]


@dataclass(frozen=True, slots=True)
class RateLimits:
    """`gateway.auth.rateLimit`, in seconds. exempts_loopback: direct local callers that are no browser never count."""

    max_attempts: int = 10
    window_s: float = 60.0
    lockout_s: float = 300.0
    exempts_loopback: bool = True


@dataclass(slots=True)
class _Record:
    failed_at: deque[float] = field(default_factory=deque)
    locked_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Attempts:
    """What one caller may still try with one class of credential."""

    limiter: "FailureLimiter"
    keys: Keys

    def check(self) -> None:
        """Raise AuthRateLimited for a caller that is locked out."""
        self.limiter.check(self.keys)

    def is_locked_out(self) -> bool:
        """Whether `check` would raise."""
        try:
            self.limiter.check(self.keys)
        except AuthRateLimited:
            return True
        return False

    def count_failure(self) -> None:
        """One wrong credential."""
        self.limiter.count_failure(self.keys)

    def forget(self) -> None:
        """The right one."""
        self.limiter.forget(self.keys)


class FailureLimiter:
    """Counts failures by client and class of credential. clock: seconds, monotonic."""

    def __init__(self, limits: RateLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._records: OrderedDict[Key, _Record] = OrderedDict()

    def check(self, keys: Keys) -> None:
        """Raise AuthRateLimited, with the rest of the lock-out, if this client is locked out."""
        if not self._records:
            return
        locked_until = max([record.locked_until for key in keys if (record := self._records.get(key))], default=0.0)
        rest_s = locked_until - self._clock()
        if rest_s > 0:
            raise AuthRateLimited(
                "Too many failed authentication attempts. Please try again later.", retry_after_s=rest_s
            )

    def count_failure(self, keys: Keys) -> None:
        """One wrong credential; locks the client out when it reaches the limit inside the window."""
        for key, limit in zip(keys, (self.limits.max_attempts, WIDER * self.limits.max_attempts), strict=False):
            self._count(key, limit)

    def forget(self, keys: Keys) -> None:
        """The client showed the right credential: its own count is cleared."""
        if self._records and keys:
            self._records.pop(keys[0], None)

    def keys_of(self, client: Client, credential_class: str, origin: str | None, *, may_exempt: bool = True) -> Keys:
        """Whom an attempt counts for; nobody's keys are empty. may_exempt: programs of this machine may be exempt.

        A page in a local browser comes from loopback like any local program, so it is never exempt and counts by its
        origin. IPv6 clients count by their /64, which one machine owns whole, and by the /48 around it.
        """
        address = client.address
        if client.is_local:
            if origin is not None:
                page = (f"origin {origin.lower()[:256]}", credential_class)
                return page, ("pages on this machine", credential_class)
            if may_exempt and self.limits.exempts_loopback:
                return ()
        if ":" not in address:
            return ((address, credential_class),)
        return (_network_of(address, 64), credential_class), (_network_of(address, 48), credential_class)

    def _count(self, key: Key, limit: int) -> None:
        now = self._clock()
        record = self._records.setdefault(key, _Record())
        self._records.move_to_end(key)
        failed_at = record.failed_at
        if not failed_at:
            logger.info("wrong credential from %s", key[0])
        failed_at.append(now)
        while failed_at and failed_at[0] <= now - self.limits.window_s:
            failed_at.popleft()
        if len(failed_at) >= limit:
            failed_at.clear()
            record.locked_until = now + self.limits.lockout_s
            logger.warning(
                "%d wrong credentials from %s: refused for %d s",
                limit,
                key[0],
                self.limits.lockout_s,
            )
        if len(self._records) > MAX_CLIENTS:
            self._records.popitem(last=False)


def _network_of(address: str, prefix: int) -> str:
    return str(ipaddress.IPv6Network((address, prefix), strict=False))
