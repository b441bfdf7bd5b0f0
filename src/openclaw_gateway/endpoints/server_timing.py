"""The `Server-Timing` header: where the time of a run went, in milliseconds (W3C Server Timing)."""

import time

from openclaw_gateway.runs.run import Run

# Names of a run's laps in the order of the way; what is not in a run's timings has not happened (yet).
_NAMES = ("queue", "session", "prompt", "connect", "first_token", "model", "tools", "store")
# Time that is not the gateway's own.
_FOREIGN = ("queue", "model", "tools")


def render_timings(run: Run) -> bytes:
    """The header's value, now: at the end of a whole answer, or at the head of a stream.

    At the head of a stream the model is still answering, so the time it has taken until now is `first_token`.
    """
    timings, now = run.timings, time.perf_counter()
    total = (now - run.accepted_at) * 1000
    pieces = [b"%s;dur=%.2f" % (name.encode(), timings[name]) for name in _NAMES if name in timings]
    foreign = sum([timings.get(name, 0.0) for name in _FOREIGN])
    if run.log.last is None:
        waited = (now - run.lap_at) * 1000
        foreign += waited
        pieces.append(b"first_token;dur=%.2f" % waited)
    pieces.append(b"gateway;dur=%.2f" % max(total - foreign, 0.0))
    pieces.append(b"total;dur=%.2f" % total)
    return b", ".join(pieces)
