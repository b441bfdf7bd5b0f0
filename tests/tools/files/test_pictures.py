"""Pictures, passed on as they are."""

import os
from base64 import b64decode
from pathlib import Path

import pytest
from tests.tools.files.folder import PNG

from openclaw_gateway.tools.files.pictures import read_picture
from openclaw_gateway.tools.tool import ToolFailure


def test_a_picture_is_its_bytes(tmp_path: Path) -> None:
    """Up to the limit and not beyond."""
    (tmp_path / "a").write_bytes(PNG)
    file = os.open(tmp_path / "a", os.O_RDONLY)
    try:
        picture = read_picture(file, os.read(file, 9), "image/png", "a", len(PNG))
        assert (picture.mime_type, b64decode(picture.data)) == ("image/png", PNG)
        os.lseek(file, 0, os.SEEK_SET)
        with pytest.raises(ToolFailure, match=f"^a is a picture of more than {len(PNG) - 1} bytes"):
            read_picture(file, os.read(file, 9), "image/png", "a", len(PNG) - 1)
    finally:
        os.close(file)
