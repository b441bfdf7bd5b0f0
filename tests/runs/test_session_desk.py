"""Messages between sessions: they are runs like any other, and they neither deadlock nor go on for ever."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.running import eventually
from tests.tools.sessions.office import office
from tests.upstream import Answer, Call, HangBeforeHead

from openclaw_gateway.errors import GatewayError
from openclaw_gateway.runs.session_desk import MAX_STEPS
from openclaw_gateway.tools.tool import ToolFailure

OWN, OTHER = "agent:main:main", "agent:main:other"


def send_to(key: str, seconds: int) -> Answer:
    """A model's reply that calls the tool."""
    arguments = {"sessionKey": key, "message": "well?", "timeoutSeconds": seconds}
    return Answer(calls=(Call("sessions_send", (json.dumps(arguments),)),))


async def test_one_agents_model_asks_another(tmp_path: Path) -> None:
    """The answer of the other session is what the asking model reads."""
    async with office(tmp_path) as house:
        await house.say(OTHER)
        house.upstream.plan(send_to("other", 20), Answer(("Seven.",)), Answer(("It is seven.",)))
        reply = await house.running.chat("ask", headers={"x-openclaw-session-key": OWN})
        assert reply.json()["choices"][0]["message"]["content"] == "It is seven."
        read = json.loads(house.upstream.requests[-1].json["messages"][-1]["content"])
        assert (read["status"], read["reply"]) == ("ok", "Seven.")


async def test_two_sessions_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """A session that is waited for and asks back is told to answer instead, at once."""
    async with office(tmp_path) as house:
        await house.say(OTHER)
        await house.say(OWN)
        house.upstream.plan(send_to("other", 20), send_to("main", 20), Answer(("I answer, then.",)), Answer(("Good.",)))
        reply = await house.running.chat("ask", headers={"x-openclaw-session-key": OWN})
        assert reply.json()["choices"][0]["message"]["content"] == "Good."
        refused = json.loads(house.upstream.requests[-2].json["messages"][-1]["content"])
        assert "waits for your answer" in refused["error"]


async def test_messages_are_not_sent_on_for_ever(tmp_path: Path) -> None:
    """Without waiting, too, a message comes through so many sessions and no more; a new one begins anew."""
    async with office(tmp_path) as house:
        keys = [f"agent:main:s{number}" for number in range(MAX_STEPS + 1)]
        for key in keys:
            await house.say(key)
        run, sender = "run", OWN
        for key in keys[:MAX_STEPS]:
            house.upstream.plan(HangBeforeHead())
            sent = await house.call("sessions_send", sender, run=run, message="on", sessionKey=key, timeoutSeconds=0)
            run, sender = sent["runId"], key
        with pytest.raises(ToolFailure, match="not sent on"):
            await house.call("sessions_send", sender, run=run, message="on", sessionKey=keys[-1], timeoutSeconds=0)
        house.upstream.say("Fine.")
        fresh = await house.call("sessions_send", OWN, run="another", message="new", sessionKey=keys[-1])
        assert fresh["status"] == "ok"


async def test_failure_is_told(tmp_path: Path) -> None:
    """A turn of the other session that fails is a result that says so, and what is known of its way is forgotten."""
    async with office(tmp_path) as house:
        await house.say(OTHER)
        runs = house.running.gateway.services.runs
        house.upstream.plan(HangBeforeHead())
        sending = asyncio.create_task(house.call("sessions_send", OWN, message="x", sessionKey="other"))
        await eventually(lambda: len(house.upstream.requests) == 2)
        runs.end_session(OTHER, GatewayError("too slow"))
        sent = await sending
        assert (sent["status"], "too slow" in sent["error"]) == ("error", True)
        await eventually(lambda: not runs.live)
        assert house.running.gateway._desk._ways == {}
        (row,) = (await house.call("sessions_list", OWN))["sessions"]
        assert row["status"] == "failed"
