"""What callers see of runs, the same streamed and collected, as the OpenAI SDK's own classes read it."""

import json
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai._streaming import SSEDecoder
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from openclaw_gateway.dialects.openai.chat_reply import ChatReplyEncoder, ReplyTerms, collect_chat_reply
from openclaw_gateway.errors import RunTimeout, ToolChoiceUnsatisfied
from openclaw_gateway.events import (
    FinishReason,
    MessageAdded,
    ModelFailedOver,
    ModelStarted,
    ReasoningDelta,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    ToolFinished,
    ToolStarted,
)
from openclaw_gateway.messages import AssistantMessage, TextPart, Usage
from openclaw_gateway.model_errors import ModelRateLimited

STARTED = RunStarted("run-1", "agent:main:x", "s-1", "main", 0)
Seen = tuple[str | None, list[tuple[str, str, str]], str]


def terms(tool_choice: str = "auto") -> ReplyTerms:
    tools = frozenset({"lookup", "other"})
    return ReplyTerms("chatcmpl_1", 17, "openclaw", wants_usage=True, caller_tools=tools, tool_choice=tool_choice)


def model(round_: int = 0) -> ModelStarted:
    return ModelStarted("p", "m", round_)


def finished(reason: FinishReason = "stop") -> RunFinished:
    return RunFinished(reason, Usage(3, 4), Usage(3, 4), "p", "m", 0, {})


def read_stream(events: Iterable[RunEvent], reply: ReplyTerms) -> list[dict[str, object] | str]:
    encoder = ChatReplyEncoder(reply)
    wire = [encoder.encode(event, number) for number, event in enumerate(events)]
    return [
        sse.data if sse.data == "[DONE]" else json.loads(sse.data) for sse in SSEDecoder().iter_bytes(iter([*wire]))
    ]


def see_streamed(events: Sequence[RunEvent], reply: ReplyTerms) -> Seen:
    *chunks, done = read_stream(events, reply)
    assert done == "[DONE]"
    state = ChatCompletionStreamState()
    for chunk in chunks:
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk, strict=True))
    return see(state.current_completion_snapshot)


def see_collected(events: Sequence[RunEvent], reply: ReplyTerms) -> Seen:
    return see(ChatCompletion.model_validate_json(collect_chat_reply(events, reply), strict=True))


def see(completion: ChatCompletion) -> Seen:
    (choice,) = completion.choices
    calls = [
        (call.id, call.function.name, call.function.arguments)
        for call in choice.message.tool_calls or ()
        if call.type == "function"
    ]
    return choice.message.content, calls, choice.finish_reason


CALL = [ToolCallStarted(0, "c1", "lookup"), ToolCallDelta(0, '{"q":'), ToolCallDelta(0, "1}")]
OWN_CALL = [
    ToolCallStarted(0, "a1", "exec"),
    ToolCallDelta(0, "{}"),
    ToolStarted("a1", "exec", "{}"),
    ToolFinished("a1", "exec", "done", is_error=False, duration_ms=5),
]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([TextDelta("Hel"), TextDelta("lo"), finished()], ("Hello", [], "stop"), id="text"),
        pytest.param([TextDelta("Hel"), finished("length")], ("Hel", [], "length"), id="cut by length, nothing added"),
        pytest.param(
            [*CALL, finished("tool_calls")], (None, [("c1", "lookup", '{"q":1}')], "tool_calls"), id="call alone"
        ),
        pytest.param(
            [TextDelta("See."), *CALL, finished("tool_calls")],
            ("See.", [("c1", "lookup", '{"q":1}')], "tool_calls"),
            id="text and call",
        ),
        pytest.param(
            [
                ToolCallStarted(0, "c1", "lookup"),
                ToolCallStarted(1, "c2", "other"),
                ToolCallDelta(1, "[]"),
                ToolCallDelta(0, "{}"),
                finished("stop"),
            ],
            (None, [("c1", "lookup", "{}"), ("c2", "other", "[]")], "tool_calls"),
            id="two calls at once, finish misreported",
        ),
        pytest.param(
            [*OWN_CALL, model(1), TextDelta("Done."), finished()], ("Done.", [], "stop"), id="own tools stay unseen"
        ),
        pytest.param(
            [TextDelta("Let me."), *OWN_CALL, model(1), TextDelta("Do"), TextDelta("ne."), finished()],
            ("Let me.\n\nDone.", [], "stop"),
            id="rounds are parted by a blank line",
        ),
        pytest.param(
            [TextDelta("A"), *OWN_CALL, model(1), *OWN_CALL, model(2), TextDelta("B"), finished()],
            ("A\n\nB", [], "stop"),
            id="a silent round adds no line",
        ),
        pytest.param(
            [
                ToolCallStarted(0, "a1", "exec"),
                ToolCallDelta(0, "{}"),
                ToolCallStarted(1, "c1", "lookup"),
                ToolCallDelta(1, "{}"),
                finished("tool_calls"),
            ],
            (None, [("c1", "lookup", "{}")], "tool_calls"),
            id="own and caller's call in one reply",
        ),
        pytest.param(
            [*OWN_CALL, model(1), *CALL, finished("tool_calls")],
            (None, [("c1", "lookup", '{"q":1}')], "tool_calls"),
            id="own tool first, then the caller's",
        ),
        pytest.param(
            [*OWN_CALL, finished("tool_calls")], ("", [], "stop"), id="finish of an own call is not the caller's"
        ),
        pytest.param(
            [
                ModelFailedOver("p", "m", "timeout"),
                model(),
                ReasoningDelta("hm"),
                TextDelta("x"),
                MessageAdded(AssistantMessage((TextPart("x"),)), 1),
                finished(),
            ],
            ("x", [], "stop"),
            id="reasoning and the rest are not content",
        ),
    ],
)
def test_what_is_seen(events: list[RunEvent], expected: Seen) -> None:
    """Both forms of an answer show the text and the caller's calls, and nothing else."""
    run = [STARTED, model(), *events]
    assert see_collected(run, terms()) == expected
    content, *rest = see_streamed(run, terms())
    assert (content or None, *rest) == (expected[0] or None, *expected[1:])


