"""What the operator's log says of runs: each that failed, each fallback, and at debug level every one."""

import logging

from openclaw_gateway.errors import Draining, RunCancelled
from openclaw_gateway.events import RunFailed
from openclaw_gateway.models.failover import PassedOver
from openclaw_gateway.runs.run import Run

logger = logging.getLogger(__name__)


def report_end(run: Run) -> None:
    """One line for a run that is over. What callers and models say is not in it, but for the error's own message."""
    last = run.log.last
    if isinstance(last, RunFailed):
        # Somebody wanted it to end: that is worth knowing, and no reason to worry.
        is_wanted = isinstance(last.error, (RunCancelled, Draining))
        logger.log(
            logging.INFO if is_wanted else logging.WARNING,
            "run %s of agent %s %s after %d ms: %s [%s]",
            run.id,
            run.agent_id,
            "was ended" if is_wanted else "failed",
            last.ended_at_ms - run.accepted_at_ms,
            last.error.message,
            last.error.code or last.error.type,
        )
    elif last is not None and logger.isEnabledFor(logging.DEBUG):
        logger.debug(
            "run %s of agent %s answered by %s/%s in %d ms, %d tokens, session %s",
            run.id,
            run.agent_id,
            last.provider,
            last.model,
            last.ended_at_ms - run.accepted_at_ms,
            last.usage.total,
            run.session_key,
        )


def report_failover(run: Run, passed: PassedOver, following: str) -> None:
    """One line for a model that was passed over. following: provider/model that is asked next."""
    # Who is not asked at all was told when it failed.
    level = logging.DEBUG if passed.is_skipped else logging.WARNING
    logger.log(level, "run %s goes on with %s: %s [%s]", run.id, following, passed.message, passed.reason)
