"""`sessions_send` from outside."""

from pathlib import Path

import pytest
from tests.tools.sessions.office import office
from tests.upstream import HangBeforeHead

OWN, OTHER = "agent:main:main", "agent:main:other"


@pytest.mark.parametrize(
    ("target", "key"),
    [
        pytest.param({"sessionKey": "other"}, OTHER, id="by key"),
        pytest.param({"label": "Bread"}, OTHER, id="by name"),
        pytest.param({"agentId": "OPS"}, "agent:ops:main", id="by agent, whose main session begins with it"),
    ],
)
async def test_answer_comes_back(tmp_path: Path, target: dict[str, str], key: str) -> None:
    """The message is said in the other session, which knows whom it is from, and its answer is the result."""
    async with office(tmp_path) as house:
        await house.say(OTHER)
        await house.settle(OTHER, label="Bread")
        house.upstream.say("Forty-two.")
        sent = await house.call("sessions_send", OWN, message="what is it?", **target)
        run_id = sent.pop("runId")
        assert run_id
        assert sent == {
            "sessionKey": key,
            "status": "ok",
            "reply": "Forty-two.",
            "delivery": {"status": "started", "mode": "followup"},
        }
        history = await house.call("sessions_history", OWN, sessionKey=key)
        question, answer = history["messages"][-2:]
        assert (
            question["content"][0]["text"] == f"[Message from session {OWN}; your answer goes back to it]\nwhat is it?"
        )
        assert answer["content"][0]["text"] == "Forty-two."


@pytest.mark.parametrize("asked", [{"timeoutSeconds": 0}, {"mode": "notify"}])
async def test_nobody_needs_to_wait(tmp_path: Path, asked: dict[str, object]) -> None:
    """Without waiting the message is accepted, which means stored."""
    async with office(tmp_path) as house:
        await house.say(OTHER)
        house.upstream.plan(HangBeforeHead())
        sent = await house.call("sessions_send", OWN, message="x", sessionKey="other", **asked)
        assert (sent["status"], "reply" in sent) == ("accepted", False)
        (row,) = (await house.call("sessions_list", OWN, activeOnly=True))["sessions"]
        assert (row["key"], row["status"]) == (OTHER, "running")
        behind = await house.call("sessions_send", OWN, message="y", sessionKey="other", **asked)
        assert behind["delivery"]["status"] == "queued"


async def test_timeout_leaves_the_session_at_work(tmp_path: Path) -> None:
    """A wait that is over says so; the other session goes on."""
    async with office(tmp_path) as house:
        await house.say(OTHER)
        house.upstream.plan(HangBeforeHead())
        sent = await house.call("sessions_send", OWN, message="x", sessionKey="other", timeoutSeconds=1)
        assert sent["status"] == "timeout"
        assert {OTHER} == await house.keys(OWN, activeOnly=True)


async def test_refusals(tmp_path: Path) -> None:
    """To itself, to nobody, to several at once, to who is not there: each is told."""
    async with office(tmp_path) as house:
        await house.say(OWN)
        assert "very session" in await house.refusal("sessions_send", OWN, message="x", sessionKey="main")
        assert "exactly one" in await house.refusal("sessions_send", OWN, message="x")
        assert "exactly one" in await house.refusal("sessions_send", OWN, message="x", label="a", agentId="ops")
        assert "not found" in await house.refusal("sessions_send", OWN, message="x", agentId="nobody")
        assert "not found" in await house.refusal("sessions_send", OWN, message="x", label="nothing")
        assert "not found" in await house.refusal("sessions_send", OWN, message="x", sessionKey="subagent:made-up")
        assert "message" in await house.refusal("sessions_send", OWN, message="", agentId="ops")
