"""Writes the table of docs/reference/commands.md: `python -m tests.commands.reference`."""

from pathlib import Path

from openclaw_gateway.commands.table import COMMANDS

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "commands.md"
HEAD = "| Command | Also | Does | Scope | As |\n|---|---|---|---|---|"


def render_rows() -> str:
    """The table in Markdown."""
    rows = []
    for row in COMMANDS:
        usage = row.usage.replace("|", "\\|")
        aliases = ", ".join([f"`/{word}`" for word in row.aliases])
        scope = row.scope.removeprefix("operator.")
        rows.append(f"| `{usage}` | {aliases} | {row.description} | {scope} | `{row.method}` |")
    return "\n".join([HEAD, *rows])


def main() -> None:
    """Put the table as it is now in the place of the old one."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(HEAD)
    after = rest.partition("\n\n")[2]
    PAGE.write_text(f"{before}{render_rows()}\n\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
