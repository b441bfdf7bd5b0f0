"""`chat.history` and `chat.message.get`: pages, what came since, and the run in flight."""

from collections.abc import AsyncIterator

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running
from tests.upstream import PAUSE, Upstream


@pytest.fixture
async def client(gateway: Running) -> AsyncIterator[ProtocolClient]:
    """A client with the full grant."""
    async with connected(gateway) as connection:
        yield connection


async def talk(client: ProtocolClient, *messages: str) -> None:
    for message in messages:
        await client.ask("chat.send", sessionKey="main", message=message, idempotencyKey=message)
        await client.wait_event("chat", runId=message, state="final")


async def test_unknown_session_is_an_empty_history(client: ProtocolClient) -> None:
    """A session that nobody spoke in has no messages and no id, and a cursor that leads nowhere later."""
    told = await client.ask("chat.history", sessionKey="new")
    assert (told["messages"], told["sessionId"], told["sessionInfo"], told["totalMessages"]) == ([], None, None, 0)
    assert told["defaults"] == {"modelProvider": "up", "model": "tiny", "contextTokens": 32_000}


async def test_pages_go_back_to_the_beginning(client: ProtocolClient) -> None:
    """Pages of any size together are the whole history, newest page first."""
    await talk(client, "a", "b", "c")
    seen: list[int] = []
    offset = 0
    while True:
        page = await client.ask("chat.history", sessionKey="main", limit=4, offset=offset)
        seen = [message["__openclaw"]["seq"] for message in page["messages"]] + seen
        if not page["hasMore"]:
            break
        offset = page["nextOffset"]
    assert seen == [1, 2, 3, 4, 5, 6]
    assert page["totalMessages"] == 6


async def test_page_around_a_message(client: ProtocolClient) -> None:
    """A message that is asked for by id is on the page; one that is not there is told."""
    await talk(client, "a", "b", "c")
    whole = await client.ask("chat.history", sessionKey="main")
    wanted = whole["messages"][1]["__openclaw"]["id"]
    page = await client.ask("chat.history", sessionKey="main", messageId=wanted, limit=2)
    assert wanted in [message["__openclaw"]["id"] for message in page["messages"]]
    assert page["hasMore"]
    with pytest.raises(Refused, match="no message 999"):
        await client.ask("chat.history", sessionKey="main", messageId="999")


async def test_cursor_gives_what_came_since(client: ProtocolClient) -> None:
    """With a cursor only new messages come; after a reset, or with a cursor of another session, `reset` comes."""
    await talk(client, "a")
    cursor = (await client.ask("chat.history", sessionKey="main"))["deltaCursor"]
    assert (await client.ask("chat.history", sessionKey="main", cursor=cursor))["messages"] == []
    await talk(client, "b")
    delta = await client.ask("chat.history", sessionKey="main", cursor=cursor)
    assert delta["kind"] == "delta"
    assert [message["role"] for message in delta["messages"]] == ["user", "assistant"]
    assert delta["sessionInfo"]["status"] == "done"
    for lost in ("nonsense", "none:0", f"{cursor}9", cursor.rpartition(":")[0]):
        assert await client.ask("chat.history", sessionKey="main", cursor=lost) == {"kind": "reset"}
    assert await client.ask("chat.history", sessionKey="main", cursor=cursor, limit=1) == {"kind": "reset"}
    await client.ask("sessions.reset", key="main")
    assert await client.ask("chat.history", sessionKey="main", cursor=delta["deltaCursor"]) == {"kind": "reset"}


async def test_reconnecting_client_finds_the_run_in_flight(gateway: Running, upstream: Upstream) -> None:
    """A client that comes in the middle of an answer, even one asked over HTTP, is told its text so far."""
    upstream.say("So far", PAUSE, " so good.")
    async with connected(gateway) as first:
        await first.ask("chat.send", sessionKey="main", message="hi", idempotencyKey="k")
        await first.wait_event("chat", state="delta")
    async with connected(gateway) as second:
        told = await second.ask("chat.history", sessionKey="main")
        assert told["inFlightRun"]["runId"] == "k"
        assert told["inFlightRun"]["text"] == "So far"
        assert told["sessionInfo"]["activeRunIds"] == ["k"]
        upstream.go_on()
        final = await second.wait_event("chat", runId="k", state="final")
        assert final["message"]["content"][0]["text"] == "So far so good."


async def test_long_texts_are_cut_and_can_be_fetched(client: ProtocolClient, upstream: Upstream) -> None:
    """History shows the beginning of a long text and says so; `chat.message.get` has all of it."""
    upstream.say("x" * 9000)
    await talk(client, "a")
    shown = (await client.ask("chat.history", sessionKey="main"))["messages"][1]
    assert shown["__openclaw"]["truncated"]
    assert shown["content"][0]["text"].startswith("x" * 8000 + "\n...(truncated)")
    message_id = shown["__openclaw"]["id"]
    whole = await client.ask("chat.message.get", sessionKey="main", messageId=message_id)
    assert whole["message"]["content"][0]["text"] == "x" * 9000
    small = await client.ask("chat.message.get", sessionKey="main", messageId=message_id, maxChars=100)
    assert small == {"ok": False, "unavailableReason": "oversized"}
    for key in ("main", "new"):
        missing = await client.ask("chat.message.get", sessionKey=key, messageId="999")
        assert missing == {"ok": False, "unavailableReason": "not_found"}


async def test_transcript_of_another_id_is_not_there(client: ProtocolClient) -> None:
    """A session id that is not the session's has no history here."""
    await talk(client, "a")
    with pytest.raises(Refused, match="holds no transcript other"):
        await client.ask("chat.history", sessionKey="main", sessionId="other")


async def test_page_is_bounded_in_bytes(client: ProtocolClient) -> None:
    """Messages that do not fit into one answer come with the next page, and none is left out."""
    await client.ask("sessions.create", key="main")
    for _ in range(14):
        await client.ask("chat.inject", sessionKey="main", message="x" * 500_000)
    newest = await client.ask("chat.history", sessionKey="main", maxChars=500_000)
    assert newest["hasMore"]
    rest = await client.ask("chat.history", sessionKey="main", maxChars=500_000, offset=newest["nextOffset"])
    assert not rest["hasMore"]
    seen = [message["__openclaw"]["seq"] for message in rest["messages"] + newest["messages"]]
    assert seen == list(range(1, 15))
