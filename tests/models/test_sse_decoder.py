"""Bytes to server-sent events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.models.sse_decoder import EventTooLargeError, SseDecoder, SseEvent

CASES = [
    pytest.param(b"data: a\n\ndata: b\n\n", [(b"", b"a"), (b"", b"b")], id="two events"),
    pytest.param(b"data:a\n\n", [(b"", b"a")], id="no space"),
    pytest.param(b"data:  a\n\n", [(b"", b" a")], id="only one space is dropped"),
    pytest.param(b"event: x\ndata: a\nid: 7\nretry: 9\n\n", [(b"x", b"a")], id="other fields"),
    pytest.param(b"data: a\r\n\r\ndata: b\r\n\r\n", [(b"", b"a"), (b"", b"b")], id="CR LF"),
    pytest.param(b"data: a\r\rdata: b\r\r", [(b"", b"a"), (b"", b"b")], id="CR"),
    pytest.param(b"data: a\r\n\ndata: b\n\r\n", [(b"", b"a"), (b"", b"b")], id="mixed ends"),
    pytest.param(b"data: a\ndata: b\n\n", [(b"", b"a\nb")], id="several data lines"),
    pytest.param(b"data\n\n", [(b"", b"")], id="field without colon"),
    pytest.param(b": comment\n\n: another\n\ndata: a\n\n", [(b"", b"a")], id="comments"),
    pytest.param(b"event: x\n\n", [], id="no data"),
    pytest.param(b"\xef\xbb\xbfdata: a\n\n", [(b"", b"a")], id="byte order mark"),
    pytest.param(b"\n\n\n\ndata: a\n\n\n\n", [(b"", b"a")], id="blank lines"),
    pytest.param(b"data: a\n\ndata: b", [(b"", b"a"), (b"", b"b")], id="last blank line forgotten"),
    pytest.param(b"data: [DONE]\n", [(b"", b"[DONE]")], id="ends after one line end"),
    pytest.param(b"", [], id="nothing"),
]


def decode(*pieces: bytes) -> list[SseEvent]:
    decoder = SseDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return [*events, *decoder.end()]


@pytest.mark.parametrize(("stream", "events"), CASES)
def test_every_split_gives_the_same_events(stream: bytes, events: list[SseEvent]) -> None:
    """However the bytes come in, the events are the same."""
    assert decode(stream) == events
    assert decode(*[stream[place : place + 1] for place in range(len(stream))]) == events
    for place in range(len(stream)):
        assert decode(stream[:place], stream[place:]) == events


@given(st.lists(st.sampled_from([b"data: x", b"data", b": c", b"\r", b"\n", b"\r\n", b"event: e", b""]), max_size=30))
def test_no_stream_depends_on_its_splits(pieces: list[bytes]) -> None:
    """Any mixture of lines and line ends is read the same whole and in pieces."""
    assert decode(*pieces) == decode(b"".join(pieces))


@pytest.mark.parametrize("piece", [b"x" * 10, b"data: x\n", b": c\n"], ids=["endless line", "endless event", "comment"])
def test_what_is_kept_is_bounded(piece: bytes) -> None:
    """A line or an event without an end is an error at the cap and not a growing buffer."""
    decoder = SseDecoder(max_event_bytes=1000)
    for _ in range(1000 // len(piece)):
        assert not decoder.feed(piece)
    with pytest.raises(EventTooLargeError):
        decoder.feed(piece)
