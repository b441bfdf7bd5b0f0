"""Bodies, however their bytes are cut, and the framing that is too much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.errors import InvalidRequest, PayloadTooLarge
from openclaw_gateway.wire.body import ChunkedBody, SizedBody


def feed_cut(body: ChunkedBody | SizedBody, sent: bytes, size: int) -> bytes:
    """Feed in pieces until complete; returns what was left over."""
    for start in range(0, len(sent), size):
        surplus = body.feed(sent[start : start + size])
        if body.is_complete:
            return surplus + sent[start + size :]
    return b""


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_sized(size: int) -> None:
    """A body of known length ends where it was said to; the rest comes back."""
    body = SizedBody(10)
    assert feed_cut(body, b"0123456789next", size) == b"next"
    assert body.take() == b"0123456789"


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=10), st.integers(1, 40))
def test_chunked_at_every_cut(parts: list[bytes], size: int) -> None:
    """However a body was chunked and however the packets were cut, it is the same body."""
    sent = b"".join([b"%x\r\n%b\r\n" % (len(part), part) for part in parts]) + b"0\r\n\r\n"
    body = ChunkedBody(1000)
    feed_cut(body, sent, size)
    assert body.is_complete
    assert body.take() == b"".join(parts)
    assert not body.has_lost_bytes


def test_one_byte_chunks_are_honest() -> None:
    """A body in chunks of one byte is odd and allowed."""
    body = ChunkedBody(100_000)
    body.feed(b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n")
    assert body.take() == b"x" * 50_000


def test_bytes_behind_the_last_chunk_are_noticed() -> None:
    """What comes behind the body in one piece is lost, and the connection knows."""
    body = ChunkedBody(100)
    body.feed(b"1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n")
    assert body.is_complete
    assert body.has_lost_bytes
    assert body.take() == b"x"


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        pytest.param(b"65\r\n" + b"x" * 101 + b"\r\n", PayloadTooLarge, id="one chunk over the cap"),
        pytest.param(b"33\r\n" + b"x" * 51 + b"\r\n33\r\n" + b"x" * 51, PayloadTooLarge, id="two chunks over"),
        pytest.param(b"1;" + b"a" * 20_000 + b"\r\nx\r\n", InvalidRequest, id="long extension"),
        pytest.param(b"0" * 20_000 + b"1\r\nx\r\n", InvalidRequest, id="size padded with zeros"),
        pytest.param(b"0\r\nX: y\r\n\r\n", InvalidRequest, id="trailer"),
        pytest.param(b"0\r\nContent-Length: 5\r\n\r\n", InvalidRequest, id="length as a trailer"),
        pytest.param(b"0\r\nX: " + b"y" * 20_000, InvalidRequest, id="endless trailer"),
        pytest.param(b"1\nx\n0\n\n", InvalidRequest, id="bare LF"),
        pytest.param(b"0x1\r\nx\r\n", InvalidRequest, id="0x"),
        pytest.param(b"-1\r\nx\r\n", InvalidRequest, id="negative"),
        pytest.param(b" 1\r\nx\r\n", InvalidRequest, id="space before the size"),
        pytest.param(b"1 \r\nx\r\n", InvalidRequest, id="space after the size"),
        pytest.param(b"fffffffffffffffff\r\nx", InvalidRequest, id="overflow"),
        pytest.param(b"1\r\nxy\r\n", InvalidRequest, id="longer than said"),
        pytest.param(b"\r\n\r\n", InvalidRequest, id="no size"),
        pytest.param(b"zz\r\n", InvalidRequest, id="no number"),
    ],
)
@pytest.mark.parametrize("size", [1, 1000, 1_000_000])
def test_p19_refused_chunks(sent: bytes, error: type[Exception], size: int) -> None:
    """Malformed, padded or too large: refused, in whatever pieces it comes."""
    body = ChunkedBody(100)
    with pytest.raises(error):
        feed_cut(body, sent, size)


def test_p19_many_small_extensions() -> None:
    """Extensions that are small each and many are refused when they outgrow the body."""
    body = ChunkedBody(100_000)
    with pytest.raises(InvalidRequest):
        body.feed(b"1;a=bcdefghijklmnop\r\nx\r\n" * 10_000)
