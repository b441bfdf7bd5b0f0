"""`view_image`, as a model calls it."""

from pathlib import Path

import pytest
from tests.tools.files.folder import PNG, call, inside

from openclaw_gateway.tools.tool import ToolFailure
from openclaw_gateway.tools.view_image import ViewImageTool

VIEW = ViewImageTool()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures and a text."""
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff\xe0 and so on")
    (tmp_path / "c.png").write_text("no picture")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param({"path": "a.png"}, "a.png [image/png]<image/png>", id="one"),
        pytest.param(
            {"path": "a.png", "paths": ["b.jpg", "a.png"], "prompt": "What is it?"},
            "a.png [image/png]<image/png>b.jpg [image/jpeg]<image/jpeg>What is it?",
            id="several, each once, and a question",
        ),
    ],
)
async def test_pictures_are_shown_under_their_paths(folder: Path, arguments: dict[str, object], shown: str) -> None:
    """In the order in which they were named."""
    assert await call(VIEW, inside(folder), sees=True, **arguments) == shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({}, "^path or paths is required", id="none"),
        pytest.param({"path": "c.png"}, "c.png is no picture of a known kind", id="no picture"),
        pytest.param({"path": "../a.png"}, "leads out of", id="outside"),
        pytest.param({"paths": ["a.png", "b.jpg"], "maxImages": 1}, "^2 pictures are more than the 1", id="too many"),
        pytest.param({"paths": ["a.png"] * 21}, "^paths: expected array of length <= 20", id="far too many"),
        pytest.param({"path": "a.png", "maxBytesMb": 0.00001}, "a picture of more than 10 bytes", id="too large"),
    ],
)
async def test_what_cannot_be_shown_is_told(folder: Path, arguments: dict[str, object], message: str) -> None:
    """And nothing of it is shown."""
    with pytest.raises(ToolFailure, match=message):
        await call(VIEW, inside(folder), sees=True, **arguments)


async def test_a_model_that_sees_nothing_is_told(folder: Path) -> None:
    """Instead of being sent what it would refuse."""
    with pytest.raises(ToolFailure, match="this model cannot see pictures"):
        await call(VIEW, inside(folder), path="a.png")
