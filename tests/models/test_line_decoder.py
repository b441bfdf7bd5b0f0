"""Lines of JSON out of bytes."""

from time import process_time

import pytest

from openclaw_gateway.models.line_decoder import LineDecoder
from openclaw_gateway.models.sse_decoder import MAX_LINES_AT_ONCE, EventTooLargeError, TooManyLinesError

STREAM = b'{"a":1}\r\n\n  \n{"b":"\xe2\x82\xac"}\n{"c":3}'
LINES = [b'{"a":1}', b'{"b":"\xe2\x82\xac"}', b'{"c":3}']


def read(*pieces: bytes) -> list[bytes]:
    decoder = LineDecoder()
    lines = [line for piece in pieces for _, line in decoder.feed(piece)]
    return [*lines, *[line for _, line in decoder.end()]]


def test_every_split_gives_the_same_lines() -> None:
    """However the network cuts them, lines come whole, blank ones are no lines, and the last needs no end."""
    for place in range(len(STREAM) + 1):
        assert read(STREAM[:place], STREAM[place:]) == LINES
    assert read(*[STREAM[place : place + 1] for place in range(len(STREAM))]) == LINES


@pytest.mark.parametrize(
    ("pieces", "error"),
    [
        pytest.param([b"x" * 8] * 3, EventTooLargeError, id="a line without an end"),
        pytest.param([b"x" * 17 + b"\n"], EventTooLargeError, id="a line with one"),
        pytest.param([b"\n" * (MAX_LINES_AT_ONCE + 1)], TooManyLinesError, id="nothing but ends"),
    ],
)
def test_what_no_answer_has_is_refused(pieces: list[bytes], error: type[Exception]) -> None:
    """What is kept and what one read may cost are bounded."""
    decoder = LineDecoder(max_line_bytes=16)
    with pytest.raises(error):
        list(map(decoder.feed, pieces))


def test_a_long_line_in_small_pieces_costs_its_length() -> None:
    """Half a megabyte in pieces of 16 bytes is read in less than a second of CPU."""
    decoder = LineDecoder()
    began_at = process_time()
    for _ in range(32_768):
        decoder.feed(b"x" * 16)
    assert len(decoder.feed(b"\n")[0][1]) == 524_288
    assert process_time() - began_at < 1
