"""An answer while it is written."""

import pytest
from tests.models.feeding import join

from openclaw_gateway.messages import TextPart, ThinkingPart, ToolCall
from openclaw_gateway.models.draft import Draft, UnfinishedCallError
from openclaw_gateway.models.model import ModelEvent


def test_parts_and_deltas_keep_their_order() -> None:
    """What is gathered is said when the kind changes or on flush, in the order it came."""
    said: list[ModelEvent] = []
    draft = Draft(said.append)
    draft.add_reasoning("a")
    draft.add_reasoning("b")
    draft.add_text("")
    assert not said
    draft.add_text("c")
    call = draft.begin_call("1", "look")
    draft.add_arguments(call, "{")
    draft.add_arguments(call, "}")
    draft.flush()
    draft.flush()
    draft.add_text("d")
    assert draft.finish() == (ThinkingPart("ab"), TextPart("c"), ToolCall("1", "look", "{}"), TextPart("d"))
    assert join(said) == [
        ("reasoning", "ab"),
        ("text", "c"),
        ("call", 0, "1", "look"),
        ("arguments", 0, "{}"),
        ("text", "d"),
    ]
    assert len(said) == 5


def test_arguments_wait_for_the_name() -> None:
    """A call is told once it has a name, with all of its arguments."""
    said: list[ModelEvent] = []
    draft = Draft(said.append)
    call = draft.begin_call("1", "")
    draft.add_arguments(call, '{"a"')
    draft.flush()
    assert not said
    draft.start_call(call, "look")
    draft.add_arguments(call, ":1}")
    assert draft.finish() == (ToolCall("1", "look", '{"a":1}'),)
    assert join(said) == [("call", 0, "1", "look"), ("arguments", 0, '{"a":1}')]


@pytest.mark.parametrize("arguments", ["{", '{"a"', '{"a":"b', "[1,"])
def test_a_truncated_call_is_unfinished(arguments: str) -> None:
    """Arguments that end in the middle are not a call that anyone may run."""
    draft = Draft(lambda event: None)
    draft.add_arguments(draft.begin_call("1", "look"), arguments)
    with pytest.raises(UnfinishedCallError, match="middle of the arguments for the tool 'look'"):
        draft.finish()


@pytest.mark.parametrize("arguments", ["{a: 1}", "look!", '{"a":1}}', "[" * 5000 + "]" * 5000])
def test_wrong_arguments_are_the_models_own(arguments: str) -> None:
    """Text that is whole but wrong is passed on: whoever runs the tool can tell the model."""
    draft = Draft(lambda event: None)
    draft.add_arguments(draft.begin_call("1", "look"), arguments)
    assert draft.finish() == (ToolCall("1", "look", arguments),)
