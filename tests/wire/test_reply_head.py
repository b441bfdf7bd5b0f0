"""Heads of answers, byte by byte."""

import pytest

from openclaw_gateway.wire.reply_head import ReplyHeads


def render(heads: ReplyHeads, **changes: object) -> bytes:
    arguments: dict[str, object] = {
        "status": 200,
        "content_type": "text/plain",
        "headers": [(b"x-a", b"b")],
        "request_id": "id-1",
        "length": 5,
        "keeps_alive": True,
    }
    return heads.render(**(arguments | changes))  # type: ignore[arg-type]  # a table's row


def test_form() -> None:
    """A status line, headers of one line each, a blank line."""
    head = render(ReplyHeads("max-age=1"))
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert lines[-2:] == [b"", b""]
    assert {b"x-a: b", b"content-type: text/plain", b"x-request-id: id-1", b"content-length: 5"} <= set(lines)
    assert b"strict-transport-security: max-age=1" in lines
    assert b"connection: close" not in lines


@pytest.mark.parametrize(
    ("changes", "present", "absent"),
    [
        pytest.param(
            {"length": None, "is_chunked": True}, b"transfer-encoding: chunked", b"content-length", id="chunks"
        ),
        pytest.param({"length": None}, b"HTTP/1.1", b"transfer-encoding", id="to the end"),
        pytest.param({"keeps_alive": False}, b"connection: close", b"keep-alive", id="last"),
        pytest.param({"length": 0}, b"content-length: 0", b"transfer-encoding", id="empty"),
        pytest.param({"status": 431}, b"HTTP/1.1 431 Request Header Fields Too Large", b"200", id="status"),
    ],
)
def test_framing(changes: dict[str, object], present: bytes, absent: bytes) -> None:
    """The body's length is told in exactly one way."""
    head = render(ReplyHeads(), **changes)
    assert present in head
    assert absent not in head


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"a\rb", b"a\0b"])
def test_no_value_ends_its_line(value: bytes) -> None:
    """A value that would end its line is a bug, whoever it came from."""
    with pytest.raises(ValueError, match="line break"):
        render(ReplyHeads(), headers=[(b"x-a", value)])


def test_no_setting_ends_its_line() -> None:
    """Nor may a setting."""
    with pytest.raises(ValueError, match="line break"):
        ReplyHeads("max-age=1\r\nx: y")
