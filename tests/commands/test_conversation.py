"""Commands about the session as a whole."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.commands.saying import KEY, answer, refusal, say
from tests.protocol_client import connected
from tests.running import Running, config_for, eventually, running_gateway, texts_of
from tests.upstream import PAUSE, Upstream

from openclaw_gateway.commands.conversation import split_soft


async def describe(gateway: Running) -> dict[str, object]:
    async with connected(gateway) as client:
        row: dict[str, object] = (await client.ask("sessions.describe", key=KEY))["session"]
        return row


@pytest.mark.parametrize("text", ["/new", "/reset"])
async def test_begin_anew(gateway: Running, upstream: Upstream, text: str) -> None:
    """The conversation is empty but for the command, the session keeps its id and gets another revision."""
    upstream.say("Hello.")
    await say(gateway, "hi")
    before = await describe(gateway)
    told = await answer(gateway, text)
    assert texts_of(await gateway.history("talk")) == [("user", text), ("assistant", told)]
    after = await describe(gateway)
    assert after["sessionId"] == before["sessionId"]
    assert after["lifecycleRevision"] != before["lifecycleRevision"]
    assert len(upstream.requests) == 1


async def test_begin_anew_ends_what_is_at_work(gateway: Running, upstream: Upstream) -> None:
    """A run of the session is ended first, and its answer does not come after the reset."""
    upstream.say("Hel", PAUSE, "lo.")
    talking = asyncio.create_task(say(gateway, "hi"))
    await upstream.wait_requests()
    told = await answer(gateway, "/new")
    assert (await talking).status_code != 200
    assert texts_of(await gateway.history("talk")) == [("user", "/new"), ("assistant", told)]


async def test_new_with_a_model(tmp_path: Path, upstream: Upstream) -> None:
    """/new with a model chooses it for the session; a name that leads nowhere is refused, and nothing is reset."""
    upstream.say("Hello.")
    upstream.say("Hello.")
    async with running_gateway(tmp_path, upstream, config=config_for(upstream)) as gateway:
        await say(gateway, "hi")
        assert (await refusal(gateway, "/new nowhere/big"))[0] == 404
        assert len(await gateway.history("talk")) == 2
        assert "up/other" in await answer(gateway, "/new up/other")
        await say(gateway, "hi")
    assert [seen.json["model"] for seen in upstream.requests] == ["tiny", "other"]


async def test_soft_reset_keeps_the_conversation(gateway: Running, upstream: Upstream) -> None:
    """/reset soft keeps all; with words behind it they are said."""
    upstream.say("Hello.")
    upstream.say("Again.")
    await say(gateway, "hi")
    await answer(gateway, "/reset soft")
    assert await answer(gateway, "/reset soft go on") == "Again."
    assert [message["content"] for message in upstream.requests[-1].json["messages"][1:]] == ["hi", "Hello.", "go on"]


@pytest.mark.parametrize(
    ("text", "parts"), [("", ("", "")), ("soft", ("soft", "")), ("soft a b", ("soft", "a b")), ("a b", ("a b", ""))]
)
def test_soft_is_split(text: str, parts: tuple[str, str]) -> None:
    """Only behind `soft` there is a message."""
    assert split_soft(text) == parts


async def test_reset_takes_no_other_word(gateway: Running) -> None:
    """A word that means nothing resets nothing."""
    assert (await refusal(gateway, "/reset now"))[0] == 400


async def test_stop_does_not_wait(gateway: Running, upstream: Upstream) -> None:
    """/stop is answered while the run goes on that it ends; without one it says so."""
    upstream.say("Hel", PAUSE, "lo.")
    talking = asyncio.create_task(say(gateway, "hi"))
    await upstream.wait_requests()
    assert await answer(gateway, "/stop") == "Stopped 1 run."
    assert (await talking).status_code != 200
    await eventually(lambda: not gateway.gateway.services.runs.live)
    assert await answer(gateway, "/stop") == "Nothing to stop."


async def test_name(gateway: Running) -> None:
    """A title is kept and told; one that another session bears is refused."""
    assert await answer(gateway, "/name") == "This session has no name."
    await answer(gateway, "/name Plans")
    assert await answer(gateway, "/name") == "This session is called 'Plans'."
    assert (await describe(gateway))["label"] == "Plans"
    other = await gateway.chat("/name Plans", headers={"x-openclaw-session-key": "other"})
    assert other.status_code == 400
    assert (await refusal(gateway, "/name " + "x" * 513))[0] == 400


async def test_compact(tmp_path: Path, upstream: Upstream) -> None:
    """/compact sums up with what is to be kept in its question; a small session has nothing to sum up."""
    defaults = {"model": "up/tiny", "compaction": {"keepRecentTokens": 200, "mode": "default"}}
    config = config_for(upstream, agents={"defaults": defaults})
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        assert await answer(gateway, "/compact") == "Not compacted: Nothing to compact (session too small)"
        for number in range(6):
            upstream.say(f"answer {number} " + "word " * 300)
            await say(gateway, f"question {number}")
        upstream.say("## Goal\nwords")
        told = await answer(gateway, "/compact the numbers")
        assert told.startswith("Compacted: about ")
        assert "the numbers" in str(upstream.requests[-1].json["messages"])
        assert (await refusal(gateway, "/compact " + "x" * 801))[0] == 400


async def test_conversation_that_is_not_kept(gateway: Running) -> None:
    """Without a session key there is nothing to name; /new is harmless."""
    assert (await gateway.chat("/name Plans")).status_code == 400
    assert (await gateway.chat("/new")).status_code == 200


async def test_notes_are_read_after_new(tmp_path: Path, upstream: Upstream) -> None:
    """The first turn after /new is told of the recent notes, as after sessions.reset; /new itself is not that turn."""
    day = datetime.now(UTC).date().isoformat()
    notes = tmp_path / "workspace" / "memory"
    notes.mkdir(parents=True)
    (notes / f"{day}.md").write_text("We chose blue.")
    upstream.say("Hello.")
    async with running_gateway(tmp_path, upstream, config=config_for(upstream, tools={"allow": ["read"]})) as gateway:
        headers = {"x-openclaw-session-key": "main"}
        await gateway.chat("/new", headers=headers)
        await gateway.chat("hi", headers=headers)
    assert "We chose blue." in str(upstream.requests[-1].json["messages"])
