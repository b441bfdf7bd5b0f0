"""How often one client may write the config: each write is checked, synced to disk and kept in the ring of backups.

Source: OpenClaw docs/gateway/protocol.md, "Write rate limit": 30 in 60 seconds for each method, credential and address.
"""

import math
from collections import deque
from collections.abc import Callable
from typing import Final

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.errors import Busy

MAX_WRITES: Final = 30
WINDOW_MS: Final = 60_000
# Who is not among the clients that wrote last starts with a fresh count.
MAX_CLIENTS: Final = 1000


class WriteRate:
    """Counts writes in a sliding window. Belongs to one gateway."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._writes: dict[tuple[str, str, str], deque[int]] = {}

    def admit(self, method: str, principal: Principal) -> None:
        """Count one write; raises Busy for one too many, which is not counted."""
        now_ms = self._now_ms()
        key = (method, principal.subject, principal.client)
        writes = self._writes.pop(key, None) or deque()
        self._writes[key] = writes  # at the end, where the latest are
        if len(self._writes) > MAX_CLIENTS:
            del self._writes[next(iter(self._writes))]
        while writes and writes[0] <= now_ms - WINDOW_MS:
            writes.popleft()
        if len(writes) < MAX_WRITES:
            writes.append(now_ms)
            return
        wait_s = math.ceil((writes[0] + WINDOW_MS - now_ms) / 1000)
        raise Busy(
            f"rate limit exceeded for {method}; retry after {wait_s}s",
            retry_after_s=wait_s,
            details={"method": method, "limit": f"{MAX_WRITES} per {WINDOW_MS // 1000}s"},
        )