@pytest.mark.parametrize(
    ("choice", "events", "expected"),
    [
        pytest.param(
            "required",
            [TextDelta("I will."), *CALL, finished("tool_calls")],
            ("I will.", [("c1", "lookup", '{"q":1}')], "tool_calls"),
            id="required",
        ),
        pytest.param(
            "=lookup",
            [TextDelta("I"), TextDelta(" will."), *CALL, TextDelta("!"), finished("tool_calls")],
            ("I will.!", [("c1", "lookup", '{"q":1}')], "tool_calls"),
            id="by name",
        ),
    ],
)
def test_required_call(choice: str, events: list[RunEvent], expected: Seen) -> None:
    """With a required call text is held back until the call begins, and then told before it."""
    run = [STARTED, model(), *events]
    assert see_streamed(run, terms(choice)) == see_collected(run, terms(choice)) == expected
    encoder = ChatReplyEncoder(terms(choice))
    assert encoder.encode(STARTED, 0)
    assert encoder.encode(TextDelta("I will."), 1) == b""


@pytest.mark.parametrize(
    ("choice", "events"),
    [
        pytest.param("required", [TextDelta("No.")], id="text instead"),
        pytest.param("required", OWN_CALL, id="own tool instead"),
        pytest.param("=other", CALL, id="another of the caller's tools instead"),
    ],
)
def test_required_call_that_never_came(choice: str, events: list[RunEvent]) -> None:
    """A run that ends without the required call is an error, and its text stays unsaid."""
    run = [STARTED, model(), *events, finished()]
    with pytest.raises(ToolChoiceUnsatisfied) as failed:
        collect_chat_reply(run, terms(choice))
    message = "tool_choice=required was not satisfied by the agent response"
    assert (failed.value.status, failed.value.message) == (502, message)
    *chunks, error, done = read_stream(run, terms(choice))
    expected = {"message": message, "type": "api_error", "param": None, "code": "tool_choice_unsatisfied"}
    assert (error, done) == ({"error": expected}, "[DONE]")
    assert "No." not in json.dumps(chunks)


def test_failed_run() -> None:
    """A failed run ends its stream with an error and `[DONE]`, and is raised where nothing was sent."""
    error = ModelRateLimited("Slow down.", provider="p", model="m")
    run = [STARTED, model(), TextDelta("Hel"), RunFailed(error, 0)]
    with pytest.raises(ModelRateLimited):
        collect_chat_reply(run, terms())
    *_, text, failure, done = read_stream(run, terms())
    assert "Hel" in json.dumps(text)
    expected = {"message": "Slow down.", "type": "rate_limited", "param": None, "code": "upstream_rate_limited"}
    assert (failure, done) == ({"error": expected}, "[DONE]")


def test_nothing_after_the_end() -> None:
    """Whatever a reader feeds after the last event, `[DONE]` stays the last line."""
    encoder = ChatReplyEncoder(terms())
    assert encoder.encode(RunFailed(RunTimeout("Too long."), 0), 0).endswith(b"data: [DONE]\n\n")
    assert [encoder.encode(event, 1) for event in (TextDelta("x"), finished())] == [b"", b""]


tool_names = st.sampled_from(["lookup", "other", "exec"])
replies = st.lists(
    st.one_of(
        st.builds(TextDelta, st.text(st.characters(codec="utf-8"), min_size=1)),
        st.builds(ReasoningDelta, st.text(min_size=1)),
        st.builds(ToolCallDelta, st.integers(0, 3), st.text(st.characters(codec="utf-8"))),
        st.builds(ModelStarted, st.just("p"), st.just("m"), st.integers(0, 3)),
        tool_names,
    )
)


@settings(deadline=None)
@given(replies, st.sampled_from(["stop", "length", "tool_calls"]))
def test_both_forms_agree(reply: list[RunEvent | str], reason: FinishReason) -> None:
    """Any run looks the same to a caller who streams and to one who does not."""
    run: list[RunEvent] = [STARTED]
    index = 0
    for event in reply:
        if isinstance(event, ModelStarted):
            index = 0
        if isinstance(event, str):
            event = ToolCallStarted(index, f"c{len(run)}", event)  # noqa: PLW2901
            index += 1
        run.append(event)
    run.append(finished(reason))
    content, calls, finish = see_streamed(run, terms())
    collected = see_collected(run, terms())
    assert (content or None, calls, finish) == (collected[0] or None, *collected[1:])
