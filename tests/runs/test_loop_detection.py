"""Runs that go round in circles."""

import pytest

from openclaw_gateway.errors import RunLimitExceeded
from openclaw_gateway.messages import TextPart, ToolCall, ToolResultMessage, visible_text
from openclaw_gateway.runs.loop_detection import BLOCK_AT, NOTE_AT, LoopWatch

Step = tuple[str, str, str]


def run(watch: LoopWatch, *steps: Step) -> list[str]:
    """Calls one after the other: (tool, arguments, result); returns what the model is shown, "blocked" if not run."""
    shown = []
    for name, arguments, text in steps:
        call = ToolCall("c", name, arguments)
        if watch.block([call]) is not None:
            shown.append("blocked")
            continue
        (result,) = watch.observe([call], [ToolResultMessage("c", (TextPart(text),), name)])
        shown.append("noted" if "The same call" in visible_text(result) else "run")
    return shown


SAME: Step = ("look", '{"a":1}', "nothing")
CALM = ["run"] * (NOTE_AT - 1)
CIRCLE = [*CALM, *["noted"] * (BLOCK_AT - NOTE_AT + 1), "blocked"]


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        pytest.param([SAME] * (BLOCK_AT + 1), CIRCLE, id="the same again and again"),
        pytest.param(
            [("look", "{}", f'{{"durationMs": {n}, "pid": 1{n}, "cwd": "/{n}", "x": 1}}') for n in range(BLOCK_AT + 1)],
            CIRCLE, id="only time and pid differ",
        ),
        pytest.param([("look", f'{{"a":{n}}}', "none") for n in range(20)], ["run"] * 20, id="other arguments"),
        pytest.param([("look", "{}", f"line {n}") for n in range(20)], ["run"] * 20, id="progress"),
        pytest.param([("lost", f'{{"a":{n}}}', "not found") for n in range(BLOCK_AT + 1)], CIRCLE, id="unknown tool"),
        pytest.param(
            [SAME, ("look", '{"a":2}', "nothing")] * BLOCK_AT + [SAME],
            ["run"] * 2 * (NOTE_AT - 1) + ["noted"] * 2 * (BLOCK_AT - NOTE_AT + 1) + ["blocked"], id="ping-pong",
        ),
        pytest.param(
            [("look", '{"a":1,"b":2}', "x"), ("look", '{"b":2,"a":1}', "x")] * 3, [*CALM, "noted", "noted"],
            id="order of arguments",
        ),
    ],
)  # fmt: skip
def test_circles(steps: list[Step], shown: list[str]) -> None:
    """Calls without progress are first noted, then not run; calls that get on are left alone."""
    assert run(LoopWatch(enabled=True, known={"look"}), *steps) == shown


def test_second_blocked_batch_ends_the_run() -> None:
    """After one more answer the run is over."""
    watch = LoopWatch(enabled=True, known={"look"})
    run(watch, *[SAME] * (BLOCK_AT + 1))
    with pytest.raises(RunLimitExceeded) as caught:
        run(watch, SAME)
    assert caught.value.code == "loop_detected"


@pytest.mark.parametrize("enabled", [pytest.param(None, id="unset"), pytest.param(False, id="off")])
def test_unset_watches_nothing(enabled: bool | None) -> None:
    """Without the setting nothing is noted or blocked."""
    assert run(LoopWatch(enabled, {"look"}), *[SAME] * 30) == ["run"] * 30


@pytest.mark.parametrize(
    ("enabled", "steps", "ends"),
    [
        pytest.param(None, [SAME] * 3, True, id="unset"),
        pytest.param(True, [SAME] * 3, True, id="on"),
        pytest.param(False, [SAME] * 3, False, id="off"),
        pytest.param(None, [SAME, SAME, ("look", "{}", "x"), SAME, SAME, SAME], False, id="something else between"),
    ],
)
def test_circle_after_a_compaction(enabled: bool | None, steps: list[Step], ends: bool) -> None:
    """Three identical calls right after a compaction end the run, unless the setting is off."""
    watch = LoopWatch(enabled, {"look"})
    watch.note_compaction()
    if not ends:
        run(watch, *steps)
        return
    with pytest.raises(RunLimitExceeded) as caught:
        run(watch, *steps)
    assert caught.value.code == "compaction_loop_persisted"
