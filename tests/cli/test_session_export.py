"""Messages as Markdown and as lines of JSON."""

import json
from pathlib import Path

import pytest

from openclaw_gateway.cli.console import CommandFailed
from openclaw_gateway.cli.session_export import as_jsonl, as_markdown, write_private


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("Hi", "Hi", id="plain text"),
        pytest.param([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a\n\nb", id="parts"),
        pytest.param([{"type": "thinking", "thinking": "hm"}], "(thinking)", id="thinking"),
        pytest.param(
            [{"type": "toolCall", "name": "read", "arguments": {"path": "x"}}],
            '(calls read with `{"path":"x"}`)',
            id="call of a tool",
        ),
        pytest.param([{"type": "image", "omitted": True}], "(image)", id="image"),
        pytest.param(7, "", id="nonsense"),
    ],
)
def test_markdown(content: object, text: str) -> None:
    """Each part of a message has its place in the text."""
    assert list(as_markdown([{"role": "user", "content": content}])) == [f"## User\n\n{text}\n"]


def test_lines() -> None:
    """The session comes first, then one line for each message."""
    lines = [json.loads(line) for line in as_jsonl({"key": "k"}, [{"role": "user", "content": "Hi"}])]
    assert lines == [
        {"type": "session", "key": "k"},
        {"type": "message", "message": {"role": "user", "content": "Hi"}},
    ]


def test_file_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that is not there is told, and a file that is there is left as it is."""
    with pytest.raises(CommandFailed, match="cannot write"):
        write_private(tmp_path / "nosuch" / "file", ["x"])
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CommandFailed, match="exists already"):
        write_private(tmp_path / "file", ["x"])
    assert (tmp_path / "file").read_text() == "mine"
