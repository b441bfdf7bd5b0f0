"""Old tool results on their way to the model."""

import pytest

from openclaw_gateway.config.schema import ContextPruning
from openclaw_gateway.config.schema.agents import HardClear
from openclaw_gateway.config.schema.values import AllowDeny
from openclaw_gateway.messages import (
    AssistantMessage,
    ImagePart,
    Message,
    TextPart,
    ToolCall,
    ToolResultMessage,
    visible_text,
)
from openclaw_gateway.runs.pruning import PruningRules, prune, read_rules, shorten, trim
from openclaw_gateway.sessions.session import Entry

WINDOW = 100_000


def session(*sizes: int, answers: int = 3) -> list[Entry]:
    """One call with its result of each size, then so many answers."""
    messages: list[Message] = []
    for number, size in enumerate(sizes):
        messages.append(AssistantMessage((ToolCall(str(number), "read", "{}"),)))
        messages.append(ToolResultMessage(str(number), (TextPart("x" * size),), "read"))
    messages += [AssistantMessage((TextPart("ok"),))] * answers
    return [Entry(number, None, message, "r", 1) for number, message in enumerate(messages)]


def rules(**changes: object) -> PruningRules:
    config = ContextPruning(mode="cache-ttl", **changes)  # type: ignore[arg-type]  # rows of a table
    made = read_rules(config)
    assert made is not None
    return made


def sizes(shown: dict[int, Message]) -> dict[int, int]:
    return {entry_id: len(visible_text(message)) for entry_id, message in shown.items()}


def test_off_prunes_nothing() -> None:
    """Off is the default."""
    assert read_rules(ContextPruning()) is None


@pytest.mark.parametrize(
    ("entries", "tokens", "changes", "shown"),
    [
        pytest.param(session(8_000), 29_000, {}, [], id="window is not full enough"),
        pytest.param(session(8_000, 3_999), 30_000, {}, [1], id="long results are trimmed"),
        pytest.param(session(8_000, answers=1), 30_000, {}, [], id="newest answers are safe"),
        pytest.param(session(8_000), 30_000, {"tools": AllowDeny(deny=("re*",))}, [], id="denied tool"),
        pytest.param(session(8_000), 30_000, {"tools": AllowDeny(allow=("exec",))}, [], id="tool not allowed"),
    ],
)
def test_what_is_trimmed(entries: list[Entry], tokens: int, changes: dict[str, object], shown: list[int]) -> None:
    """Old and long results of the chosen tools keep their beginning and end, once the window fills."""
    assert [*prune(entries, {}, rules(**changes), tokens=tokens, window=WINDOW)] == shown


def test_clearing_comes_after_trimming() -> None:
    """At half of the window the oldest results give way to a placeholder, no more of them than needed."""
    entries = session(*[4_000] * 20)
    cleared = prune(entries, {}, rules(), tokens=51_000, window=WINDOW)
    placeholder = "[Old tool result content cleared]"
    texts = [
        visible_text(cleared.get(entry.id, entry.message))
        for entry in entries
        if isinstance(entry.message, ToolResultMessage)
    ]
    assert texts[:2] == [placeholder, placeholder]
    assert placeholder not in texts[2:]
    kept = prune(entries, {}, rules(hard_clear=HardClear(enabled=False)), tokens=51_000, window=WINDOW)
    assert kept == {}


def test_pruned_stays_pruned() -> None:
    """What was shortened before is shown the very same way again."""
    entries = session(8_000, 9_000)
    first = prune(entries, {}, rules(), tokens=30_000, window=WINDOW)
    again = prune(entries, first, rules(), tokens=30_000, window=WINDOW)
    assert again == first
    assert all(again[entry_id] is first[entry_id] for entry_id in first)


def test_image_of_a_result_stays() -> None:
    """Trimming is about text."""
    result = ToolResultMessage("c", (TextPart("x" * 9_000), ImagePart("image/png", "QUJD")), "look")
    assert trim(result).content[1] == result.content[1]


def test_largest_results_make_room() -> None:
    """Where nothing else makes room the largest results are shortened, only as many as needed."""
    entries = session(8_000, 20_000, 9_000)
    assert [*sizes(shorten(entries, {}, 4_000))] == [3]
    assert [*sizes(shorten(entries, {}, 5_000))] == [3, 5]
