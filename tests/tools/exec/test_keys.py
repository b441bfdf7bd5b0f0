"""Keys by their names."""

import pytest

from openclaw_gateway.tools.exec.keys import bracket_paste, encode_hex, encode_keys
from openclaw_gateway.tools.tool import ToolFailure


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        pytest.param(["Enter"], b"\r", id="named"),
        pytest.param(["C-c", "C-[", "^D", "C-Space"], b"\x03\x1b\x04\x00", id="control"),
        pytest.param(["M-x", "M-Enter", "M-C-a"], b"\x1bx\x1b\r\x1b\x01", id="meta"),
        pytest.param(["a", "-", "ä"], "a-ä".encode(), id="characters"),
        pytest.param(["up", "F12", "PageDown"], b"\x1b[A\x1b[24~\x1b[6~", id="any case"),
    ],
)
def test_keys_are_what_a_terminal_sends(keys: list[str], sent: bytes) -> None:
    """Names as tmux has them."""
    assert encode_keys(keys) == sent


@pytest.mark.parametrize("key", ["Foo", "", "C-", "C-ab", "C-é"])
def test_what_is_no_key_is_refused(key: str) -> None:
    """The refusal says what keys there are."""
    with pytest.raises(ToolFailure, match="is no key"):
        encode_keys([key])


def test_hex_is_bytes() -> None:
    """With and without 0x."""
    assert encode_hex(["1b", "0x5B", "41 42"]) == b"\x1b[AB"


def test_a_paste_cannot_end_its_own_brackets() -> None:
    """Escapes in the text do not end the paste."""
    assert bracket_paste("a\x1b[201~rm\r") == b"\x1b[200~a[201~rm\r\x1b[201~"
