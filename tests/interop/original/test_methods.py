"""Methods and events that no program of the original asks for in the other tests: their form is the published one."""

from collections.abc import AsyncIterator

import pytest
from bench.processes import TOKEN
from tests.interop.original.relay import Relay
from tests.protocol_client import ProtocolClient, joined


@pytest.fixture
async def client(relay: Relay) -> AsyncIterator[ProtocolClient]:
    """A client of ours behind the relay, which holds every frame against the published schema in the end."""
    async with joined(relay.url, TOKEN) as client:
        await client.ask("sessions.subscribe")
        yield client


async def say(client: ProtocolClient, message: str, key: str) -> None:
    """One turn, to its end."""
    asked = await client.ask("chat.send", sessionKey=key, message=message, idempotencyKey=f"{key}-{message[:80]}")
    await client.wait_event("chat", runId=asked["runId"], state="final")


async def test_search(client: ProtocolClient) -> None:
    """Words that were said are found."""
    await say(client, "Where did I leave the hyperboloid?", "lost")
    found = await client.ask("sessions.search", query="hyperboloid")
    assert found["results"][0]["sessionKey"] == "agent:main:lost"


async def test_compaction(client: ProtocolClient) -> None:
    """Its beginning and its end are told to who watches the session."""
    for number in range(4):
        await say(client, f"{number} [[say {'the quick brown fox ' * 40}]]", "long")
    done = await client.ask("sessions.compact", key="long")
    assert done["compacted"] is True, done
    begun = await client.wait_event("session.operation", phase="start")
    ended = await client.wait_event("session.operation", phase="end")
    assert (begun["operationId"], ended["completed"]) == (ended["operationId"], True)


async def test_tool(client: ProtocolClient) -> None:
    """What a tool does is told to who watches the session."""
    await say(client, '[[call read {"path": "AGENTS.md"}]] [[then]] [[say I have read it.]]', "tooled")
    told = await client.wait_event("session.tool", sessionKey="agent:main:tooled")
    assert told["data"]["name"] == "read"


async def test_agents_and_config(client: ProtocolClient) -> None:
    """Agents come and go, which is a change of the config; what may stand in it can be looked up."""
    created = await client.ask("agents.create", name="Extra", emoji="🦀")
    await client.wait_event("config.changed")
    await client.ask("agents.update", agentId=created["agentId"], name="More")
    deleted = await client.ask("agents.delete", agentId=created["agentId"])
    assert deleted["ok"] is True
    assert (await client.ask("config.schema.lookup", path="agents.defaults"))["path"] == "agents.defaults"


async def test_approvals(client: ProtocolClient) -> None:
    """A command that waits for a person is told, listed and resolved; what is allowed for good is a file."""
    asking = await client.send("exec.approval.request", id="a1", command="ls", cwd="/", timeoutMs=10_000)
    await client.wait_event("exec.approval.requested")
    (waiting,) = await client.ask("exec.approval.list")
    assert (waiting["id"], waiting["request"]["command"]) == ("a1", "ls")
    assert (await client.ask("exec.approval.get", id="a1"))["id"] == "a1"
    await client.ask("exec.approval.resolve", id="a1", decision="deny")
    assert (await client.answer(asking))["decision"] == "deny"
    await client.wait_event("exec.approval.resolved", id="a1")
    kept = await client.ask("exec.approvals.get")
    assert kept["file"]["version"] == 1


async def test_lists(client: ProtocolClient) -> None:
    """Usage, previews, settings and cleaning up have their form."""
    await say(client, "Good morning", "seen")
    for method, params in (
        ("sessions.usage", {}),
        ("sessions.preview", {"keys": ["agent:main:seen"]}),
        ("sessions.describe", {"key": "agent:main:seen"}),
        ("sessions.get", {"key": "agent:main:seen"}),
        ("sessions.patch", {"key": "agent:main:seen", "thinkingLevel": "low"}),
        ("sessions.reset", {"key": "agent:main:seen"}),
        ("sessions.cleanup", {}),
        ("device.pair.list", {}),
        ("gateway.identity.get", {}),
    ):
        assert await client.ask(method, **params) is not None
