"""JSON on one line, whoever reads the lines."""

import json

import pytest

from openclaw_gateway.dialects.openai.line_json import encode_text, escape_breaks


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("plain", id="plain"),
        pytest.param('a "quote" and \\', id="to be escaped"),
        pytest.param("a\r\nb\u2028c\u2029d\x85e\x0bf", id="line breaks of all kinds"),
        pytest.param("Gr\u00fc\u00dfe \U0001f600", id="beyond ASCII"),
    ],
)
def test_text_stays_on_one_line(text: str) -> None:
    """No reader sees a line break in the JSON, and every reader gets the text back."""
    line = encode_text(text)
    assert json.loads(line) == text
    assert len(line.decode().splitlines()) == 1
    whole = escape_breaks(json.dumps({"text": text}, ensure_ascii=False).encode())
    assert json.loads(whole) == {"text": text}
    assert len(whole.decode().splitlines()) == 1


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    """What UTF-8 cannot carry is replaced and breaks nothing."""
    assert json.loads(encode_text("a\ud800b")) == "a?b"
