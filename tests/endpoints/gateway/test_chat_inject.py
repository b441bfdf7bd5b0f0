"""`chat.inject`: a note in the assistant's voice."""

import pytest
from tests.protocol_client import Refused, connected
from tests.running import Running, texts_of
from tests.upstream import PAUSE, Upstream


async def test_note_is_stored_and_told(gateway: Running, upstream: Upstream) -> None:
    """The note is in the history, is told as an answer, and the next turn's model reads it."""
    async with connected(gateway) as client:
        await client.ask("sessions.create", key="main")
        await client.ask("sessions.messages.subscribe", key="main")
        told = await client.ask("chat.inject", sessionKey="main", message="The build is done.", label="ci")
        final = await client.wait_event("chat", state="final")
        assert final["message"]["content"][0]["text"] == "[ci]\n\nThe build is done."
        added = await client.wait_event("session.message")
        assert (added["messageId"], added["messageSeq"]) == (told["messageId"], 1)
        await client.ask("chat.send", sessionKey="main", message="And?", idempotencyKey="k")
        await client.wait_event("chat", runId="k", state="final")
    assert "The build is done." in str((await upstream.wait_requests()).json["messages"])


async def test_note_waits_for_the_run(gateway: Running, upstream: Upstream) -> None:
    """A note never stands between a message and its answer."""
    upstream.say("Hel", PAUSE, "lo.")
    async with connected(gateway) as client:
        await client.ask("chat.send", sessionKey="main", message="hi", idempotencyKey="k")
        await client.wait_event("chat", state="delta")
        noting = await client.send("chat.inject", sessionKey="main", message="note")
        upstream.go_on()
        await client.answer(noting)
    assert texts_of(await gateway.history("main")) == [("user", "hi"), ("assistant", "Hello."), ("assistant", "note")]


async def test_note_needs_a_session_and_an_admin(gateway: Running) -> None:
    """An unknown session is told, and writing is not enough."""
    async with connected(gateway) as client:
        with pytest.raises(Refused, match="session not found: new"):
            await client.ask("chat.inject", sessionKey="new", message="note")
    async with connected(gateway, scopes=["operator.write"]) as writer:
        with pytest.raises(Refused, match=r"missing scope: operator\.admin"):
            await writer.ask("chat.inject", sessionKey="main", message="note")
