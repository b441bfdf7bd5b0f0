"""What is kept of an output, and how it is cleaned."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openclaw_gateway.tools.exec.output import Cleaner, KeptText, Output, shorten


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        pytest.param(b"a\r\nb\rc\n", "a\nb\nc\n", id="line ends"),
        pytest.param(b"\x1b[1;31mred\x1b[0m", "red", id="colours"),
        pytest.param(b"\x1b]0;title\x07x\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "xlink", id="titles and links"),
        pytest.param(b"\x1b[2J\x1b[H\x1b(Bx\x1b=", "x", id="screen"),
        pytest.param(b"\x1bPpayload\x1b\\x", "x", id="device control"),
        pytest.param(b"a\0b\x07c\x9bd", "abc\ufffdd", id="control characters"),
        pytest.param("a\u202eb\u2066c".encode(), "abc", id="direction of text"),
        pytest.param(b"\xff\xfe", "\ufffd\ufffd", id="not UTF-8"),
        pytest.param("häß 🦞\t".encode(), "häß 🦞\t", id="text stays"),
        pytest.param(b"open \x1b", "open ", id="ends inside"),
    ],
)
def test_output_is_plain_text_at_every_split(printed: bytes, text: str) -> None:
    """However the bytes arrive, the text is the same."""
    for at in range(len(printed) + 1):
        cleaner = Cleaner()
        assert cleaner.feed(printed[:at]) + cleaner.feed(printed[at:]) + cleaner.feed(b"", is_last=True) == text


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=300))
def test_no_bytes_let_an_escape_through(printed: bytes) -> None:
    """Whatever is printed, no control character is left but tab and newline."""
    cleaner = Cleaner()
    text = cleaner.feed(printed) + cleaner.feed(b"", is_last=True)
    assert not [char for char in text if ord(char) < 32 and char not in "\t\n"]


@given(st.lists(st.text(max_size=40), max_size=30))
def test_head_and_tail_are_kept(pieces: list[str]) -> None:
    """What is kept is the first and the last characters, and the rest is counted."""
    kept = KeptText(max_chars=50, head_chars=10)
    for piece in pieces:
        kept.add(piece)
    whole = "".join(pieces)
    if len(whole) <= 50:
        assert (kept.text, kept.dropped_chars) == (whole, 0)
    else:
        assert kept.dropped_chars == len(whole) - 50
        assert kept.text.startswith(whole[:10] + "\n[…")
        assert kept.text.endswith("…]\n" + whole[-40:])


def test_what_was_drained_does_not_come_again() -> None:
    """A drain gives what came since the last; the whole stays."""
    output = Output()
    output.feed(b"one ")
    assert output.drain() == "one "
    output.feed(b"two")
    assert (output.drain(), output.drain(), output.text) == ("two", "", "one two")


@given(st.text(max_size=500), st.integers(min_value=120, max_value=300))
def test_a_short_text_is_whole_and_a_long_one_says_so(text: str, max_chars: int) -> None:
    """Never longer than allowed; when something is left out, the text says how to see it."""
    shown = shorten(text, max_chars, "do this")
    assert len(shown) <= max_chars
    assert shown == text or "do this" in shown
