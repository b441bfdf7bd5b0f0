"""Heads are found however the bytes are cut."""

import pytest

from openclaw_gateway.errors import HeadTooLarge, InvalidRequest
from openclaw_gateway.wire.head_buffer import HeadBuffer

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 16, 1000])
def test_any_cut_finds_the_same_heads(size: int) -> None:
    """Two heads and what follows come out the same, whatever the size of the pieces."""
    buffer, heads = HeadBuffer(1000), []
    sent = HEAD + HEAD + b"rest"
    for start in range(0, len(sent), size):
        buffer.add(sent[start : start + size])
        if len(heads) == 2:
            continue
        while (head := buffer.take_head()) is not None:
            heads.append(head)
            if len(heads) == 2:
                break
    assert heads == [HEAD, HEAD]
    assert b"rest".startswith(buffer.take_all())


def test_empty_lines_before_a_head() -> None:
    """Empty lines before a request are passed over."""
    buffer = HeadBuffer(1000)
    buffer.add(b"\r\n\r\n" + HEAD)
    assert buffer.take_head() == HEAD


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        pytest.param(b"\x16\x03\x01\x02\x00", InvalidRequest, id="TLS"),
        pytest.param(b"\x00" * 10, InvalidRequest, id="NUL"),
        pytest.param(b"ssh-2.0", InvalidRequest, id="another protocol"),
        pytest.param(b"GET / HTTP/1.1\n\n", InvalidRequest, id="bare LF"),
        pytest.param(b"G" * 1001, HeadTooLarge, id="endless without a line"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"a" * 990 + b"\r\n\r\n", HeadTooLarge, id="whole and too large"),
    ],
)
def test_p19_what_never_is_a_head(sent: bytes, error: type[Exception]) -> None:
    """Bytes that cannot become a head are refused at once, not after the deadline."""
    buffer = HeadBuffer(1000)
    buffer.add(sent)
    with pytest.raises(error):
        buffer.take_head()


def test_drop_and_len() -> None:
    """A refused request's body can be passed over."""
    buffer = HeadBuffer(1000)
    buffer.add(HEAD + b"body" + HEAD)
    buffer.take_head()
    buffer.drop(4)
    assert len(buffer) == len(HEAD)
    assert buffer.take_head() == HEAD
