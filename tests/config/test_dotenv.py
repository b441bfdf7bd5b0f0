"""Reading `.env` files."""

from pathlib import Path

import pytest

from openclaw_gateway.config.dotenv import parse_dotenv, read_dotenv


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("A=1\nexport B=2\n", {"A": "1", "B": "2"}, id="plain"),
        pytest.param('A = \'x # y\' # z\nB="l\\n\\"q\\""\n', {"A": "x # y", "B": 'l\n"q"'}, id="quotes"),
        pytest.param("A=1 # one\nB=a#b\nC=\n#D=1\n", {"A": "1", "B": "a#b", "C": ""}, id="comments"),
        pytest.param("A=1\r\nB=2", {"A": "1", "B": "2"}, id="CRLF"),
        pytest.param("just text\n=x\n1A=2\nA=1\nA=2", {"A": "2"}, id="other lines, and the last counts"),
        pytest.param('A="one\ntwo"', {"A": "one\ntwo"}, id="two lines"),
        pytest.param("A=a\0b", {}, id="NUL"),
        pytest.param("", {}, id="empty"),
    ],
)
def test_dotenv_lines(text: str, expected: dict[str, str]) -> None:
    """Lines are read as shells read them."""
    assert parse_dotenv(text) == expected


def test_a_dotenv_file_that_is_none(tmp_path: Path) -> None:
    """A missing file, a folder and bytes that are no text bring nothing."""
    (tmp_path / "b").write_bytes(b"A=\xff")
    assert [read_dotenv(path) for path in (tmp_path / "a", tmp_path, tmp_path / "b")] == [{}, {}, {}]
