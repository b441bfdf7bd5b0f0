"""`sessions.cleanup`: putting away what nobody uses."""

from pathlib import Path
from typing import Any

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.endpoints.gateway.sessions_cleanup import read_duration_ms

DAY_MS = 24 * 3600 * 1000


async def keys(client: ProtocolClient, **wanted: Any) -> list[str]:
    listed = await client.ask("sessions.list", **wanted)
    return sorted(row["key"].removeprefix("agent:main:") for row in listed["sessions"])


@pytest.mark.parametrize(
    ("maintenance", "params", "left", "told"),
    [
        pytest.param({}, {}, ["a", "b", "c", "main"], {"archived": 0, "wouldMutate": False}, id="all in use"),
        pytest.param({"pruneAfter": 0}, {}, ["b", "main"], {"archived": 2, "afterCount": 2}, id="all unused"),
        pytest.param(
            {"pruneAfter": 0}, {"activeKey": "c"}, ["b", "c", "main"], {"archived": 1}, id="but one that is shown"
        ),
        pytest.param(
            {"maxEntries": 3},
            {"agent": "main"},
            ["b", "c", "main"],
            {"capArchived": 1, "agentId": "main"},
            id="too many",
        ),
        pytest.param(
            {"pruneAfter": 0, "mode": "warn"},
            {},
            ["a", "b", "c", "main"],
            {"dryRun": True, "archived": 2, "afterCount": 2, "wouldMutate": True},
            id="warned of",
        ),
        pytest.param(
            {"pruneAfter": 0},
            {"dryRun": True},
            ["a", "b", "c", "main"],
            {"dryRun": True, "archived": 2, "wouldMutate": True},
            id="only asked",
        ),
        pytest.param(
            {"pruneAfter": 0, "mode": "warn"},
            {"enforce": True},
            ["b", "main"],
            {"dryRun": False},
            id="warned of, forced",
        ),
    ],
)
async def test_what_is_put_away(
    tmp_path: Path,
    upstream: Upstream,
    maintenance: dict[str, Any],
    params: dict[str, Any],
    left: list[str],
    told: dict[str, Any],
) -> None:
    """Old sessions go first, then the oldest of too many; the main one, pinned ones and the named one stay."""
    config = config_for(upstream, session={"maintenance": maintenance})
    async with running_gateway(tmp_path, upstream, config=config) as gateway, connected(gateway) as client:
        for key in ("main", "a", "b", "c"):
            await client.ask("sessions.create", key=key)
        await client.ask("sessions.patch", key="b", pinned=True)
        now = await client.ask("health")
        assert now["ok"]
        answer = await client.ask("sessions.cleanup", **params)
        assert {name: answer[name] for name in told} == told
        assert (answer["beforeCount"], await keys(client)) == (4, left)
        assert await keys(client, archived="all") == ["a", "b", "c", "main"]


async def test_who_may(tmp_path: Path, upstream: Upstream) -> None:
    """It is for admins, and an unknown agent is told."""
    async with running_gateway(tmp_path, upstream) as gateway:
        async with connected(gateway, scopes=["operator.write"]) as client:
            with pytest.raises(Refused, match=r"missing scope: operator\.admin"):
                await client.ask("sessions.cleanup")
        async with connected(gateway) as client:
            with pytest.raises(Refused, match="Unknown agent id"):
                await client.ask("sessions.cleanup", agent="nobody")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("30d", 30 * DAY_MS, id="days"),
        pytest.param("1h30m", 90 * 60_000, id="two units"),
        pytest.param("250ms", 250, id="milliseconds"),
        pytest.param("2", 2 * DAY_MS, id="text without unit"),
        pytest.param(0.5, DAY_MS // 2, id="a number"),
    ],
)
def test_durations(text: str | float, expected: int) -> None:
    """Durations are read as the config has them."""
    assert read_duration_ms(text) == expected
