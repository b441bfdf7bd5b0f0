"""`sessions.changed` and `session.message`: to those who subscribed, in the order of what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from tests.protocol_client import Frame, ProtocolClient, connected
from tests.running import Running, running_gateway
from tests.upstream import Answer, Call, Upstream

from openclaw_gateway.endpoints.gateway.session_feed import tell_operation
from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.tools.tool import ToolContext, ToolResult

WEB = "agent:main:web"


def shorten(event: Frame) -> str:
    """An event in one word or two."""
    payload = event["payload"]
    match event["event"]:
        case "sessions.changed":
            return f"changed {payload.get('reason') or payload.get('phase')}"
        case "session.message":
            return f"message {payload['message']['role']} {payload['messageSeq']}"
        case "chat":
            return f"chat {payload['state']}"
        case "agent":
            return f"agent {payload['stream']} {payload['data'].get('phase', '')}".strip()
        case name:
            return str(name)


async def settled(client: ProtocolClient, key: str) -> list[str]:
    """What was heard until a run of that session was over."""
    await client.wait_event("sessions.changed", sessionKey=key, phase="end")
    return [shorten(event) for event in client.events if event["event"] not in ("connect.challenge", "presence")]


async def test_order_of_one_turn(gateway: Running) -> None:
    """What is told of one turn, from its acceptance to its end."""
    async with connected(gateway) as client:
        await client.ask("sessions.subscribe")
        await client.ask("chat.send", sessionKey="main", message="hi", idempotencyKey="k")
        assert await settled(client, "agent:main:main") == [
            "changed send",
            "changed agent.run.started",
            "chat status",
            "agent run_status preparing_context",
            "agent lifecycle start",
            "message user 1",
            "agent run_status starting_model",
            "agent lifecycle model",
            "chat status",
            "agent assistant",
            "chat delta",
            "message assistant 2",
            "agent usage",
            "agent lifecycle finishing",
            "agent lifecycle end",
            "chat final",
            "changed agent.input.settled",
        ]
        assert [event["seq"] for event in client.events[1:]] == list(range(1, len(client.events)))


async def test_run_over_http_is_seen_live(gateway: Running) -> None:
    """A turn asked over HTTP is told to subscribers like any other, with the session as it is then."""
    async with connected(gateway) as client:
        await client.ask("sessions.subscribe")
        await gateway.chat("hi", headers={"x-openclaw-session-key": "web"})
        heard = await settled(client, WEB)
        assert heard[0] == "changed agent.run.started"
        assert [word for word in heard if word.startswith("message")] == ["message user 1", "message assistant 2"]
        assert (await client.wait_event("sessions.changed", phase="start")).get("session") is None
        ended = (await client.wait_event("sessions.changed", phase="end"))["session"]
        assert (ended["status"], ended["hasActiveRun"], ended["totalTokens"]) == ("done", False, 18)


async def test_only_subscribers_hear(gateway: Running) -> None:
    """Messages come to who subscribed to their session, changes to who subscribed to all; unsubscribing ends both."""
    async with connected(gateway) as one, connected(gateway) as silent, connected(gateway) as other:
        assert await one.ask("sessions.messages.subscribe", key="web") == {"subscribed": True, "key": WEB}
        await silent.ask("sessions.subscribe")
        assert await silent.ask("sessions.unsubscribe") == {"subscribed": False}
        await other.ask("sessions.messages.subscribe", key="web")
        assert await other.ask("sessions.messages.unsubscribe", key="web") == {"subscribed": False, "key": WEB}
        await gateway.chat("hi", headers={"x-openclaw-session-key": "web"})
        await gateway.chat("hi", headers={"x-openclaw-session-key": "another"})
        for client in (one, silent, other):
            await client.wait_event("chat", sessionKey="agent:main:another", state="final")
        names = {event["event"] for client in (silent, other) for event in client.events}
        assert names.isdisjoint({"session.message", "sessions.changed"})
        told = [event["payload"]["sessionKey"] for event in one.events if event["event"] == "session.message"]
        assert told == [WEB, WEB]


async def test_ephemeral_sessions_are_nobodys_news(gateway: Running) -> None:
    """A call without a session of its own changes no session that anybody could look at."""
    async with connected(gateway) as client:
        await client.ask("sessions.subscribe")
        await gateway.chat("hi")
        await client.wait_event("chat", state="final")
        await gateway.chat("hi", headers={"x-openclaw-session-key": "web"})
        heard = await settled(client, WEB)
        assert [word for word in heard if word.startswith(("message", "changed"))] == [
            "changed agent.run.started", "message user 1", "message assistant 2", "changed agent.input.settled",
        ]  # fmt: skip
        assert (await client.ask("sessions.list"))["totalCount"] == 1


async def test_failed_run_is_told(tmp_path: Path, upstream: Upstream) -> None:
    """A run that failed leaves its error in the session's row, until a run of that session does better."""
    upstream.fail(401)
    async with running_gateway(tmp_path, upstream) as gateway, connected(gateway) as client:
        await client.ask("sessions.subscribe")
        await client.ask("chat.send", sessionKey="main", message="hi", idempotencyKey="a")
        ended = (await client.wait_event("sessions.changed", phase="end", runId="a"))["session"]
        assert ended["status"] == "failed"
        assert ended["lastRunError"]
        await client.ask("chat.send", sessionKey="main", message="hi", idempotencyKey="b")
        ended = (await client.wait_event("sessions.changed", phase="end", runId="b"))["session"]
        assert (ended["status"], ended.get("lastRunError")) == ("done", None)


