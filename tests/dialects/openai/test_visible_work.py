"""What callers may ask to see beside an answer, and what they are shown of it."""

from pathlib import Path
from typing import Any

import msgspec
import openai
import pytest
from tests.running import TOKEN, running_gateway
from tests.sse import SseEvent, parse_events, text_of
from tests.test_cancellation import Waiter
from tests.upstream import Upstream

from openclaw_gateway.dialects.openai.visible_work import (
    MAX_PREVIEW_CHARS,
    VisibleWork,
    preview_arguments,
    read_visible_work,
    show_tool,
)
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.events import ApprovalRequested, ApprovalResolved
from openclaw_gateway.gateway import GatewayOptions

ALL = {"x-openclaw-events": "tools,reasoning"}
BOTH = VisibleWork(tools=True, reasoning=True)


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        pytest.param({}, "", None, id="silent"),
        pytest.param({}, "page=2", None, id="another query"),
        pytest.param({"x-openclaw-events": ""}, "", None, id="empty"),
        pytest.param({"x-openclaw-events": "tools"}, "", VisibleWork(tools=True), id="tools"),
        pytest.param(ALL, "", BOTH, id="both"),
        pytest.param({"x-openclaw-events": " reasoning , "}, "", VisibleWork(reasoning=True), id="spaces"),
        pytest.param({}, "openclaw_events=tools,reasoning", BOTH, id="query"),
        pytest.param({}, "a=1&openclaw_events=tools%2Creasoning", BOTH, id="encoded query"),
        pytest.param({}, "openclaw_events=tools&openclaw_events=reasoning", BOTH, id="twice"),
        pytest.param(ALL, "openclaw_events=tools", BOTH, id="header wins"),
    ],
)
def test_asking(headers: dict[str, str], query: str, expected: VisibleWork | None) -> None:
    """Header or query name what is to be seen; nothing is shown to the silent."""
    assert read_visible_work(headers, query) == expected


@pytest.mark.parametrize(
    ("headers", "query", "param"),
    [
        pytest.param({"x-openclaw-events": "tools,all"}, "", "x-openclaw-events", id="header"),
        pytest.param({}, "openclaw_events=secrets", "openclaw_events", id="query"),
    ],
)
def test_asking_for_what_there_is_not(headers: dict[str, str], query: str, param: str) -> None:
    """Another word is refused by the name of where it stood."""
    with pytest.raises(InvalidRequest) as refused:
        read_visible_work(headers, query)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("arguments", "preview"),
    [
        pytest.param('{"path":"notes.md"}', '{"path":"notes.md"}', id="short"),
        pytest.param(
            '{"token":"abc","n":{"api_key":[1]}}', '{"token":"[hidden]","n":{"api_key":"[hidden]"}}', id="names"
        ),
        pytest.param('{"h":"Bearer abcdefgh1234"}', '{"h":"Bearer [hidden]"}', id="bearer"),
        pytest.param('{"c":"curl -u sk-abcdefghijklmnop"}', '{"c":"curl -u [hidden]"}', id="key"),
        pytest.param(
            '{"u":"https://me:hunter22@host/"}', '{"u":"https://[hidden]@host/"}', id="password of an address"
        ),
        pytest.param('{"t":"' + "x" * 100 + '"}', '{"t":"' + "x" * 79 + '…"}', id="long value"),
        pytest.param("not json sk-abcdefghijklmnop", "not json [hidden]", id="no JSON"),
        pytest.param('{"half":"\\ud83d"}', None, id="half a character"),
        pytest.param("x" * 70_000, "[hidden]", id="too long to look through"),
        pytest.param("[" * 5000, None, id="deep"),
    ],
)
def test_preview(arguments: str, preview: str | None) -> None:
    """A preview is short, is text, and holds no secret that a name or a shape gives away."""
    shown = preview_arguments(arguments)
    assert len(shown) <= MAX_PREVIEW_CHARS
    shown.encode()
    assert preview is None or shown == preview


def test_waiting_for_a_person() -> None:
    """A call that waits for a person is told with what its answer needs, and without its command."""
    asking = show_tool(ApprovalRequested("a1", "call_9", "rm -rf secret", "/home/me", 1, 2))
    assert msgspec.to_builtins(asking) == {
        "phase": "asking", "id": "call_9", "approval_id": "a1", "expires_at_ms": 2,
    }  # fmt: skip
    answered = show_tool(ApprovalResolved("a1", "deny"))
    assert msgspec.to_builtins(answered) == {"phase": "answered", "approval_id": "a1", "decision": "deny"}


async def stream_with_tool(tmp_path: Path, upstream: Upstream, headers: dict[str, str]) -> list[SseEvent]:
    upstream.call("wait", '{"password":"hunter2","for":"it"}', call_id="call_9")
    upstream.say("Done.", reasoning=("let me ", "think"))
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"wait": Waiter()})) as gateway:
        reply = await gateway.chat("hi", stream=True, headers=headers, stream_options={"include_usage": True})
    return parse_events(reply.text)


async def test_work_is_shown_to_those_who_ask(tmp_path: Path, upstream: Upstream) -> None:
    """Tools are named events with an empty delta, reasoning is a field beside content, and content stays the answer."""
    events = await stream_with_tool(tmp_path, upstream, ALL)
    tools = [event.json for event in events if event.name == "openclaw.tool"]
    assert [tool["choices"][0]["delta"] for tool in tools] == [{}, {}]
    assert tools[0]["openclaw"] == {
        "phase": "started", "id": "call_9", "name": "wait", "arguments": '{"password":"[hidden]","for":"it"}',
    }  # fmt: skip
    finished = tools[1]["openclaw"]
    assert finished.pop("duration_ms") >= 0
    assert finished == {"phase": "finished", "id": "call_9", "name": "wait", "ok": True}
    deltas = [choice["delta"] for event in events[:-1] for choice in event.json["choices"]]
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == "let me think"
    assert text_of(events) == "Done."


async def test_nothing_is_shown_unasked(tmp_path: Path, upstream: Upstream) -> None:
    """Without opt-in neither tools nor reasoning are in a stream."""
    events = await stream_with_tool(tmp_path, upstream, {})
    assert {event.name for event in events} == {""}
    assert not any("reasoning_content" in event.data or "wait" in event.data for event in events)
    assert text_of(events) == "Done."


async def test_python_sdk_passes_over_it(tmp_path: Path, upstream: Upstream) -> None:
    """OpenAI's Python SDK reads the answer of a stream with visible work as any other, helper of events included."""
    async with (
        running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"wait": Waiter()})) as gateway,
        openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=TOKEN, default_headers=ALL) as client,
    ):
        request: Any = {"model": "openclaw", "messages": [{"role": "user", "content": "hi"}]}
        upstream.call("wait")
        upstream.say("Done.", reasoning=("hm",))
        chunks = [chunk async for chunk in await client.chat.completions.create(**request, stream=True)]
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Done."
        upstream.call("wait")
        upstream.say("Done.", reasoning=("hm",))
        async with client.chat.completions.stream(**request) as stream:
            completion = await stream.get_final_completion()
        assert completion.choices[0].message.content == "Done."
        assert completion.choices[0].finish_reason == "stop"
