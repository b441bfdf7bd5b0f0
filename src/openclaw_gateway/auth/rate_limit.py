"""The limit on failed attempts: after so many wrong credentials a client is locked out for a while.

Only wrong credentials count; missing ones do not. The attempt that reaches the limit is still answered as wrong, the
ones after it as limited, even with the right credential, until the lock-out ends. A success clears the count.
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

logger = logging.getLogger(__name__)

Key = tuple[str, str]


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


class FailureLimiter:
    """Counts failures by client and class of credential. clock: seconds, monotonic."""

    def __init__(self, limits: RateLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._records: OrderedDict[Key, _Record] = OrderedDict()

    def check(self, key: Key | None) -> None:
        """Raise AuthRateLimited, with the rest of the lock-out, if this client is locked out."""
        record = self._records.get(key) if key is not None else None
        if record is None:
            return
        rest_s = record.locked_until - self._clock()
        if rest_s > 0:
            raise AuthRateLimited(
                "Too many failed authentication attempts. Please try again later.", retry_after_s=rest_s
            )

    def count_failure(self, key: Key | None) -> None:
        """One wrong credential; locks the client out when it reaches the limit inside the window."""
        if key is None:
            return
        now = self._clock()
        record = self._records.setdefault(key, _Record())
        self._records.move_to_end(key)
        failed_at = record.failed_at
        if not failed_at:
            logger.info("wrong credential from %s", key[0])
        failed_at.append(now)
        while failed_at and failed_at[0] <= now - self.limits.window_s:
            failed_at.popleft()
        if len(failed_at) >= self.limits.max_attempts:
            failed_at.clear()
            record.locked_until = now + self.limits.lockout_s
            logger.warning(
                "%d wrong credentials from %s: refused for %d s",
                self.limits.max_attempts,
                key[0],
                self.limits.lockout_s,
            )
        if len(self._records) > MAX_CLIENTS:
            self._records.popitem(last=False)

    def forget(self, key: Key | None) -> None:
        """The client showed the right credential."""
        if self._records and key is not None:
            self._records.pop(key, None)

    def key_of(self, client: Client, credential_class: str, origin: str | None) -> Key | None:
        """Whom an attempt counts for; None for an exempt caller.

        A page in a local browser comes from loopback like any local program, so it is never exempt and counts by its
        origin. IPv6 clients count by their /64, which one machine owns whole.
        """
        if client.is_local:
            if origin is not None:
                return (f"origin {origin.lower()[:256]}", credential_class)
            if self.limits.exempts_loopback:
                return None
        return (_network_of(client.address), credential_class)


def _network_of(address: str) -> str:
    if ":" not in address:
        return address
    return str(ipaddress.IPv6Network((address, 64), strict=False))
