"""Which scope each method asks: the table of the original, and what depends on params."""

import json
from typing import Any

import pytest
from tests.protocol_client import Refused, connected
from tests.running import Running

READ = "operator.read"
WRITE = "operator.write"
ADMIN = "operator.admin"
APPROVALS = "operator.approvals"
PAIRING = "operator.pairing"

SCOPES = {
    READ: """
        agent.identity.get agents.files.get agents.files.list agents.list chat.history chat.message.get commands.list
        config.get config.schema config.schema.lookup cron.list gateway.identity.get health logs.tail models.list
        sessions.describe sessions.get sessions.list sessions.messages.subscribe sessions.messages.unsubscribe
        sessions.preview sessions.resolve sessions.search sessions.subscribe sessions.unsubscribe sessions.usage
        skills.status status system-presence taskSuggestions.list tools.catalog tools.effective usage.cost usage.status
    """,
    WRITE: "agent.wait chat.abort sessions.abort sessions.send tools.invoke",
    ADMIN: """
        agents.create agents.delete agents.files.set agents.update chat.inject config.apply config.patch config.set
        exec.approvals.get exec.approvals.set sessions.cleanup sessions.compact sessions.reset
    """,
    APPROVALS: """
        exec.approval.get exec.approval.list exec.approval.request exec.approval.resolve exec.approval.waitDecision
        plugin.approval.list
    """,
    PAIRING: """
        device.pair.approve device.pair.list device.pair.reject device.pair.remove device.pair.rename
        device.token.revoke device.token.rotate
    """,
    "operator.questions": "question.list",
}
FIXED = {method: scope for scope, methods in SCOPES.items() for method in methods.split()}

KEY = {"key": "x"}
SAY = {"sessionKey": "x", "message": "hi", "idempotencyKey": "k"}
BY_PARAMS: list[tuple[str, dict[str, Any], str]] = [
    ("agent", {"message": "hi", "idempotencyKey": "k"}, WRITE),
    ("agent", {"message": "/new", "idempotencyKey": "k"}, ADMIN),
    ("agent", {"message": "/reset now", "idempotencyKey": "k"}, ADMIN),
    ("agent", {"message": "hi", "idempotencyKey": "k", "model": "up/tiny"}, ADMIN),
    ("chat.send", SAY, WRITE),
    ("chat.send", {**SAY, "message": "/reset"}, ADMIN),
    ("sessions.create", KEY, WRITE),
    ("sessions.create", {**KEY, "cwd": "/"}, ADMIN),
    ("sessions.delete", KEY, ADMIN),
    ("sessions.delete", {**KEY, "archivedOnly": True}, WRITE),
    ("sessions.patch", {**KEY, "label": "x"}, WRITE),
    ("sessions.patch", {**KEY, "sendPolicy": "deny"}, ADMIN),
]


async def test_every_method_has_a_row(gateway: Running) -> None:
    """A method that is told at connect is in one of the two tables."""
    async with connected(gateway) as client:
        hello = next(frame for name, frame in client.frames if name == "connect")["payload"]
        assert sorted({*FIXED, *[method for method, _, _ in BY_PARAMS]}) == sorted(hello["features"]["methods"])


async def test_fixed_scopes(gateway: Running) -> None:
    """Who has no scope is refused by the name of the one that the method asks, before its params are looked at."""
    async with connected(gateway, scopes=[]) as client:
        for method, scope in FIXED.items():
            with pytest.raises(Refused) as refused:
                await client.ask(method, nonsense=True)
            assert refused.value.error["details"]["missingScope"] == scope, method


@pytest.mark.parametrize(
    ("method", "params", "scope"), [pytest.param(*row, id=f"{row[0]} {json.dumps(row[1])}") for row in BY_PARAMS]
)
async def test_scopes_by_params(gateway: Running, method: str, params: dict[str, Any], scope: str) -> None:
    """What a request asks for decides where it asks for more than usual."""
    async with connected(gateway, scopes=[]) as client:
        with pytest.raises(Refused) as refused:
            await client.ask(method, **params)
        assert refused.value.error["details"]["missingScope"] == scope
