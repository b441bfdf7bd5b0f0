"""What readers are shown of a run beside its answer: who is heard, and the line below it."""

from typing import Any

import msgspec
import pytest

from openclaw_gateway.config.schema import Config
from openclaw_gateway.messages import CallCost, Usage
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.showing import Showing, ShowingRules, usage_line
from openclaw_gateway.sessions.settings import NO_SETTINGS, SessionSettings

DEFAULTS = {"reasoningDefault": "on", "verboseDefault": "full"}


def rules_of(defaults: dict[str, Any], agent: dict[str, Any], usage: str = "off") -> ShowingRules:
    agents = {"defaults": defaults, "entries": {"ops": agent}}
    return ShowingRules(msgspec.convert({"agents": agents, "messages": {"responseUsage": usage}}, Config))


def order_of(agent_id: str = "ops", **said: Any) -> RunOrder:
    return RunOrder("r1", agent_id, "agent:ops:main", is_ephemeral=False, incoming=(), **said)


@pytest.mark.parametrize(
    ("rules", "order", "settings", "shown"),
    [
        pytest.param(rules_of({}, {}), order_of(), NO_SETTINGS, Showing(), id="nobody said anything"),
        pytest.param(rules_of(DEFAULTS, {}), order_of(), NO_SETTINGS, Showing("on", "full"), id="the defaults"),
        pytest.param(rules_of(DEFAULTS, {}), order_of("main"), NO_SETTINGS, Showing("on", "full"), id="no entry"),
        pytest.param(
            rules_of(DEFAULTS, {"reasoningDefault": "off"}), order_of(), NO_SETTINGS, Showing("off", "full"),
            id="the agent before the defaults",
        ),
        pytest.param(
            rules_of(DEFAULTS, {}, "full"), order_of(), SessionSettings(verbose_level="off", response_usage="on"),
            Showing("on", "off", "tokens"), id="the session before the config",
        ),
        pytest.param(
            rules_of({}, {}), order_of(reasoning="stream"), SessionSettings(reasoning_level="on", verbose_level="on"),
            Showing("stream", "on"), id="the message before its session",
        ),
        pytest.param(
            rules_of(DEFAULTS, {}), order_of(), SessionSettings(reasoning_level="loud", response_usage="all"),
            Showing("on", "full"), id="words that mean nothing",
        ),
    ],
)  # fmt: skip
def test_the_narrowest_is_heard(
    rules: ShowingRules, order: RunOrder, settings: SessionSettings, shown: Showing
) -> None:
    """A message decides before its session, a session before its agent, an agent before the defaults."""
    assert rules.choose(order, settings) == shown


COST = CallCost(0.001, 0.002, 0.0, 0.0)
PRICED = Usage(input=1200, output=30, cache_read=400, cost=COST)


@pytest.mark.parametrize(
    ("told", "usage", "line"),
    [
        pytest.param("off", PRICED, None, id="off"),
        pytest.param("tokens", Usage(), None, id="nothing was used"),
        pytest.param("tokens", Usage(input=12, output=5), "Usage: 12 tokens in, 5 out", id="no price"),
        pytest.param("tokens", Usage(input=12, estimated=True), "Usage: about 12 tokens in, about 0 out", id="guessed"),
        pytest.param(
            "full", PRICED, "Usage: 1,600 tokens in, 30 out (400 of those in from a cache), $0.0030; session k",
            id="full",
        ),
    ],
)  # fmt: skip
def test_line_tells_what_is_known(told: Any, usage: Usage, line: str | None) -> None:
    """The line has no number that nobody counted, and in full names the session."""
    assert usage_line(Showing(usage=told), usage, "k") == line
