"""IDENTITY.md, as people and agents write it."""

from pathlib import Path

import pytest

from openclaw_gateway.agents.identity_file import FileIdentity, parse_identity, read_identity
from openclaw_gateway.agents.templates import IDENTITY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("- Name: Ada\n- Emoji: 🦊\n", FileIdentity(name="Ada", emoji="🦊"), id="lines"),
        pytest.param("* **Name:** Ada\n", FileIdentity(name="Ada"), id="bold key"),
        pytest.param("- **Vibe**: *dry*\n", FileIdentity(vibe="dry"), id="bold key, slanted value"),
        pytest.param("Theme: night\nAVATAR: a.png", FileIdentity(theme="night", avatar="a.png"), id="without marks"),
        pytest.param("- Name: Ada\n- Name: Bob", FileIdentity(name="Ada"), id="the first counts"),
        pytest.param("- Name: (pick one)\n- Creature: _(what?)_", FileIdentity(), id="placeholders"),
        pytest.param("- Name:\n- Emoji:  ", FileIdentity(), id="nothing behind it"),
        pytest.param("- Name: " + "x" * 300, FileIdentity(), id="endless"),
        pytest.param("- Name: A\x1b[31mda", FileIdentity(), id="control characters"),
        pytest.param("My name: is nothing", FileIdentity(), id="another key"),
        pytest.param(IDENTITY, FileIdentity(), id="the template"),
    ],
)
def test_lines_are_read(text: str, expected: FileIdentity) -> None:
    """Values of known keys are taken, placeholders and nonsense are not."""
    assert parse_identity(text) == expected


def test_file_of_a_workspace(tmp_path: Path) -> None:
    """A workspace without the file says nothing."""
    assert read_identity(tmp_path) == FileIdentity()
    (tmp_path / "IDENTITY.md").write_text("- Name: Ada\n")
    assert read_identity(tmp_path).name == "Ada"
