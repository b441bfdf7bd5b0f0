"""Beginning and ending sessions."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running, texts_of
from tests.upstream import PAUSE, Upstream

MAIN = "agent:main:main"


@pytest.fixture
async def client(gateway: Running) -> AsyncIterator[ProtocolClient]:
    """A client with the full grant that hears of all sessions."""
    async with connected(gateway) as connection:
        await connection.ask("sessions.subscribe")
        yield connection


async def talk(client: ProtocolClient, key: str, message: str) -> None:
    await client.ask("chat.send", sessionKey=key, message=message, idempotencyKey=message)
    await client.wait_event("chat", runId=message, state="final")


async def test_reset_begins_anew(gateway: Running, client: ProtocolClient, upstream: Upstream) -> None:
    """Same id and name, another revision, counters at zero; the model does not hear of what was before."""
    await talk(client, "main", "before")
    await client.ask("sessions.patch", key="main", label="Plans")
    before = (await client.ask("sessions.describe", key="main"))["session"]
    told = await client.ask("sessions.reset", key="main", reason="new")
    entry = told["entry"]
    assert (entry["sessionId"], entry["label"]) == (before["sessionId"], "Plans")
    assert entry["lifecycleRevision"] != before["lifecycleRevision"]
    assert (entry["inputTokens"], entry["outputTokens"], entry["totalTokens"]) == (0, 0, 0)
    assert (await client.wait_event("sessions.changed", reason="new"))["session"] == entry
    assert await gateway.history("main") == []
    await talk(client, "main", "after")
    assert "before" not in str(upstream.requests[-1].json["messages"])
    with pytest.raises(Refused, match="was reset meanwhile"):
        await client.ask("sessions.patch", key="main", label="x", expectedLifecycleRevision=before["lifecycleRevision"])


async def test_reset_ends_the_run(gateway: Running, client: ProtocolClient, upstream: Upstream) -> None:
    """A run in flight is aborted by a reset, and none of its answer is in the session that begins."""
    upstream.say("Half", PAUSE, " and half.")
    await client.ask("chat.send", sessionKey="main", message="hi", idempotencyKey="k")
    await client.wait_event("chat", runId="k", state="delta")
    await client.ask("sessions.reset", key="main")
    await client.wait_event("chat", runId="k", state="aborted")
    assert await gateway.history("main") == []


async def test_reset_of_a_session_that_is_not_there(client: ProtocolClient) -> None:
    """A reset begins the session if nobody has yet."""
    told = await client.ask("sessions.reset", key="main")
    assert told["key"] == MAIN
    assert (await client.ask("sessions.list"))["totalCount"] == 1


async def test_delete_removes_all(gateway: Running, client: ProtocolClient, tmp_path: Path) -> None:
    """A deleted session is in no list and has no history, but in a file; deleting it again says so."""
    await talk(client, "web", "hi")
    told = await client.ask("sessions.delete", key="web")
    (archived,) = told["archived"]
    assert told == {"ok": True, "key": "agent:main:web", "deleted": True, "archived": [archived]}
    assert "Hello." in (tmp_path / "deleted-sessions" / archived).read_text()
    await client.wait_event("sessions.changed", reason="delete", sessionKey="agent:main:web")
    assert await gateway.history("web") == []
    assert (await client.ask("sessions.list"))["totalCount"] == 0
    assert not (await client.ask("sessions.delete", key="web"))["deleted"]


async def test_delete_keeps_what_was_before_a_reset(client: ProtocolClient, tmp_path: Path) -> None:
    """A session that was reset and then deleted leaves all that was ever said in it."""
    await talk(client, "web", "hi")
    await client.ask("sessions.reset", key="web")
    (archived,) = (await client.ask("sessions.delete", key="web"))["archived"]
    assert "Hello." in (tmp_path / "deleted-sessions" / archived).read_text()


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        pytest.param({"key": "main"}, r"Cannot delete the main session \(agent:main:main\)", id="main"),
        pytest.param({"deleteTranscript": False}, "at /deleteTranscript", id="without its transcript"),
        pytest.param({"expectedSessionId": "x"}, "not the one with id x", id="another id"),
        pytest.param({"expectedLifecycleRevision": "x"}, "was reset meanwhile", id="another revision"),
        pytest.param({"expectedSessionUpdatedAt": 1}, "was used meanwhile", id="used since"),
        pytest.param({"archivedOnly": True}, "is not archived", id="not archived"),
    ],
)
async def test_delete_is_refused(client: ProtocolClient, params: dict[str, object], fault: str) -> None:
    """The main session stays, and so does one that is not what the client saw."""
    await talk(client, "web", "hi")
    with pytest.raises(Refused, match=fault):
        await client.ask("sessions.delete", **{"key": "web"} | params)
    assert (await client.ask("sessions.describe", key="web"))["session"] is not None


async def test_archived_may_be_removed_by_writers(gateway: Running) -> None:
    """Deleting is for admins, but for what is archived."""
    async with connected(gateway, scopes=["operator.write"]) as writer:
        await writer.ask("sessions.create", key="old")
        with pytest.raises(Refused, match="missing scope"):
            await writer.ask("sessions.delete", key="old")
        await writer.ask("sessions.patch", key="old", archived=True)
        assert (await writer.ask("sessions.delete", key="old", archivedOnly=True))["deleted"]


async def test_create(client: ProtocolClient) -> None:
    """A new session has a key of its own, is told and listed; the same idempotency key gives the same session."""
    told = await client.ask("sessions.create", label="Plans", category="work", idempotencyKey="k")
    assert told["key"].startswith("agent:main:dashboard:")
    assert (told["entry"]["label"], told["entry"]["category"]) == ("Plans", "work")
    assert told["entry"]["createdVia"] == "operator"
    assert (await client.wait_event("sessions.changed", reason="create"))["sessionKey"] == told["key"]
    again = await client.ask("sessions.create", label="Plans", idempotencyKey="k")
    assert (again["key"], again["sessionId"]) == (told["key"], told["sessionId"])
    other = await client.ask("sessions.create")
    assert other["key"] != told["key"]
    with pytest.raises(Refused, match="label already in use: Plans"):
        await client.ask("sessions.create", label="Plans")
    with pytest.raises(Refused, match="at /worktree: not supported"):
        await client.ask("sessions.create", worktree=True)
    with pytest.raises(Refused, match="unknown model"):
        await client.ask("sessions.create", model="nosuch/model")


async def test_create_with_a_message(gateway: Running, client: ProtocolClient) -> None:
    """The first message starts a run; a message that cannot be said is part of the answer."""
    told = await client.ask("sessions.create", message="hi", idempotencyKey="k")
    assert (told["runStarted"], told["runId"], told["messageSeq"]) == (True, "k", 1)
    await client.wait_event("chat", runId="k", state="final")
    assert texts_of(await gateway.history(told["key"])) == [("user", "hi"), ("assistant", "Hello.")]
    failed = await client.ask("sessions.create", message="other words", idempotencyKey="k")
    assert (failed["runStarted"], failed["runError"]["code"]) == (False, "INVALID_REQUEST")


async def test_compact_of_what_is_small_or_not_there(client: ProtocolClient) -> None:
    """Nothing is shortened and nothing is made up; lines are never cut off."""
    await talk(client, "main", "hi")
    told = await client.ask("sessions.compact", key="main")
    assert (told["ok"], told["compacted"]) == (False, False)
    assert told["reason"] == "Nothing to compact (session too small)"
    with pytest.raises(Refused, match="maxLines"):
        await client.ask("sessions.compact", key="main", maxLines=10)
    with pytest.raises(Refused, match="session not found: none"):
        await client.ask("sessions.compact", key="none")
