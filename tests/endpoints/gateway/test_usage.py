"""Usage and cost from the stored messages."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import config_for, running_gateway
from tests.upstream import Upstream


@pytest.fixture
async def client(tmp_path: Path, upstream: Upstream) -> AsyncIterator[ProtocolClient]:
    """A client of a gateway whose model has a price; two turns were made in `web`, one with a model without a price."""
    config = config_for(upstream)
    config["models"]["providers"]["up"]["models"][0]["cost"] = {"input": 100_000, "output": 1_000_000}
    async with running_gateway(tmp_path, upstream, config=config) as gateway, connected(gateway) as connection:
        await gateway.chat("hi", headers={"x-openclaw-session-key": "web"})
        await gateway.chat("hi")
        await connection.ask("sessions.create", key="demo", model="scripted/demo", message="hi", idempotencyKey="k")
        await connection.wait_event("chat", runId="k", state="final")
        yield connection


async def test_cost_of_each_day(client: ProtocolClient) -> None:
    """Tokens and dollars are summed by day; a model without a price is counted as such, ephemeral calls not at all."""
    told = await client.ask("usage.cost", days=7)
    assert told["days"] == 7
    (day,) = told["daily"]
    totals = told["totals"]
    assert {**day, "date": None} == {**totals, "date": None}
    assert totals["input"] >= 11
    assert totals["inputCost"] == pytest.approx(1.1)
    assert totals["outputCost"] == pytest.approx(7.0)
    assert totals["totalCost"] == pytest.approx(8.1)
    assert totals["missingCostEntries"] == 1
    assert told["cacheStatus"] == {"status": "fresh"}


async def test_usage_of_sessions(client: ProtocolClient) -> None:
    """Each session has its sums, and the aggregates have them by model, provider and agent."""
    told = await client.ask("sessions.usage", range="7d")
    assert {row["key"] for row in told["sessions"]} == {"agent:main:web", "agent:main:demo"}
    aggregates = told["aggregates"]
    assert {(row["provider"], row["model"], row["count"]) for row in aggregates["byModel"]} == {
        ("up", "tiny", 1),
        ("scripted", "demo", 1),
    }
    assert {row["provider"] for row in aggregates["byProvider"]} == {"up", "scripted"}
    assert [(row["agentId"], row["count"]) for row in aggregates["byAgent"]] == [("main", 2)]
    one = await client.ask("sessions.usage", key="web", range="all", mode="gateway")
    assert (one["totals"]["input"], one["totals"]["output"]) == (11, 7)


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"startDate": "2020-01-01", "endDate": "2020-01-31"}, id="other days"),
        pytest.param({"key": "none"}, id="another session"),
    ],
)
async def test_nothing_was_used(client: ProtocolClient, params: dict[str, Any]) -> None:
    """What chooses nothing gives empty sums."""
    told = await client.ask("sessions.usage", **params)
    assert (told["sessions"], told["totals"]["totalTokens"]) == ([], 0)


@pytest.mark.parametrize(
    ("params", "is_known"),
    [
        pytest.param({"mode": "specific", "timeZone": "Europe/Berlin"}, True, id="zone"),
        pytest.param({"mode": "specific", "utcOffset": "UTC+5:30"}, True, id="offset"),
        pytest.param({"mode": "specific", "utcOffset": "-11"}, True, id="short offset"),
        pytest.param({"mode": "specific"}, True, id="none named"),
        pytest.param({"mode": "specific", "timeZone": "Nowhere/Land"}, False, id="unknown zone"),
        pytest.param({"mode": "specific", "timeZone": "../../etc/passwd"}, False, id="zone that is a path"),
        pytest.param({"mode": "specific", "utcOffset": "+99"}, False, id="impossible offset"),
        pytest.param({"startDate": "2026-02-30"}, False, id="impossible day"),
        pytest.param({"startDate": "0001-01-01"}, False, id="day before time"),
        pytest.param({"startDate": "2026-03-02", "endDate": "2026-03-01"}, False, id="backwards"),
    ],
)
async def test_days_and_zones(client: ProtocolClient, params: dict[str, Any], is_known: bool) -> None:
    """Days are those of the zone that is asked for; what is none is refused."""
    if is_known:
        assert (await client.ask("usage.cost", **params))["days"] == 30
    else:
        with pytest.raises(Refused):
            await client.ask("usage.cost", **params)


async def test_quotas_are_not_made_up(client: ProtocolClient) -> None:
    """No provider's account is told of, as none is asked."""
    assert (await client.ask("usage.status"))["providers"] == []


async def test_cost_is_with_the_answer_and_the_session(client: ProtocolClient) -> None:
    """An answer in the history has what it cost, by the kinds of its tokens; a row of the list has the sum."""
    (_, answer) = (await client.ask("chat.history", sessionKey="web"))["messages"]
    assert answer["usage"]["cost"] == pytest.approx(
        {"input": 1.1, "output": 7.0, "cacheRead": 0.0, "cacheWrite": 0.0, "total": 8.1}
    )
    rows = {row["key"]: row for row in (await client.ask("sessions.list"))["sessions"]}
    assert rows["agent:main:web"]["estimatedCostUsd"] == pytest.approx(8.1)
    assert "estimatedCostUsd" not in rows["agent:main:demo"]
    budget = rows["agent:main:web"]["contextBudgetStatus"]
    assert (budget["contextTokenBudget"], budget["estimatedPromptTokens"], budget["shouldCompact"]) == (
        32_000,
        18,
        False,
    )
    assert budget["remainingPromptBudgetTokens"] == budget["promptBudgetBeforeReserve"] - 18
    await client.ask("sessions.reset", key="web")
    rows = {row["key"]: row for row in (await client.ask("sessions.list"))["sessions"]}
    assert "estimatedCostUsd" not in rows["agent:main:web"]
