"""`chat.send` and `sessions.send`: a message is acknowledged, and told what became of it when asked again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running, eventually, texts_of
from tests.upstream import PAUSE, Upstream

MAIN = "agent:main:main"


@pytest.fixture
async def client(gateway: Running) -> AsyncIterator[ProtocolClient]:
    """A client with the full grant."""
    async with connected(gateway) as connection:
        yield connection


async def send(client: ProtocolClient, message: str, key: str, **more: Any) -> Any:
    return await client.ask("chat.send", sessionKey="main", message=message, idempotencyKey=key, **more)


async def test_message_is_stored_when_acknowledged(
    gateway: Running, client: ProtocolClient, upstream: Upstream
) -> None:
    """`started` comes while the model is silent, and the message is in the session by then; the key asks how far."""
    upstream.say(PAUSE, "Hello.")
    assert await send(client, "hi", "k") == {"runId": "k", "status": "started", "messageSeq": 1}
    assert texts_of(await gateway.history("main")) == [("user", "hi")]
    assert await send(client, "hi", "k") == {"runId": "k", "status": "in_flight"}
    upstream.go_on()
    final = await client.wait_event("chat", runId="k", state="final")
    assert final["message"]["content"] == [{"type": "text", "text": "Hello."}]
    assert await send(client, "hi", "k") == {"runId": "k", "status": "ok"}
    assert len(upstream.requests) == 1


async def test_failed_run_is_told_to_who_asks_again(client: ProtocolClient, upstream: Upstream) -> None:
    """A key whose run failed gives `error`, and no second run."""
    upstream.fail(401)
    await send(client, "hi", "k")
    await client.wait_event("chat", runId="k", state="error")
    assert (await send(client, "hi", "k"))["status"] == "error"


async def test_key_belongs_to_one_message(client: ProtocolClient) -> None:
    """The same key with other words is refused."""
    await send(client, "hi", "k")
    with pytest.raises(Refused, match="was used for another request"):
        await send(client, "something else", "k")


async def test_queued_message_is_acknowledged_at_once(client: ProtocolClient, upstream: Upstream) -> None:
    """What waits behind a run is taken without waiting for it, shown as pending, and answered in its turn."""
    upstream.say("One", PAUSE)
    upstream.say("Two")
    await send(client, "first", "a")
    assert await send(client, "second", "b") == {"runId": "b", "status": "started"}
    history = await client.ask("chat.history", sessionKey="main", inputRunIds=["a", "b", "c"])
    (pending,) = history["pendingInputs"]["items"]
    assert (pending["runId"], pending["state"], pending["message"]["content"]) == ("b", "queued", "second")
    assert history["inputReceipts"] == [
        {"runId": "a", "state": "consumed", "consumedByEventId": history["messages"][0]["__openclaw"]["id"]},
        {"runId": "b", "state": "pending"},
    ]
    upstream.go_on()
    await client.wait_event("chat", runId="b", state="final")


async def test_interrupt_takes_the_place_of_a_run(client: ProtocolClient, upstream: Upstream) -> None:
    """With queueMode interrupt the run before is aborted and the new message is answered."""
    upstream.say("One", PAUSE)
    upstream.say("Two")
    await send(client, "first", "a")
    await send(client, "second", "b", queueMode="interrupt")
    await client.wait_event("chat", runId="a", state="aborted")
    await client.wait_event("chat", runId="b", state="final")


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        pytest.param({"message": "  "}, "at /message: must not be blank", id="blank"),
        pytest.param({"attachments": [{}]}, "at /attachments/0/content: ", id="attachments"),
        pytest.param({"deliver": True}, "at /deliver: not supported", id="deliver"),
        pytest.param({"sessionKey": "agent:ops:x"}, 'Unknown agent id "ops"', id="unknown agent"),
        pytest.param({"sessionKey": "agent:main:subagent:x"}, "reserved", id="reserved key"),
        pytest.param({"sessionKey": " "}, "must not be blank", id="blank key"),
        pytest.param({"idempotencyKey": "a\nb"}, "at /idempotencyKey", id="key that is no word"),
        pytest.param({"bogus": 1}, "at root: unexpected property 'bogus'", id="unknown param"),
        pytest.param({"expectedLeafEntryId": "7"}, "went on: its last entry is none", id="another leaf"),
    ],
)
async def test_refused_by_name(client: ProtocolClient, upstream: Upstream, params: dict[str, Any], fault: str) -> None:
    """What cannot be done is refused before anything happens, naming the param."""
    with pytest.raises(Refused, match=fault):
        await client.ask("chat.send", **{"sessionKey": "main", "message": "hi", "idempotencyKey": "k"} | params)
    assert upstream.requests == []


async def test_what_the_client_saw_must_still_be_so(client: ProtocolClient) -> None:
    """A message meant for another session id, or for an older end of the session, is not stored."""
    await send(client, "hi", "a")
    await client.wait_event("chat", runId="a", state="final")
    history = await client.ask("chat.history", sessionKey="main")
    with pytest.raises(Refused, match="is not the one with id other"):
        await send(client, "more", "b", sessionId="other")
    with pytest.raises(Refused, match="went on"):
        await send(client, "more", "b", expectedLeafEntryId=None)
    leaf = history["messages"][-1]["__openclaw"]["id"]
    told = await send(client, "more", "b", expectedLeafEntryId=leaf, sessionId=history["sessionId"])
    assert told["messageSeq"] == 3


async def test_session_must_exist_for_sessions_send(client: ProtocolClient) -> None:
    """`sessions.send` begins no session, and goes on with one that is there."""
    with pytest.raises(Refused, match="session not found: new"):
        await client.ask("sessions.send", key="new", message="hi")
    await client.ask("sessions.create", key="new")
    sent = await client.ask("sessions.send", key="new", message="hi")
    assert (sent["status"], sent["messageSeq"]) == ("started", 1)


async def test_scopes(gateway: Running) -> None:
    """Reading is not enough to say something."""
    async with connected(gateway, scopes=["operator.read"]) as reader:
        with pytest.raises(Refused, match=r"missing scope: operator\.write"):
            await send(reader, "hi", "k")
    await eventually(lambda: not gateway.gateway.services.runs.live)
