"""Who is passed over for a while, because asking did no good: keys of providers, and models under a key.

A table without I/O; whoever keeps it across restarts is told when it changes. It only chooses: where there is nobody
else to ask, one who is cooling down is asked all the same. Times: OpenClaw docs/concepts/model-failover.md.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec

from openclaw_gateway.model_errors import ModelError, ModelTimeout

# After one failure, after two, and from then on.
STEPS_MS = (30_000, 60_000, 300_000)
DISABLED_MS = 600_000
# A `Retry-After` may say more than that, but an account may also be topped up.
MAX_ASKED_MS = 3_600_000
# Failures that are this long over count no more.
FORGIVEN_MS = 3_600_000
# So close to the end of its time one may be tried, and its provider not again so soon.
PROBE_MARGIN_MS = 10_000
PROBE_INTERVAL_MS = 30_000

MAX_ROWS = 1_000
MAX_STICKY = 10_000

# What is wrong with the account: another key may do better, and this one will not for a while.
OF_ACCOUNT = frozenset(("auth", "billing"))
# What is wrong with this key only, so that the same model is worth asking with another.
OF_KEY = OF_ACCOUNT | {"rate_limit"}
_OF_MODEL = frozenset(("rate_limit", "overloaded", "server_error", "timeout", "model_not_found"))
_OF_SERVER = frozenset(("unreachable",))


class Standing(msgspec.Struct, rename="camel", omit_defaults=True):
    """How it went with one key, or with one model under it. Times: ms since the epoch."""

    last_used: int = 0
    error_count: Annotated[int, msgspec.Meta(ge=0)] = 0
    cooldown_until: int = 0
    cooldown_reason: str = ""
    disabled_until: int = 0
    disabled_reason: str = ""

    @property
    def until(self) -> int:
        """When it may be asked again."""
        return max(self.cooldown_until, self.disabled_until)

    @property
    def reason(self) -> str:
        """Why it may not be asked before."""
        return self.disabled_reason if self.disabled_until >= self.cooldown_until else self.cooldown_reason


class Cooldowns:
    """The standings by place: a profile (a key of a provider), or a profile and a model, with a slash between.

    on_change: called when something changed that is worth keeping, never for a turn that went well.
    """

    __slots__ = ("_now_ms", "_on_change", "_probed_at", "_sticky", "_used_at", "rows")

    def __init__(self, now_ms: Callable[[], int], rows: Mapping[str, Standing] | None = None) -> None:
        self._now_ms = now_ms
        self._on_change: Callable[[], None] = _nobody
        self._probed_at: dict[str, int] = {}
        self._sticky: OrderedDict[tuple[str, str], str] = OrderedDict()
        self.rows: dict[str, Standing] = dict(rows or {})
        self._used_at = {place: row.last_used for place, row in self.rows.items() if row.last_used}

    def watch(self, on_change: Callable[[], None]) -> None:
        """Tell this one of changes from now on."""
        self._on_change = on_change

    # --- asking -----------------------------------------------------------------------------------------------------

    def find(self, profile: str, model: str) -> Standing | None:
        """The standing for which a model is not to be asked with this key; None when it may be."""
        rows = self.rows
        if not rows:
            return None
        now = self._now_ms()
        for place in (profile, f"{profile}/{model}"):
            row = rows.get(place)
            # One that is further ahead is of another clock than this, or somebody wrote it.
            if row is not None and 0 < row.until - now <= MAX_ASKED_MS:
                return row
        return None

    def claim_probe(self, provider: str, standing: Standing) -> bool:
        """Whether one may be tried before its time is over: shortly before, and one of a provider at a time."""
        now = self._now_ms()
        if standing.disabled_until > now or standing.cooldown_until - now > PROBE_MARGIN_MS:
            return False
        if now - self._probed_at.get(provider, -PROBE_INTERVAL_MS) < PROBE_INTERVAL_MS:
            return False
        self._probed_at[provider] = now
        return True

    def order(self, profiles: tuple[str, ...], provider: str, session: str) -> tuple[str, ...]:
        """The key that a session used last, because its prompts are in that account's cache, then the oldest used."""
        held = self._sticky.get((session, provider))
        return tuple(sorted(profiles, key=lambda profile: (profile != held, self._used_at.get(profile, 0))))

    # --- what came of it --------------------------------------------------------------------------------------------

    def note_success(self, profile: str, model: str, session_of: tuple[str, str] | None = None) -> None:
        """An answer. session_of: (session, provider) where there are keys to choose from."""
        if session_of is not None:
            self._used_at[profile] = self._now_ms()
            self._sticky[session_of] = profile
            self._sticky.move_to_end(session_of)
            if len(self._sticky) > MAX_STICKY:
                self._sticky.popitem(last=False)
        if self.rows:
            gone = [self.rows.pop(place, None) for place in (profile, f"{profile}/{model}")]
            if any(gone):
                self._on_change()

    def note_failure(self, profile: str, model: str, error: ModelError) -> None:
        """A failure; those that say nothing about the next request change nothing."""
        reason, now = error.reason, self._now_ms()
        if reason in OF_ACCOUNT:
            row = self._row(profile, now)
            row.disabled_until, row.disabled_reason = now + DISABLED_MS, reason
            row.error_count += 1
        elif reason in _OF_MODEL or reason in _OF_SERVER:
            is_of_server = reason in _OF_SERVER or (isinstance(error, ModelTimeout) and error.limit == "connect")
            row = self._row(profile if is_of_server else f"{profile}/{model}", now)
            if row.cooldown_until <= now:  # of many turns that fail together the first one counts
                row.error_count += 1
            step_ms = STEPS_MS[min(row.error_count, len(STEPS_MS)) - 1]
            asked_ms = min(int((error.retry_after_s or 0) * 1000), MAX_ASKED_MS)
            row.cooldown_until = max(row.cooldown_until, now + max(step_ms, asked_ms))
            row.cooldown_reason = reason
        else:
            return
        self._on_change()

    def _row(self, place: str, now: int) -> Standing:
        rows = self.rows
        row = rows.pop(place, None)
        if row is None or now - row.until > FORGIVEN_MS:
            row = Standing()
        rows[place] = row  # at the end, where the latest are
        row.last_used = now
        if len(rows) > MAX_ROWS:
            del rows[next(iter(rows))]
        return row


def _nobody() -> None:
    """Nobody keeps the table."""
