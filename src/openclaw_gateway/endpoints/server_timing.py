"""The `Server-Timing` header: where the time of a run went, in milliseconds (W3C Server Timing)."""

import time
from functools import lru_cache

from openclaw_gateway.runs.run import Run

# Time that is not the gateway's own.
_FOREIGN = ("queue", "model", "tools")


def render_timings(run: Run) -> bytes:
    """The header's value, now: at the end of a whole answer, or at the head of a stream.

    At the head of a stream the model is still answering, so the time it has taken until now is `first_token`.
    """
    timings, now = run.timings, time.perf_counter()
    if run.log.last is None:
        timings = {**timings, "first_token": (now - run.lap_at) * 1000}
    total = (now - run.accepted_at) * 1000
    own = total
    for name in _FOREIGN:
        own -= timings.get(name, 0.0)
    if "model" not in timings:
        own -= timings.get("first_token", 0.0)
    return (_write_form(*timings) % (*timings.values(), max(own, 0.0), total)).encode()


@lru_cache(maxsize=64)
def _write_form(*names: str) -> str:
    """The header for these laps, without the numbers; nearly all runs have the same ones."""
    return ", ".join([f"{name};dur=%.2f" for name in (*names, "gateway", "total")])