@dataclass
class Look:
    """A tool that says what it sees."""

    name: str = "look"
    description: str = "Looks."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b'{"type":"object"}'))
    is_parallel: bool = True

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        return ToolResult.of_text("a harbour")


async def test_tools_are_told_to_who_watches(tmp_path: Path, upstream: Upstream) -> None:
    """Who watches a session hears what its tools do, once: who declared tool-events has it from the run."""
    upstream.plan(Answer(calls=(Call("look", ("{}",)),)))
    options = GatewayOptions(tools={"look": Look()})
    async with (
        running_gateway(tmp_path, upstream, options=options) as gateway,
        connected(gateway) as one,
        connected(gateway) as all_of_them,
        connected(gateway, caps=["tool-events"]) as capable,
        connected(gateway) as stranger,
    ):
        await one.ask("sessions.messages.subscribe", key="main")
        await all_of_them.ask("sessions.subscribe")
        await capable.ask("sessions.subscribe")
        await stranger.ask("sessions.messages.subscribe", key="another")
        await one.ask("chat.send", sessionKey="main", message="hi", idempotencyKey="k")
        for client in (one, all_of_them, capable, stranger):
            await client.wait_event("chat", state="final")
        told = [
            [event["payload"]["data"]["phase"] for event in client.events if event["event"] == "session.tool"]
            for client in (one, all_of_them, capable, stranger)
        ]
        assert told == [["start", "result"], ["start", "result"], [], []]
        own = [event for event in capable.events if event["event"] == "agent" and event["payload"]["stream"] == "tool"]
        assert len(own) == 2


async def test_compaction_is_told(gateway: Running) -> None:
    """Who watches a session hears that a compaction of it begins, and how it ended."""
    async with connected(gateway) as client, connected(gateway) as stranger:
        await client.ask("sessions.messages.subscribe", key="web")
        services = gateway.gateway.services
        tell_operation(services, WEB, "main", "op-1")
        tell_operation(services, WEB, "main", "op-1", completed=False, reason="too small")
        ended = await client.wait_event("session.operation", phase="end")
        assert ended == {
            "operationId": "op-1", "operation": "compact", "phase": "end", "sessionKey": WEB, "agentId": "main",
            "ts": ended["ts"], "completed": False, "reason": "too small",
        }  # fmt: skip
        assert "completed" not in await client.wait_event("session.operation", phase="start")
        await stranger.ask("health")
        assert "session.operation" not in {event["event"] for event in stranger.events}
