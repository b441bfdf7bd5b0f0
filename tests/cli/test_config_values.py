"""What `config set` and `patch` are to write."""

from pathlib import Path

import pytest

from openclaw_gateway.cli.config_values import parse_json5, patch_changes, read_text
from openclaw_gateway.cli.console import CommandFailed
from openclaw_gateway.config.write import Change


@pytest.mark.parametrize(
    ("patch", "changes"),
    [
        pytest.param({"a": 1}, [Change(("a",), 1)], id="replace"),
        pytest.param({"o": {"x": 2}}, [Change(("o", "x"), 2)], id="below"),
        pytest.param({"o": {"p": None}}, [Change(("o", "p"), is_removal=True)], id="take away"),
        pytest.param({"nope": None, "o": {"nope": None}}, [], id="take away what is not there"),
        pytest.param({"l": [None]}, [Change(("l",), [None])], id="lists are replaced as they are"),
        pytest.param({"a": {"n": {"m": None, "k": 1}}}, [Change(("a",), {"n": {"k": 1}})], id="an object for a number"),
        pytest.param({}, [], id="nothing"),
    ],
)
def test_a_merge_patch_is_changes_of_single_places(patch: dict[str, object], changes: list[Change]) -> None:
    """RFC 7396: objects merge, null takes away, everything else replaces."""
    assert patch_changes(patch, {"a": 0, "o": {"p": 1}, "l": [1]}) == changes


@pytest.mark.parametrize("content", [None, b"\xff", b"x" * (2 * 1024 * 1024 + 1)], ids=["missing", "bytes", "large"])
def test_a_file_that_cannot_be_read_is_a_failed_command(tmp_path: Path, content: bytes | None) -> None:
    """A patch that is missing, no text or too large is told as such."""
    path = tmp_path / "patch.json5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandFailed, match="Cannot read"):
        read_text(str(path))


def test_text_that_is_no_json5_names_its_place() -> None:
    """The reason has line and column, and says which text it is."""
    with pytest.raises(CommandFailed, match=r"the patch: Invalid JSON5: .* \(line 2, column 2\)"):
        parse_json5("{\n :1}", "the patch")
