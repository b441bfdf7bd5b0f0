"""Who is passed over, for how long, and who is asked first."""

from collections.abc import Callable

import pytest

from openclaw_gateway.model_errors import (
    ContextOverflow,
    ModelAnswerEmpty,
    ModelAuthFailed,
    ModelBilling,
    ModelError,
    ModelNotFound,
    ModelOverloaded,
    ModelProtocolError,
    ModelRateLimited,
    ModelRefused,
    ModelRejected,
    ModelServerError,
    ModelTimeout,
    ModelUnreachable,
)
from openclaw_gateway.models.cooldowns import MAX_ASKED_MS, MAX_ROWS, Cooldowns, Standing

HOUR_S = 3600


class Clock:
    """Milliseconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000_000_000

    def __call__(self) -> int:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += int(seconds * 1000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cooldowns(clock: Clock) -> Cooldowns:
    return Cooldowns(clock)


def left_s(cooldowns: Cooldowns, clock: Clock, profile: str = "p:default", model: str = "m") -> float | None:
    """Seconds until it may be asked again, None when it may be now."""
    standing = cooldowns.find(profile, model)
    return None if standing is None else (standing.until - clock.now) / 1000


@pytest.mark.parametrize(
    ("error", "seconds", "is_of_all_models"),
    [
        pytest.param(ModelRateLimited(""), 30, False, id="rate limit: of the model"),
        pytest.param(ModelRateLimited("", retry_after_s=90), 90, False, id="as long as the provider asks"),
        pytest.param(ModelRateLimited("", retry_after_s=24 * HOUR_S), HOUR_S, False, id="but no longer than an hour"),
        pytest.param(ModelOverloaded(""), 30, False, id="overloaded: of the model"),
        pytest.param(ModelServerError(""), 30, False, id="server error: of the model"),
        pytest.param(ModelTimeout("", limit="first_token"), 30, False, id="silence: of the model"),
        pytest.param(ModelTimeout("", limit="connect"), 30, True, id="no connection in time: of the server"),
        pytest.param(ModelUnreachable(""), 30, True, id="no connection: of the server"),
        pytest.param(ModelNotFound(""), 30, False, id="unknown model: of the model"),
        pytest.param(ModelAuthFailed(""), 600, True, id="refused key"),
        pytest.param(ModelBilling(""), 600, True, id="empty account"),
        pytest.param(ModelAnswerEmpty(""), None, False, id="empty answer: of the request"),
        pytest.param(ModelProtocolError(""), None, False, id="strange answer: of the request"),
        pytest.param(ModelRejected(""), None, False, id="refused request"),
        pytest.param(ModelRefused(""), None, False, id="refused answer"),
        pytest.param(ContextOverflow(""), None, False, id="too long"),
    ],
)
def test_the_first_failure(
    cooldowns: Cooldowns, clock: Clock, error: ModelError, seconds: float | None, *, is_of_all_models: bool
) -> None:
    """Each kind of failure passes over what it is a failure of, as long as it is likely to last."""
    cooldowns.note_failure("p:default", "m", error)
    assert left_s(cooldowns, clock) == seconds
    assert (left_s(cooldowns, clock, model="other") is not None) is is_of_all_models
    assert left_s(cooldowns, clock, profile="p:2") is None


def test_failures_in_a_row_count(cooldowns: Cooldowns, clock: Clock) -> None:
    """30 seconds, a minute, then five; those of many turns together are one, and a success forgives all."""
    lengths = []
    for _ in range(4):
        cooldowns.note_failure("p:default", "m", ModelServerError(""))
        cooldowns.note_failure("p:default", "m", ModelServerError(""))
        lengths.append(left_s(cooldowns, clock))
        clock.pass_s(301)
    assert lengths == [30, 60, 300, 300]
    cooldowns.note_success("p:default", "m")
    assert cooldowns.rows == {}
    cooldowns.note_failure("p:default", "m", ModelServerError(""))
    assert left_s(cooldowns, clock) == 30


def test_old_failures_are_forgiven(cooldowns: Cooldowns, clock: Clock) -> None:
    """An hour later the count begins anew."""
    for _ in range(2):
        cooldowns.note_failure("p:default", "m", ModelServerError(""))
        clock.pass_s(31)
    clock.pass_s(HOUR_S + 60)
    cooldowns.note_failure("p:default", "m", ModelServerError(""))
    assert left_s(cooldowns, clock) == 30


def test_probes(cooldowns: Cooldowns, clock: Clock) -> None:
    """Ten seconds before its end one of a provider may be tried, once in half a minute, but never a refused key."""
    cooldowns.note_failure("p:default", "m", ModelServerError(""))
    standing = cooldowns.find("p:default", "m")
    assert standing is not None
    assert not cooldowns.claim_probe("p", standing)
    clock.pass_s(20)
    assert [cooldowns.claim_probe("p", standing) for _ in range(2)] == [True, False]
    assert cooldowns.claim_probe("q", standing)
    cooldowns.note_failure("p:default", "m", ModelAuthFailed(""))
    clock.pass_s(595)
    refused = cooldowns.find("p:default", "m")
    assert refused is not None
    assert not cooldowns.claim_probe("p", refused)


def test_keys_take_turns(cooldowns: Cooldowns, clock: Clock) -> None:
    """The one that was used longest ago is first; a session stays with its own."""
    keys = ("p:default", "p:2", "p:3")

    def use(session: str) -> str:
        clock.pass_s(1)
        first = cooldowns.order(keys, "p", session)[0]
        cooldowns.note_success(first, "m", (session, "p"))
        return first

    assert [use(session) for session in ("a", "b", "c", "a", "d", "b")] == [
        "p:default",
        "p:2",
        "p:3",
        "p:default",
        "p:2",
        "p:2",
    ]


def test_changes_are_told(cooldowns: Cooldowns) -> None:
    """Failures and the end of one are worth keeping, turns that go well are not."""
    changes: list[int] = []
    note: Callable[[], None] = lambda: changes.append(len(cooldowns.rows))  # noqa: E731
    cooldowns.watch(note)
    cooldowns.note_success("p:default", "m", ("s", "p"))
    assert changes == []
    cooldowns.note_failure("p:default", "m", ModelServerError(""))
    cooldowns.note_success("p:default", "m")
    assert changes == [1, 0]


def test_the_table_is_bounded(cooldowns: Cooldowns) -> None:
    """Callers may name any model, and the table does not grow with them."""
    for number in range(MAX_ROWS + 10):
        cooldowns.note_failure("p:default", f"m{number}", ModelServerError(""))
    assert len(cooldowns.rows) == MAX_ROWS
    assert cooldowns.find("p:default", "m0") is None


def test_a_time_that_no_failure_gives_holds_nobody_back() -> None:
    """A clock that was set back, or a file that somebody wrote to, closes no model for good."""
    far = Standing(disabled_until=1_000_000 + MAX_ASKED_MS + 1, disabled_reason="billing")
    near = Standing(disabled_until=1_000_000 + MAX_ASKED_MS, disabled_reason="billing")
    cooldowns = Cooldowns(lambda: 1_000_000, {"far": far, "near": near})
    assert (cooldowns.find("far", "m"), cooldowns.find("near", "m")) == (None, near)
