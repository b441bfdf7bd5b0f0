"""What was written of a conversation before."""

from collections.abc import Sequence

from openclaw_gateway.messages import AssistantMessage, Message, TextPart, UserMessage
from openclaw_gateway.models.kept_text import EncodedMessages, WrittenBeginnings

HI = UserMessage("hi")


def test_kept_messages_are_bounded() -> None:
    """Encoded messages are found by identity, the oldest go first, and large ones are not kept at all."""
    kept = EncodedMessages(max_kept_bytes=160)
    messages = [UserMessage(str(number)) for number in range(20)]
    for message in messages:
        kept.keep(message, b"x" * 10)
    assert [kept.find(message) is not None for message in messages] == [False] * 4 + [True] * 16
    kept.keep(messages[0], b"x" * 11)
    assert kept.find(messages[0]) is None
    assert kept.find(UserMessage("19")) is None


def test_keeping_twice_counts_once() -> None:
    """The same message again takes the place of itself."""
    kept = EncodedMessages(max_kept_bytes=160)
    for _ in range(100):
        kept.keep(HI, b"x" * 10)
    other = UserMessage("other")
    kept.keep(other, b"y" * 10)
    assert kept.find(HI) is not None
    assert kept.find(other) is not None


def test_only_what_is_new_is_written() -> None:
    """A conversation that goes on is written from where it was left; its text is the same as if written at once."""
    written: list[int] = []

    def write(messages: Sequence[Message]) -> bytes:
        written.append(len(messages))
        return b"".join([str(message.content).encode() for message in messages])

    kept = WrittenBeginnings(write)
    stored: list[Message] = []
    for number in range(5):
        asked = UserMessage(f"q{number}")
        stored.append(UserMessage(asked.content, timestamp=1))
        assert b"".join(kept.write((*stored[:-1], asked))) == write((*stored[:-1], asked))
        stored.append(AssistantMessage((TextPart(f"a{number}"),), timestamp=1))
    # The beginning and the new turn, and the whole of it by the test.
    assert written[-3:] == [2, 1, 9]
