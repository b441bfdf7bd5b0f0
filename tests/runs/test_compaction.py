"""Sessions that outgrow the window go on: summed up, told, kept; and whole again where the summary does not hold."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.protocol_client import connected
from tests.running import Running, config_for, running_gateway
from tests.upstream import PAUSE, Answer, Upstream

KEY = {"x-openclaw-session-key": "agent:main:long"}
SUMMARY = (
    "## Goal\nBuild the bridge\n## Decisions\nSteel, not wood\n## Open work\nnone\n## Rules\nnone\n## Identifiers\nnone"
)
# About 1,000 tokens by our estimate.
LONG = "word " * 800


def small_window(upstream: Upstream, tokens: int = 8_000, **compaction: object) -> dict[str, Any]:
    config = config_for(upstream)
    config["models"]["providers"]["up"]["models"][0]["contextWindow"] = tokens
    config["models"]["providers"]["up"]["models"][0]["maxTokens"] = 500
    config["agents"]["defaults"]["compaction"] = compaction
    return config


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path, upstream, config=small_window(upstream)) as running:
        yield running


def is_summary_request(body: Any) -> bool:
    return "memory of an agent" in json.dumps(body["messages"][0])


def texts(body: Any) -> str:
    return json.dumps(body["messages"], ensure_ascii=False)


async def grow(gateway: Running, turns: int) -> None:
    for number in range(turns):
        reply = await gateway.chat(f"turn {number}: {LONG}", headers=KEY)
        assert reply.status_code == 200, reply.text


def summaries_of(upstream: Upstream) -> list[Any]:
    return [seen.json for seen in upstream.requests if is_summary_request(seen.json)]


async def fill(gateway: Running, upstream: Upstream) -> None:
    """Six turns: the next one finds the window full."""
    upstream.plan(*[Answer((f"answer {number}",)) for number in range(6)])
    await grow(gateway, 6)
    assert not summaries_of(upstream)


async def test_full_window_is_summed_up(gateway: Running, upstream: Upstream) -> None:
    """When the window is full the older part is summed up once; the newest turns stay, and the transcript is whole."""
    await fill(gateway, upstream)
    upstream.plan(Answer((SUMMARY,)), Answer((SUMMARY,)), Answer(("late answer",)))
    await grow(gateway, 1)
    first, second = summaries_of(upstream)
    assert "turn 0" in texts(first)
    assert "<summary-so-far>" in texts(second)
    last = upstream.requests[-1].json
    assert "Steel, not wood" in texts(last)
    assert "The conversation began with:" in texts(last)
    assert "answer 0" not in texts(last)
    assert "answer 5" in texts(last)
    assert [message["role"] for message in last["messages"][:3]] == ["system", "user", "assistant"]
    assert len(await gateway.history("agent:main:long")) == 14
    await grow(gateway, 1)
    assert len(summaries_of(upstream)) == 2
    assert upstream.requests[-1].json["messages"][:3] == last["messages"][:3]


async def test_summary_survives_a_restart(tmp_path: Path, upstream: Upstream) -> None:
    """What was summed up is still so after the gateway was started anew."""
    async with running_gateway(tmp_path, upstream, config=small_window(upstream)) as gateway:
        await fill(gateway, upstream)
        upstream.plan(Answer((SUMMARY,)), Answer((SUMMARY,)), Answer(("late answer",)))
        await grow(gateway, 1)
        before = upstream.requests[-1].json["messages"]
    async with running_gateway(tmp_path, upstream, config=small_window(upstream)) as gateway:
        await grow(gateway, 1)
        assert upstream.requests[-1].json["messages"][: len(before)] == before


async def test_branch_from_before_forgets_the_summary(gateway: Running, upstream: Upstream) -> None:
    """A client that resends the whole chat is recognised after a compaction; one that edits its beginning gets a
    branch without the summary.
    """
    await fill(gateway, upstream)
    upstream.plan(Answer((SUMMARY,)), Answer((SUMMARY,)), Answer(("late answer",)))
    await grow(gateway, 1)
    stored = await gateway.history("agent:main:long")
    chat = [{"role": m["role"], "content": m["content"] if isinstance(m["content"], str) else m["content"][0]["text"]}
            for m in stored]  # fmt: skip
    await gateway.chat(*chat, "and now?", headers=KEY)
    assert len(await gateway.history("agent:main:long")) == 16
    assert "Steel, not wood" in texts(upstream.requests[-1].json)
    await gateway.chat(*chat[:2], "another way?", headers=KEY)
    assert len(await gateway.history("agent:main:long")) == 4
    assert "Steel, not wood" not in texts(upstream.requests[-1].json)


async def test_overflow_is_answered_by_a_compaction(gateway: Running, upstream: Upstream) -> None:
    """A prompt that the provider finds too long is made shorter and asked again, once; the client notices nothing."""
    upstream.plan(*[Answer((f"answer {number}",)) for number in range(3)])
    await grow(gateway, 3)
    upstream.fail(400, "maximum context length exceeded")
    upstream.plan(*[Answer((SUMMARY,))] * 8)
    reply = await gateway.chat("go on", headers=KEY)
    assert reply.status_code == 200
    assert summaries_of(upstream)
    assert "Steel, not wood" in texts(upstream.requests[-1].json)
    assert "answer 2" in texts(upstream.requests[-1].json)


async def test_second_overflow_is_the_answer(gateway: Running, upstream: Upstream) -> None:
    """Where even the shorter prompt is too long the client is told so, with the status of such a request."""
    upstream.plan(*[Answer((f"answer {number}",)) for number in range(3)])
    await grow(gateway, 3)
    upstream.fail(400, "maximum context length exceeded")
    for _ in range(6):
        upstream.fail(400, "maximum context length exceeded")
    reply = await gateway.chat("go on", headers=KEY)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "context_length_exceeded")
    assert len(await gateway.history("agent:main:long")) == 6


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([Answer(("so far",)), *[Answer((LONG * 20,))] * 2], id="no form, and too long"),
        pytest.param([Answer(("",))], id="empty"),
    ],
)
async def test_failed_summary_leaves_the_newest_turns(
    gateway: Running, upstream: Upstream, answers: list[Answer]
) -> None:
    """When no summary can be had the turn goes on with the newest whole turns, and nothing is lost."""
    await fill(gateway, upstream)
    upstream.plan(*answers, Answer(("late answer",)))
    await grow(gateway, 1)
    last = upstream.requests[-1].json
    assert "Summary of the earlier part" not in texts(last)
    assert "answer 0" not in texts(last)
    assert "answer 5" in texts(last)
    assert len(await gateway.history("agent:main:long")) == 14


async def test_model_that_cannot_keep_the_form_is_believed(gateway: Running, upstream: Upstream) -> None:
    """A short answer without the headings is kept after one more try, so that sessions of small models go on, too."""
    await fill(gateway, upstream)
    upstream.plan(*[Answer(("They build a bridge.",))] * 3, Answer(("late answer",)))
    await grow(gateway, 1)
    assert len(summaries_of(upstream)) == 3, "one piece, the last piece, and the last piece again"
    last = upstream.requests[-1].json
    assert "They build a bridge." in texts(last)
    assert "The conversation began with:" in texts(last)


async def test_failed_compaction_says_why(gateway: Running, upstream: Upstream) -> None:
    """Whoever asks for a compaction reads in words why there is none, and that the session is as it was."""
    await fill(gateway, upstream)
    upstream.plan(Answer(("so far",)), Answer(("",)))
    async with connected(gateway) as client:
        told = await client.ask("sessions.compact", key="agent:main:long")
    assert told["reason"].startswith("no summary could be made: ")
    assert told["reason"].endswith("; nothing was changed")


async def test_compaction_on_demand(gateway: Running, upstream: Upstream) -> None:
    """`sessions.compact` sums up between two runs, tells who watches, and counts; in a small session it has nothing
    to do.
    """
    async with connected(gateway) as client:
        await gateway.chat("hi", headers=KEY)
        told = await client.ask("sessions.compact", key="agent:main:long")
        assert told == {
            "ok": False, "key": "agent:main:long", "compacted": False,
            "reason": "Nothing to compact (session too small)",
        }  # fmt: skip
        await client.ask("sessions.subscribe")
        upstream.plan(*[Answer((f"answer {number}",)) for number in range(5)])
        await grow(gateway, 5)
        upstream.plan(Answer((SUMMARY,)), Answer((SUMMARY,)))
        told = await client.ask("sessions.compact", key="agent:main:long")
        assert (told["ok"], told["compacted"]) == (True, True)
        assert told["result"]["tokensAfter"] < told["result"]["tokensBefore"]
        start = await client.wait_event("session.operation", phase="start")
        end = await client.wait_event("session.operation", phase="end")
        assert start["operationId"] == end["operationId"]
        assert end["completed"] is True
        (row,) = [row for row in (await client.ask("sessions.list"))["sessions"] if row["key"] == "agent:main:long"]
        assert (row["compactionCount"], row["totalTokensFresh"]) == (1, False)
        await grow(gateway, 1)
        assert "Steel, not wood" in texts(upstream.requests[-1].json)
        marks = [
            message["__openclaw"]
            for message in (await client.ask("chat.history", sessionKey="agent:main:long"))["messages"]
            if message["__openclaw"].get("kind") == "compaction"
        ]
        assert len(marks) == 1
        await client.ask("sessions.reset", key="agent:main:long")
        (row,) = [row for row in (await client.ask("sessions.list"))["sessions"] if row["key"] == "agent:main:long"]
        assert "compactionCount" not in row


async def test_cancelled_compaction_changes_nothing(gateway: Running, upstream: Upstream) -> None:
    """A client that leaves while its session is summed up cuts the writer, and the session is as it was."""
    await fill(gateway, upstream)
    upstream.plan(Answer((PAUSE, SUMMARY)))
    async with gateway.http.stream(
        "POST", "/v1/chat/completions", headers=KEY,
        json={"model": "openclaw", "messages": [{"role": "user", "content": LONG}], "stream": True},
    ):  # fmt: skip
        await upstream.wait_requests(7)
    await upstream.wait_cut()
    upstream.forget_plans()
    upstream.plan(Answer((SUMMARY,)), Answer((SUMMARY,)))
    await grow(gateway, 1)
    assert len(summaries_of(upstream)) == 3


async def test_another_model_may_write(tmp_path: Path, upstream: Upstream) -> None:
    """`compaction.model` names who writes summaries; its tokens are counted as its own."""
    config = small_window(upstream, model="up/writer", mode="default")
    config["models"]["providers"]["up"]["models"].append(
        {"id": "writer", "contextWindow": 8_000, "cost": {"input": 1_000_000, "output": 1_000_000}}
    )
    async with running_gateway(tmp_path, upstream, config=config) as gateway, connected(gateway) as client:
        await fill(gateway, upstream)
        upstream.plan(Answer(("They build a bridge.",)), Answer(("They build a bridge.",)))
        await grow(gateway, 1)
        assert {body["model"] for body in summaries_of(upstream)} == {"writer"}
        assert "They build a bridge." in texts(upstream.requests[-1].json)
        told = await client.ask("sessions.usage", key="agent:main:long")
        (row,) = [row for row in told["aggregates"]["byModel"] if row["model"] == "writer"]
        assert (row["count"], row["totals"]["totalCost"]) == (1, 36.0)
