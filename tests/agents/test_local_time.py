"""Times as the agent's person reads them."""

from datetime import UTC, datetime

import pytest

from openclaw_gateway.agents.local_time import LocalTime
from openclaw_gateway.messages import (
    AssistantMessage,
    ImagePart,
    Message,
    TextPart,
    ToolResultMessage,
    UserMessage,
)

AT_MS = int(datetime(2026, 11, 20, 22, 32, 59, tzinfo=UTC).timestamp() * 1000)
IMAGE = ImagePart("image/png", "AAAA")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param("UTC", "[Fri 2026-11-20 22:32 UTC] ", id="utc"),
        pytest.param("Europe/Berlin", "[Fri 2026-11-20 23:32 CET] ", id="winter"),
        pytest.param("Asia/Tokyo", "[Sat 2026-11-21 07:32 JST] ", id="already tomorrow"),
    ],
)
def test_stamp(zone: str, expected: str) -> None:
    """A stamp has day and minute in the person's zone."""
    assert LocalTime(zone).stamp(AT_MS) == expected


@pytest.mark.parametrize("zone", [None, "", "No/Where", "../etc/passwd"])
def test_unknown_zone_is_that_of_the_machine(zone: str | None) -> None:
    """A zone that nobody knows is as good as none."""
    machine = datetime.fromtimestamp(AT_MS / 1000, UTC).astimezone()
    assert LocalTime(zone).at(AT_MS).utcoffset() == machine.utcoffset()


@pytest.mark.parametrize(
    ("message", "content"),
    [
        pytest.param(UserMessage("hi", AT_MS), "[Fri 2026-11-20 22:32 UTC] hi", id="text"),
        pytest.param(UserMessage("hi"), "hi", id="of unknown time"),
        pytest.param(
            UserMessage((TextPart("see"), IMAGE), AT_MS),
            (TextPart("[Fri 2026-11-20 22:32 UTC] see"), IMAGE),
            id="text and image",
        ),
        pytest.param(
            UserMessage((IMAGE,), AT_MS), (TextPart("[Fri 2026-11-20 22:32 UTC] "), IMAGE), id="an image alone"
        ),
        pytest.param(AssistantMessage((TextPart("yes"),), AT_MS), (TextPart("yes"),), id="an answer"),
        pytest.param(ToolResultMessage("c", (TextPart("ok"),), timestamp=AT_MS), (TextPart("ok"),), id="a result"),
    ],
)
def test_messages_of_people_are_stamped(message: Message, content: object) -> None:
    """What a person said is shown with its time; all else is shown as it is."""
    assert LocalTime("UTC").show(message).content == content


def test_day_is_written_once() -> None:
    """Within a day the text is the same object; another key or another day is written anew."""
    time, count = LocalTime("UTC"), []

    def write(now: datetime, zone: str, key: str) -> str:
        count.append(key)
        return f"{now:%Y-%m-%d} {zone} {key}"

    first = time.once_a_day(AT_MS, "p/m", write)
    assert first == "2026-11-20 UTC p/m"
    assert time.once_a_day(AT_MS + 1000, "p/m", write) is first
    assert time.once_a_day(AT_MS, "p/other", write) == "2026-11-20 UTC p/other"
    assert time.once_a_day(AT_MS + 2 * 3_600_000, "p/other", write) == "2026-11-21 UTC p/other"
    assert count == ["p/m", "p/other", "p/other"]
