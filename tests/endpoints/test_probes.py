"""The probes, over real sockets."""

import json

import pytest
from tests.wire.house import BEARER, Calm, get, open_house

from openclaw_gateway.auth.peer import ProxyTrust

REMOTE = "X-Forwarded-For: 198.51.100.1\r\n"
BEHIND_PROXY = ProxyTrust.build(["127.0.0.1"])


@pytest.mark.parametrize(
    ("path", "condition", "status", "body"),
    [
        pytest.param("/health", Calm(is_started=False), 200, {"ok": True, "status": "live"}, id="live at once"),
        pytest.param("/healthz", Calm(is_draining=True), 200, {"ok": True, "status": "live"}, id="live to the end"),
        pytest.param(
            "/startup", Calm(), 200, {"ok": True, "status": "started", "version": "1.2.3", "uptimeMs": 42}, id="started"
        ),
        pytest.param(
            "/startupz",
            Calm(is_started=False),
            503,
            {"ok": False, "status": "starting", "version": "1.2.3", "uptimeMs": 42},
            id="starting",
        ),
        pytest.param(
            "/startup",
            Calm(is_draining=True),
            503,
            {"ok": False, "status": "draining", "version": "1.2.3", "uptimeMs": 42},
            id="draining",
        ),
        pytest.param("/ready", Calm(), 200, {"ready": True, "failing": [], "uptimeMs": 42}, id="ready"),
        pytest.param(
            "/readyz",
            Calm(broken=["agent-database:main"]),
            503,
            {"ready": False, "failing": ["agent-database:main"], "uptimeMs": 42},
            id="something is broken",
        ),
        pytest.param(
            "/ready", Calm(is_draining=True), 503, {"ready": False, "failing": ["draining"], "uptimeMs": 42}, id="going"
        ),
    ],
)
async def test_states(path: str, condition: Calm, status: int, body: dict[str, object]) -> None:
    """A local caller sees the state with its details; nothing of it may be stored."""
    async with open_house(condition=condition) as house:
        answer = await house.ask(get(path, ""))
        assert (answer.status, json.loads(answer.body)) == (status, body)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("extra", "has_details"),
    [
        pytest.param(REMOTE, False, id="stranger"),
        pytest.param(REMOTE + "Authorization: Bearer wrong\r\n", False, id="wrong credential"),
        pytest.param(REMOTE + BEARER, True, id="verified"),
        pytest.param("", True, id="local"),
    ],
)
async def test_details_are_gated(extra: str, has_details: bool) -> None:
    """Remote strangers see the bare state, whatever they show; verified and local callers the details."""
    async with open_house(proxies=BEHIND_PROXY, condition=Calm(broken=["secret-name"])) as house:
        for path in ("/ready", "/startup"):
            answer = await house.ask(get(path, extra))
            assert ("uptimeMs" in json.loads(answer.body)) is has_details
        assert (b"secret-name" in (await house.ask(get("/ready", extra))).body) is has_details


async def test_probes_while_locked_out() -> None:
    """A locked-out client can still probe, and learns nothing of its guesses."""
    async with open_house(proxies=BEHIND_PROXY) as house:
        for number in range(15):
            answer = await house.ask(get("/ready", f"{REMOTE}Authorization: Bearer guess-{number}\r\n"))
            assert json.loads(answer.body) == {"ready": True}
        assert json.loads((await house.ask(get("/ready", REMOTE + BEARER))).body) == {"ready": True}
