"""The run of a command, as each front end tells it."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.cli.command import openclaw
from tests.cli.home import demo_gateway
from tests.commands.saying import HEADERS, answer, say
from tests.protocol_client import connected
from tests.running import Running, config_for, running_gateway, texts_of
from tests.upstream import PAUSE, Upstream

ASKED = "/whoami"
TOLD = "You are shared-secret"


async def test_json(gateway: Running) -> None:
    """A whole answer: stop, and no tokens."""
    reply = (await say(gateway, ASKED)).json()
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert reply["choices"][0]["message"]["content"].startswith(TOLD)
    assert reply["usage"]["total_tokens"] == 0


async def test_stream(gateway: Running) -> None:
    """The same as events, and the end of the stream."""
    _, events = await gateway.stream(ASKED, headers=HEADERS)
    assert events[-1] == "[DONE]"
    deltas = [json.loads(event)["choices"][0]["delta"].get("content") or "" for event in events[:-1]]
    assert "".join(deltas).startswith(TOLD)


async def test_responses(tmp_path: Path, upstream: Upstream) -> None:
    """POST /v1/responses gives a completed response."""
    config = config_for(upstream)
    config["gateway"]["http"]["endpoints"]["responses"] = {"enabled": True}
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        body = {"model": "openclaw", "input": ASKED}
        reply = (await gateway.http.post("/v1/responses", json=body, headers=HEADERS)).json()
        body["stream"] = True  # type: ignore[assignment]  # a flag among texts
        stream = await gateway.http.post("/v1/responses", json=body, headers=HEADERS)
    assert reply["status"] == "completed"
    assert reply["output"][0]["content"][0]["text"].startswith(TOLD)
    assert "event: response.completed" in stream.text


async def test_protocol(gateway: Running) -> None:
    """agent, chat.send and sessions.send acknowledge and tell it; asked again, it is not done again."""
    async with connected(gateway) as client:
        final = await client.ask("agent", message=ASKED, sessionKey="talk", idempotencyKey="a")
        if final.get("status") == "accepted":
            final = await client.ask("agent", message=ASKED, sessionKey="talk", idempotencyKey="a")
        sent: dict[str, Any] = {"message": ASKED, "idempotencyKey": "b"}
        assert (await client.ask("chat.send", sessionKey="talk", **sent))["status"] == "started"
        told = await client.wait_event("chat", runId="b", state="final")
        assert (await client.ask("chat.send", sessionKey="talk", **sent))["status"] == "ok"
        assert (await client.ask("sessions.send", key="talk", message=ASKED))["status"] == "started"
        history = (await client.ask("chat.history", sessionKey="talk"))["messages"]
    assert told["message"]["content"][0]["text"].startswith(TOLD)
    assert all(message["excludeFromContext"] for message in history)
    assert len(history) <= 6


def test_command_line(tmp_path: Path) -> None:
    """The command line prints the answer."""
    with demo_gateway(tmp_path):
        ended = openclaw(tmp_path, "agent", "--message", ASKED)
    assert ended.code == 0, ended.err
    assert TOLD in ended.out


async def test_command_beside_a_run(gateway: Running, upstream: Upstream) -> None:
    """While a run is at work a command is answered at once, is not stored, and does not disturb it."""
    upstream.say("Hel", PAUSE, "lo.")
    talking = asyncio.create_task(say(gateway, "hi"))
    await upstream.wait_requests()
    assert "runs of this session: 1" in await answer(gateway, "/status")
    upstream.go_on()
    assert (await talking).status_code == 200
    assert texts_of(await gateway.history("talk")) == [("user", "hi"), ("assistant", "Hello.")]


async def test_command_beside_an_edited_chat(gateway: Running, upstream: Upstream) -> None:
    """A branch that a run is about to store is not taken back by a command that comes meanwhile."""
    upstream.say("One.")
    upstream.say("Tw", PAUSE, "o.")
    await say(gateway, "first")
    edited = [{"role": "user", "content": "edited"}, {"role": "assistant", "content": "Other."}, "go on"]
    talking = asyncio.create_task(gateway.chat(*edited, headers=HEADERS))
    await upstream.wait_requests(2)
    await answer(gateway, "/status")
    upstream.go_on()
    await talking
    assert [text for _, text in texts_of(await gateway.history("talk"))] == ["edited", "Other.", "go on", "Two."]


async def test_beside_the_first_turn(gateway: Running, upstream: Upstream) -> None:
    """A session whose first turn is at work is told, too."""
    upstream.say(PAUSE, "Hello.")
    talking = asyncio.create_task(say(gateway, "hi"))
    await upstream.wait_requests()
    assert "0 messages" in await answer(gateway, "/status")
    upstream.go_on()
    await talking
