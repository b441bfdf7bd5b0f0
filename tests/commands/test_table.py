"""The table of commands, and the page that is written of it."""

from pathlib import Path

import pytest
from tests.commands.reference import PAGE, render_rows
from tests.commands.saying import answer
from tests.running import Running

from openclaw_gateway.commands.table import BY_NAME, COMMANDS, Command
from openclaw_gateway.endpoints.gateway.methods import build_table


def test_names_are_unique() -> None:
    """No name or alias leads to two commands."""
    words = [word for row in COMMANDS for word in (row.name, *row.aliases)]
    assert len(words) == len(set(words)) == len(BY_NAME)


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_method_exists(row: Command) -> None:
    """Each command names a method that does the same, and no text may follow where none is expected."""
    assert row.method in build_table().names
    assert (row.follows == "none") is (row.args == "")


def test_page_has_the_table() -> None:
    """docs/reference/commands.md shows the commands as they are; `python -m tests.commands.reference` writes it."""
    assert render_rows() in Path(PAGE).read_text(encoding="utf-8")


async def test_lists(gateway: Running) -> None:
    """/help has a line for each command, /commands all names."""
    told = await answer(gateway, "/help")
    assert [row.usage for row in COMMANDS if row.usage not in told] == []
    names = await answer(gateway, "/commands")
    assert [word for word in BY_NAME if f"/{word}" not in names] == []
