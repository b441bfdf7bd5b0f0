"""What one run may cost, and how its caller learns that it is over."""

from pathlib import Path
from typing import Any

import pytest
from tests.running import config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.config.schema import RunLimits
from openclaw_gateway.errors import RunBudgetExceeded, RunLimitExceeded
from openclaw_gateway.messages import CallCost, Usage
from openclaw_gateway.runs.bounds import MAX_CALLS_IN_REPLY, Bounds, check_calls_in_reply


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        pytest.param(RunLimits(max_tokens=150), "used 160 tokens", id="tokens, with those of summaries"),
        pytest.param(RunLimits(max_cost_usd=0.5), "cost 0.7500 USD", id="dollars"),
        pytest.param(RunLimits(max_tokens=161, max_cost_usd=0.76), None, id="neither"),
        pytest.param(RunLimits(), None, id="no limits"),
    ],
)
def test_spend_is_bounded(limits: RunLimits, message: str | None) -> None:
    """A run that has used what it may is told so, by what it used."""
    bounds = Bounds({}, limits, spent_beside=lambda: Usage(input=50, output=0))
    usage = Usage(input=100, output=10, cost=CallCost(0.5, 0.25))
    if message is None:
        bounds.check_spend(usage)
    else:
        with pytest.raises(RunBudgetExceeded, match=message):
            bounds.check_spend(usage)


def test_flood_of_calls() -> None:
    """A reply may ask for so many calls, and no more."""
    check_calls_in_reply(MAX_CALLS_IN_REPLY)
    with pytest.raises(RunLimitExceeded, match=f"{MAX_CALLS_IN_REPLY + 1} tools at once"):
        check_calls_in_reply(MAX_CALLS_IN_REPLY + 1)


@pytest.mark.parametrize(
    ("limits", "status", "code", "requests"),
    [
        pytest.param({"maxToolRounds": 2}, 502, "run_limit_exceeded", 2, id="rounds"),
        pytest.param({"maxTokens": 30}, 402, "run_budget_exceeded", 2, id="tokens"),
        pytest.param({"maxCostUsd": 17}, 402, "run_budget_exceeded", 1, id="dollars"),
    ],
)
async def test_bound_ends_the_run(
    tmp_path: Path, upstream: Upstream, limits: dict[str, Any], status: int, code: str, requests: int
) -> None:
    """The caller reads which bound ended its run, as JSON and in a stream; what was done until then is stored."""
    config = config_for(upstream, tools={})
    config["agents"]["defaults"]["runLimits"] = limits
    config["models"]["providers"]["up"]["models"][0]["cost"] = {"input": 1_000_000, "output": 1_000_000}
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        for _ in range(requests):
            upstream.call("agents_list", "{}")
        reply = await gateway.chat("go", headers={"x-openclaw-session-key": "agent:main:bound"})
        assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
        assert len(upstream.requests) == requests
        assert len(await gateway.history("agent:main:bound")) == 1 + 2 * requests
        for _ in range(requests):
            upstream.call("agents_list", "{}")
        _, events = await gateway.stream("go")
        assert code in events[-2]
        assert events[-1] == "[DONE]"
