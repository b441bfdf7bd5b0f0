"""Answers that say that there is nothing to say."""

import pytest
from tests.protocol_client import connected
from tests.running import Running
from tests.upstream import Answer, Upstream

from openclaw_gateway.dialects.gateway.chat_events import ChatEvents
from openclaw_gateway.dialects.gateway.silent_reply import is_silent, is_silent_text, may_become_silent
from openclaw_gateway.events import TextDelta
from openclaw_gateway.messages import AssistantMessage, TextPart, ToolCall, UserMessage


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("NO_REPLY", True, id="the mark"),
        pytest.param(" NO_REPLY\n", True, id="with space around"),
        pytest.param("NO_REPLY, really", False, id="more than that"),
        pytest.param("no_reply", False, id="another case"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_what_is_silent(text: str, expected: bool) -> None:
    """Only the mark alone is a silent reply, said by the model and without calls."""
    assert is_silent_text(text) == expected
    assert is_silent(AssistantMessage((TextPart(text),))) == expected
    assert not is_silent(UserMessage(text))
    assert not is_silent(AssistantMessage((TextPart(text), ToolCall("c", "look", "{}"))))


@pytest.mark.parametrize("text", ["NO_REPLY", "NO", "NOw it begins", "N O", "plain"])
def test_text_is_held_back_no_longer_than_it_must(text: str) -> None:
    """Letter by letter: what could be the mark waits, and nothing of any other text is lost or told twice."""
    events = ChatEvents("r", "k", "a")
    told = [event.delta_text or "" for letter in text if (event := events.translate(TextDelta(letter), 0)) is not None]
    assert "".join(told) == ("" if may_become_silent(text) else text)


async def test_nobody_is_shown_a_silent_reply(gateway: Running, upstream: Upstream) -> None:
    """Events, results and history are silent; the turn is stored all the same, and the next one is seen."""
    upstream.plan(Answer(("NO_", "REPLY")))
    async with connected(gateway) as client:
        await client.ask("sessions.subscribe")
        request = await client.send("agent", sessionKey="main", message="hi", idempotencyKey="k")
        assert (await client.answer(request))["status"] == "accepted"
        assert (await client.answer(request))["result"]["payloads"] == []
        final = await client.wait_event("chat", state="final")
        assert "message" not in final
        assert not [event for event in client.events if event["payload"].get("state") == "delta"]
        roles = [event["payload"]["message"]["role"] for event in client.events if event["event"] == "session.message"]
        assert roles == ["user"]
        page = await client.ask("chat.history", sessionKey="main")
        assert ([message["role"] for message in page["messages"]], page["totalMessages"]) == (["user"], 2)
        await client.ask("chat.send", sessionKey="main", message="again", idempotencyKey="k2")
        await client.ask("agent.wait", runId="k2")
        later = await client.ask("chat.history", sessionKey="main", cursor=page["deltaCursor"])
        assert [message["role"] for message in later["messages"]] == ["user", "assistant"]
