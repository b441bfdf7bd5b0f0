"""A folder with a config in it, and loading it as a gateway in that folder would."""

from pathlib import Path

import pytest

from openclaw_gateway.config.environment import Environment
from openclaw_gateway.config.issues import ConfigInvalid, Issue
from openclaw_gateway.config.load import LaunchOptions, Loaded, load


def surroundings(folder: Path, **variables: str) -> Environment:
    """An environment whose home and working folder are `folder`, and whose state folder is in it."""
    return Environment({"OPENCLAW_STATE_DIR": str(folder / "state"), **variables}, folder, folder)


def write(folder: Path, text: str, name: str = "openclaw.json") -> Path:
    """Put a file into the state folder."""
    path = folder / "state" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)  # or a start warns of what others may read
    return path


def load_text(folder: Path, text: str, **variables: str) -> Loaded:
    """Load a config of that text."""
    write(folder, text)
    return load(LaunchOptions(), surroundings(folder, **variables))


def issues_of(folder: Path, text: str, **variables: str) -> tuple[Issue, ...]:
    """What is wrong with a config of that text."""
    with pytest.raises(ConfigInvalid) as caught:
        load_text(folder, text, **variables)
    return caught.value.issues
