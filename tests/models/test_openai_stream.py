"""Chat completion chunks, as published and as sent."""

import pytest
from tests.models.feeding import feed
from tests.models.recorded import LLAMA_TOOL_CALL, OPENAI_TEXT, OPENROUTER_REASONING, chunks, delta, fragment

from openclaw_gateway.messages import TextPart, ThinkingPart, ToolCall, Usage


def test_text_and_usage() -> None:
    """Text is joined; cached tokens are taken out of the input and reasoning stays part of the output."""
    fed = feed("openai", [OPENAI_TEXT])
    assert fed.parts == (TextPart("Gr\u00fc\u00df dich \U0001f600"),)
    assert fed.usage == Usage(input=80, output=30, cache_read=20, reasoning=12)


def test_reasoning_is_apart() -> None:
    """Reasoning is a part of its own, before the text."""
    fed = feed("openai", [OPENROUTER_REASONING])
    assert fed.parts == (ThinkingPart("Let me think."), TextPart("42"))
    assert fed.said == [("reasoning", "Let me think."), ("text", "42")]
    assert fed.usage is not None


LOOK = ToolCall("c1", "look", '{"at":1}')
FIND = ToolCall("c2", "find", '{"it":2}')

CALLS = [
    pytest.param([fragment("", call_id="c1", name="look"), fragment('{"at"'), fragment(":1}")], [LOOK], id="by index"),
    pytest.param([fragment('{"at":1}', call_id="c1", name="look")], [LOOK], id="whole in one chunk"),
    pytest.param([fragment({"at": 1}, call_id="c1", name="look")], [LOOK], id="arguments as an object"),
    pytest.param(
        [fragment('{"at"', index=None, call_id="c1", name="look"), fragment(":1}", index=None, call_id="c1")],
        [LOOK],
        id="by id only",
    ),
    pytest.param(
        [fragment('{"at"', index=None, call_id="c1", name="look"), fragment(":1}", index=None)],
        [LOOK],
        id="neither index nor id",
    ),
    pytest.param(
        [
            fragment('{"at":1}', call_id="c1", name="look"),
            fragment('{"it":2}', call_id="c2", name="find"),
        ],
        [LOOK, FIND],
        id="every call has index 0",
    ),
    pytest.param(
        [
            fragment(None, call_id="c1", name="look"),
            fragment(None, index=1, call_id="c2", name="find"),
            fragment('{"at":1}'),
            fragment('{"it":2}', index=1),
        ],
        [LOOK, FIND],
        id="interleaved",
    ),
    pytest.param(
        [fragment('{"at"', call_id="c1", name="look"), fragment(":1}", call_id="other", name="")],
        [LOOK],
        id="a new id and an empty name in each fragment",
    ),
    pytest.param(
        [fragment("{", call_id="c1"), fragment('"at":1}', call_id="c1", name="look")], [LOOK], id="the name comes late"
    ),
    pytest.param(
        [fragment(None, call_id="c1", name="look"), fragment("", call_id="c1")],
        [ToolCall("c1", "look", "{}")],
        id="no arguments",
    ),
    pytest.param(
        [fragment("{at: 1}", call_id="c1", name="look")],
        [ToolCall("c1", "look", "{at: 1}")],
        id="wrong but whole JSON is the model's own",
    ),
]


@pytest.mark.parametrize(("fragments", "calls"), CALLS)
@pytest.mark.parametrize("finish", ["tool_calls", "stop"])
def test_tool_calls_are_put_together(fragments: list[dict[str, object]], calls: list[ToolCall], finish: str) -> None:
    """Fragments find their call however the server marks them, and calls decide the finish whatever the server says."""
    fed = feed("openai", [chunks(*fragments, delta(finish))])
    assert list(fed.parts) == calls
    assert fed.finish == "tool_calls"
    assert [event for event in fed.said if event[0] == "call"] == [
        ("call", index, call.id, call.name) for index, call in enumerate(calls)
    ]
    said = "".join(str(event[2]) for event in fed.said if event[0] == "arguments")
    assert said == "".join(call.arguments for call in calls)


def test_repeated_names_are_one_call() -> None:
    """llama.cpp repeats id and name in each fragment, and tells the call a second time as function_call."""
    assert feed("openai", [LLAMA_TOOL_CALL]).parts == (ToolCall("call__0_look", "look", '{"at":1}'),)


def test_a_call_without_an_id_is_given_one() -> None:
    """Ids of ours are unique, so that results find their call in any conversation."""
    stream = chunks(fragment("{}", name="look"), delta("stop"))
    ids = {part.id for _ in range(20) for part in feed("openai", [stream]).parts if isinstance(part, ToolCall)}
    assert len(ids) == 20


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param({"prompt_tokens": 5, "completion_tokens": 2}, Usage(input=5, output=2), id="plain"),
        pytest.param({"prompt_tokens": 0, "completion_tokens": 0}, None, id="zeros are not counts"),
        pytest.param({"prompt_tokens": "many"}, None, id="not a number"),
        pytest.param({"prompt_tokens": 5.0, "completion_tokens": 2}, Usage(input=5, output=2), id="floats"),
        pytest.param(
            {"prompt_tokens": 9, "completion_tokens": 1, "prompt_cache_hit_tokens": 4},
            Usage(input=5, output=1, cache_read=4),
            id="DeepSeek's cache",
        ),
        pytest.param(
            {"prompt_tokens": 9, "completion_tokens": 1, "prompt_tokens_details": None},
            Usage(input=9, output=1),
            id="null details",
        ),
        pytest.param(
            {"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 50}},
            Usage(input=0, output=1, cache_read=3),
            id="more cached than sent",
        ),
        pytest.param(None, None, id="null"),
    ],
)
def test_usage_is_read_or_absent(usage: object, expected: Usage | None) -> None:
    """Usage that cannot be right is no usage, and never a broken answer."""
    assert feed("openai", [chunks({**delta("stop", content="a"), "usage": usage})]).usage == expected


def test_other_choices_are_not_ours() -> None:
    """Only the first choice is read."""
    other = {"choices": [{"index": 1, "delta": {"content": "other"}, "finish_reason": "stop"}]}
    assert feed("openai", [chunks(delta(content="mine"), other, delta("stop"))]).parts == (TextPart("mine"),)
