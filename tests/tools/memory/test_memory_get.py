"""`memory_get` from outside."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.tools.files.folder import call, inside

from openclaw_gateway.tools.memory.memory_get import MemoryGetTool
from openclaw_gateway.tools.tool import ToolFailure


async def get(folder: Path, max_chars: int = 16_000, **arguments: object) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(await call(MemoryGetTool(), inside(folder), max_chars=max_chars, **arguments))
    return read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with one long note."""
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "a.md").write_text("\n".join(f"line {number}" for number in range(1, 301)))
    (tmp_path / "SOUL.md").write_text("mine")
    return tmp_path


async def test_lines(folder: Path) -> None:
    """The lines that are asked for; 120 from the first without a wish."""
    assert await get(folder, path="memory/a.md", **{"from": 3, "lines": 2}) == {
        "status": "ok",
        "text": "line 3\nline 4",
        "path": "memory/a.md",
        "from": 3,
        "lines": 2,
        "truncated": True,
    }
    first = await get(folder, path="memory/a.md")
    assert (first["lines"], first["truncated"]) == (120, True)
    last = await get(folder, path="memory/a.md", **{"from": 299})
    assert (last["text"], "truncated" in last) == ("line 299\nline 300", False)
    assert (await get(folder, path="memory/a.md", **{"from": 999}))["text"] == ""


async def test_missing_note_is_told(folder: Path) -> None:
    """A note that is not there is no error: agents look whether there is one."""
    assert await get(folder, path="MEMORY.md") == {"status": "not_found", "text": "", "path": "MEMORY.md"}
    assert (await get(folder / "none", path="MEMORY.md"))["status"] == "not_found"


@pytest.mark.parametrize("path", ["SOUL.md", "memory/../SOUL.md", "/etc/passwd", "~/x.md", "memory/a.txt"])
async def test_other_files_are_refused(folder: Path, path: str) -> None:
    """Only notes are read, whatever else lies in the folder."""
    with pytest.raises(ToolFailure, match="are notes"):
        await get(folder, path=path)


async def test_result_is_bounded(folder: Path) -> None:
    """A result ends with a whole line within what the model reads; a line that is longer alone is cut."""
    note = folder / "memory" / "b.md"
    note.write_text('"' * 90 + "\n" + "x\n" * 3000)
    assert (await get(folder, 1_000, path="memory/b.md", lines=5000))["truncated"] is True
    note.write_text("\\" * 50_000)
    assert (await get(folder, 1_000, path="memory/b.md"))["truncated"] is True
