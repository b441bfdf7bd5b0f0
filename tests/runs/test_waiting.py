"""Messages that come while their session is at work: steered, queued, collected, given up, withdrawn."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running, config_for, eventually, running_gateway, texts_of
from tests.upstream import PAUSE, Answer, Call, Upstream

from openclaw_gateway.asking import QueueMode
from openclaw_gateway.errors import RunCancelled
from openclaw_gateway.events import RunFailed
from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.tool_call import SKIPPED
from openclaw_gateway.tools.tool import ToolContext, ToolResult


@dataclass
class Hold:
    """A tool that works until it is let go; one call at a time."""

    name: str = "hold"
    description: str = "Takes its time."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b'{"type":"object"}'))
    is_parallel: bool = False
    calls: int = 0
    is_at_work: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        self.calls += 1
        self.is_at_work.set()
        await self.may_end.wait()
        return ToolResult.of_text("held")


@dataclass
class Scene:
    """A gateway with a tool that holds, and a client in its main session."""

    gateway: Running
    client: ProtocolClient
    upstream: Upstream
    hold: Hold

    async def send(self, message: str, key: str, **more: Any) -> Any:
        return await self.client.ask("chat.send", sessionKey="main", message=message, idempotencyKey=key, **more)

    async def begin(self, *, calls: int = 1) -> None:
        """Say something that the agent needs the tool for, and wait until it is at work."""
        self.upstream.plan(Answer(calls=tuple([Call("hold", ("{}",), f"call_{number}") for number in range(calls)])))
        await self.send("first", "a")
        await asyncio.wait_for(self.hold.is_at_work.wait(), 10)

    async def end(self, *keys: str, state: str = "final") -> list[Any]:
        """The last `chat` events of these runs."""
        return [await self.client.wait_event("chat", runId=key, state=state) for key in keys]

    async def said(self) -> list[tuple[str, str]]:
        return texts_of(await self.gateway.history("main"))

    async def pending(self) -> list[tuple[str, str]]:
        history = await self.client.ask("chat.history", sessionKey="main")
        return [(item["runId"], item["state"]) for item in history["pendingInputs"]["items"]]


@asynccontextmanager
async def scene(folder: Path, upstream: Upstream, **queue: Any) -> AsyncIterator[Scene]:
    hold = Hold()
    config = config_for(upstream, messages={"queue": queue})
    options = GatewayOptions(tools={"hold": hold}, drain_budget_s=0)
    async with (
        running_gateway(folder, upstream, config=config, options=options) as gateway,
        connected(gateway) as client,
    ):
        yield Scene(gateway, client, upstream, hold)


async def test_message_is_put_into_the_run(tmp_path: Path, upstream: Upstream) -> None:
    """A message during a tool call is heard by the model next; calls not begun are skipped; both runs end."""
    async with scene(tmp_path, upstream) as it, connected(it.gateway) as other:
        await it.begin(calls=2)
        told = await other.ask("chat.send", sessionKey="main", message="wait, no", idempotencyKey="b")
        assert told == {"runId": "b", "status": "started"}
        assert await it.pending() == [("b", "queued")]
        upstream.say("Changed.")
        it.hold.may_end.set()
        (host,) = await it.end("a")
        guest = await other.wait_event("chat", runId="b", state="final")
        assert host["message"]["content"] == [{"type": "text", "text": "Changed."}]
        assert "message" not in guest  # it was told with the run that took it along
        assert (await it.client.ask("agent.wait", runId="b"))["status"] == "ok"
        assert await it.said() == [
            ("user", "first"), ("assistant", ""), ("toolResult", "held"), ("toolResult", SKIPPED), ("user", "wait, no"),
            ("assistant", "Changed."),
        ]  # fmt: skip
        assert (it.hold.calls, len(upstream.requests)) == (1, 2)
        assert [message["role"] for message in upstream.requests[1].json["messages"]][-3:] == ["tool", "tool", "user"]
        assert await it.pending() == []


async def test_waiting_agent_gets_the_answer(tmp_path: Path, upstream: Upstream) -> None:
    """`agent` is accepted while the session is at work, and its final answer is what the run came to."""
    async with scene(tmp_path, upstream) as it:
        await it.begin()
        asked = await it.client.send("agent", message="and this", idempotencyKey="b", sessionKey="main")
        assert (await it.client.answer(asked))["status"] == "accepted"
        upstream.say("Both.")
        it.hold.may_end.set()
        final = await it.client.answer(asked)
        assert (final["status"], final["result"]["payloads"][0]["text"]) == ("ok", "Both.")


@pytest.mark.parametrize(
    ("queue", "params"),
    [
        pytest.param({"mode": "followup"}, {}, id="by config"),
        pytest.param({"byChannel": {"webchat": "followup"}}, {}, id="by channel"),
        pytest.param({"mode": "steer"}, {"queueMode": "followup"}, id="by its own word"),
    ],
)
async def test_followup_has_its_own_turn(tmp_path: Path, upstream: Upstream, queue: Any, params: Any) -> None:
    """With followup the run that goes on is left alone, and the message is answered after it."""
    async with scene(tmp_path, upstream, **queue) as it:
        await it.begin()
        await it.send("second", "b", **params)
        upstream.say("One.")
        upstream.say("Two.")
        it.hold.may_end.set()
        for event, text in zip(await it.end("a", "b"), ("One.", "Two."), strict=True):
            assert event["message"]["content"] == [{"type": "text", "text": text}]


async def test_answer_that_is_complete_takes_nothing_in(tmp_path: Path, upstream: Upstream) -> None:
    """A message that no boundary of the run came for is a run of its own, in its turn."""
    async with scene(tmp_path, upstream) as it:
        upstream.say("One", PAUSE)
        upstream.say("Two")
        await it.send("first", "a")
        await it.send("second", "b")
        upstream.go_on()
        await it.end("a", "b")
        assert await it.said() == [("user", "first"), ("assistant", "One"), ("user", "second"), ("assistant", "Two")]


async def test_other_terms_wait(tmp_path: Path, upstream: Upstream) -> None:
    """What asks under other terms is not put into the run: it has other system text, or is an HTTP request."""
    async with scene(tmp_path, upstream) as it:
        await it.begin()
        asked = await it.client.send(
            "agent", message="other", idempotencyKey="b", sessionKey="main", extraSystemPrompt="Be short."
        )
        assert (await it.client.answer(asked))["status"] == "accepted"
        by_http = asyncio.create_task(it.gateway.chat("by http", headers={"x-openclaw-session-key": "main"}))
        await eventually(lambda: it.gateway.gateway.services.runs.lanes.waiting == 2)
        for text in ("One", "Two", "Three"):
            upstream.say(text)
        it.hold.may_end.set()
        assert (await it.client.answer(asked))["result"]["payloads"][0]["text"] == "Two"
        assert (await by_http).json()["choices"][0]["message"]["content"] == "Three"


async def test_collected_messages_are_one_turn(tmp_path: Path, upstream: Upstream) -> None:
    """With collect all that came during a run are answered together, once nobody has said anything for a while."""
    async with scene(tmp_path, upstream, mode="collect", debounceMs=50) as it:
        await it.begin()
        await it.send("second", "b")
        await it.send("third", "c")
        upstream.say("One.")
        upstream.say("Two.")
        it.hold.may_end.set()
        await it.end("a", "b", "c")
        assert (await it.said())[4:] == [("user", "second"), ("user", "third"), ("assistant", "Two.")]
        assert len(upstream.requests) == 3


async def test_withdrawn_by_its_id(tmp_path: Path, upstream: Upstream) -> None:
    """A message that waits is withdrawn by its run id, and nothing of it is ever said or shown."""
    async with scene(tmp_path, upstream) as it:
        await it.begin()
        await it.send("never mind", "b")
        assert await it.client.ask("chat.abort", sessionKey="main", runId="b") == {
            "ok": True, "aborted": True, "runIds": ["b"],
        }  # fmt: skip
        await it.end("b", state="aborted")
        assert await it.pending() == []
        it.hold.may_end.set()
        await it.end("a")
        assert "never mind" not in str(await it.said())


async def test_abort_after_delivery_ends_the_run(tmp_path: Path, upstream: Upstream) -> None:
    """Once a message was taken along, ending its run ends the one that answers both."""
    async with scene(tmp_path, upstream) as it:
        await it.begin()
        await it.send("second", "b")
        upstream.hang_mid_stream("so far")
        it.hold.may_end.set()
        await it.client.wait_event("chat", runId="a", state="delta")
        assert (await it.client.ask("chat.abort", sessionKey="main", runId="b"))["runIds"] == ["b"]
        await it.end("a", "b", state="aborted")
        await upstream.wait_cut()


async def test_abort_of_a_session_begins_with_what_waits(tmp_path: Path, upstream: Upstream) -> None:
    """Everything of the session ends, what waits first, so that nothing starts in the place of what ended."""
    async with scene(tmp_path, upstream) as it:
        await it.begin()
        await it.send("second", "b")
        assert (await it.client.ask("chat.abort", sessionKey="main"))["runIds"] == ["b", "a"]
        await it.end("a", "b", state="aborted")
        assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("drop", "told"),
    [
        pytest.param("old", [("user", "third")], id="old"),
        pytest.param(
            "summarize",
            [
                ("user", "[Messages that were dropped, because too many waited: 1. In short:]\n- second"),
                ("user", "third"),
            ],
            id="summarize",
        ),
    ],
)
async def test_oldest_makes_room(tmp_path: Path, upstream: Upstream, drop: str, told: Any) -> None:
    """Past the cap the oldest message is given up and told so; with summarize the next turn tells what it said."""
    async with scene(tmp_path, upstream, mode="followup", cap=1, drop=drop) as it:
        await it.begin()
        await it.send("second", "b")
        await it.send("third", "c")
        (dropped,) = await it.end("b", state="error")
        assert "more than 1 messages wait" in dropped["errorMessage"]
        upstream.say("One.")
        upstream.say("Two.")
        it.hold.may_end.set()
        await it.end("a", "c")
        assert (await it.said())[4:] == [*told, ("assistant", "Two.")]


async def test_what_is_told_of_dropped_ones_is_bounded(tmp_path: Path, upstream: Upstream) -> None:
    """However many are given up, the next turn has a line about the first twenty and the number of the others."""
    async with scene(tmp_path, upstream, mode="followup", cap=1) as it:
        await it.begin()
        for number in range(24):
            await it.send(f"message {number}", f"m{number}")
        await it.end("m0", "m22", state="error")
        it.hold.may_end.set()
        await it.end("m23")
        told = [text for role, text in await it.said() if role == "user"][1].splitlines()
        assert (told[1], told[20], told[21]) == ("- message 0", "- message 19", "- and 3 more")
    async with scene(tmp_path, upstream) as it:
        assert await it.pending() == []


async def test_reset_forgets_what_waited(tmp_path: Path, upstream: Upstream) -> None:
    """A session that begins anew is told of nothing that was given up before, now or after a restart."""
    async with scene(tmp_path, upstream, mode="followup", cap=1) as it:
        await it.begin()
        await it.send("second", "b")
        await it.send("third", "c")
        await it.end("b", state="error")
        it.hold.may_end.set()
        await it.client.ask("sessions.reset", key="main")
        await it.send("fresh", "d")
        await it.end("d")
        assert await it.said() == [("user", "fresh"), ("assistant", "Hello.")]
    async with scene(tmp_path, upstream) as it:
        assert await it.pending() == []


async def test_guest_has_a_time_limit_of_its_own(tmp_path: Path, upstream: Upstream) -> None:
    """A message whose time is up after it was taken along ends alone; the run that answers goes on."""
    async with scene(tmp_path, upstream) as it:
        await it.begin()
        await it.send("second", "b", timeoutMs=300)
        upstream.say("So", PAUSE, " be it.")
        it.hold.may_end.set()
        assert "time limit" in (await it.end("b", state="error"))[0]["errorMessage"]
        upstream.go_on()
        assert (await it.end("a"))[0]["message"]["content"] == [{"type": "text", "text": "So be it."}]


async def test_abort_of_the_session_by_the_other_method(tmp_path: Path, upstream: Upstream) -> None:
    """`sessions.abort` names the run that answered, not those it took along."""
    async with scene(tmp_path, upstream) as it:
        await it.begin()
        await it.send("second", "b")
        upstream.hang_mid_stream("so far")
        it.hold.may_end.set()
        await it.client.wait_event("chat", runId="a", state="delta")
        told = await it.client.ask("sessions.abort", key="main", clearQueued=True)
        assert (told["abortedRunId"], told["status"]) == ("a", "aborted")
        await it.end("a", "b", state="aborted")


async def test_newest_is_refused(tmp_path: Path, upstream: Upstream) -> None:
    """With drop `new` the message that is too many is refused, with the time to come back."""
    async with scene(tmp_path, upstream, cap=1, drop="new") as it:
        await it.begin()
        await it.send("second", "b")
        with pytest.raises(Refused, match="1 messages already wait") as refused:
            await it.send("third", "c")
        assert refused.value.error["retryable"]
        it.hold.may_end.set()
        await it.end("a", "b")


async def test_interrupted_by_the_end_of_the_gateway(tmp_path: Path, upstream: Upstream) -> None:
    """What was acknowledged and waited at the end is shown as interrupted and not run; asked again, it is said."""
    async with scene(tmp_path, upstream) as it:
        await it.begin()
        await it.send("second", "b")
        await it.send("third", "c")
    async with scene(tmp_path, upstream) as it:
        assert await it.pending() == [("b", "interrupted"), ("c", "interrupted")]
        assert "second" not in str(await it.said())
        assert (await it.client.ask("chat.abort", sessionKey="main", runId="b"))["aborted"]
        await it.send("third", "c")
        await it.end("c")
        assert await it.pending() == []
        assert (await it.said())[-2] == ("user", "third")


@pytest.mark.parametrize("mode", ["steer", "collect"])
async def test_every_step_may_be_the_last_of_the_host(tmp_path: Path, upstream: Upstream, mode: QueueMode) -> None:
    """Ended after any number of loop iterations, host and guest have one last event each, and the lanes are free."""
    async with scene(tmp_path, upstream, debounceMs=0) as it:
        it.hold.may_end.set()
        runs = it.gateway.gateway.services.runs
        for steps in [*range(0, 160, 4), 300, 600, 1_200, 2_400, 5_000]:
            upstream.forget_plans()
            for _ in range(2):
                upstream.call("hold")
                upstream.say("done")
            trio = [
                runs.start(
                    RunOrder(
                        run_id=f"{name}-{steps}",
                        agent_id="main",
                        session_key="agent:main:steps",
                        is_ephemeral=False,
                        incoming=(UserMessage(f"{name}-{steps}"),),
                        history="append",
                        stores_input_first=True,
                        is_findable=True,
                        queue_mode=mode,
                    )
                )
                for name in ("first", "second", "third")
            ]
            for _ in range(steps):
                await asyncio.sleep(0)
            for run in trio[:2]:
                run.cancel(RunCancelled("enough"))
            for run in trio:
                async with asyncio.timeout(10):
                    last = await run.log.wait_last()
                assert run.log.events.count(last) == 1
                assert run.log.events[-1] is last
            await eventually(lambda: not runs.live)
            assert (runs.lanes.running, runs.lanes.waiting) == (0, 0)
            said = [text for role, text in texts_of(await it.gateway.history("agent:main:steps")) if role == "user"]
            assert len(said) == len(set(said))
            for run in trio:
                assert isinstance(run.log.last, RunFailed) or said.count(run.id) == 1


@pytest.mark.parametrize("seed", range(6))
async def test_every_message_is_said_once_or_told_of(tmp_path: Path, upstream: Upstream, seed: int) -> None:
    """Whatever comes when: each accepted message is in the session once, or its run ended with the reason why not."""
    chance = Random(seed)
    async with scene(tmp_path, upstream, debounceMs=5, cap=4) as it:
        it.hold.may_end.set()
        accepted: list[str] = []
        for number in range(40):
            key = f"m{number}"
            upstream.call("hold") if chance.random() < 0.4 else upstream.say("ok")
            mode = chance.choices(["steer", "followup", "collect", "interrupt"], [4, 3, 3, 1])[0]
            await it.send(f"<{key}>", key, queueMode=mode)
            accepted.append(key)
            if chance.random() < 0.15:
                await it.client.ask("chat.abort", sessionKey="main", runId=chance.choice(accepted))
        runs = it.gateway.gateway.services.runs
        await eventually(lambda: not runs.live)
        assert (runs.lanes.running, runs.lanes.waiting) == (0, 0)
        said = [text for role, text in await it.said() if role == "user"]
        for key in accepted:
            run = runs.find(key)
            assert run is not None
            count = said.count(f"<{key}>")
            reason = run.log.last.error.code if hasattr(run.log.last, "error") else None
            assert count == 1 or (count == 0 and reason in {"run_cancelled", "input_dropped"}), (key, count, reason)
        assert await it.pending() == []
