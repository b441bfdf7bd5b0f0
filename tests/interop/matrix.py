"""The table of clients and features in docs/compatibility.md: written by `make interop`, and its memory.

A cell says `yes`, `no`, or nothing where it was not tried, mostly because the client has no such feature.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.interop.install import CHECKOUT

PAGE = CHECKOUT / "docs" / "compatibility.md"
BEGIN, END = "<!-- clients: written by make interop -->", "<!-- clients: end -->"
FEATURES = (
    "text",
    "stream",
    "tools",
    "streamed tools",
    "JSON schema",
    "image",
    "unknown agent",
    "wrong key",
    "broken stream",
    "responses",
    "streamed responses",
    "responses tools",
    "stored responses",
    "embeddings",
)

Row = Mapping[str, str]


def read_cells(page: str) -> dict[str, dict[str, str]]:
    """Feature -> cell, of each client in the page's table. The name of a client is without its versions."""
    lines = page.partition(BEGIN)[2].partition(END)[0].strip().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    if not rows:
        return {}
    return {row[0]: dict(zip(rows[0][2:], row[2:], strict=True)) for row in rows[2:]}


def find_lost(before: Mapping[str, Row], now: Mapping[str, Row]) -> list[str]:
    """The cells that said yes and do not any more, as `client: feature`."""
    return [
        f"{client}: {feature}"
        for client, row in before.items()
        for feature, cell in row.items()
        if cell == "yes" and now.get(client, {}).get(feature) != "yes"
    ]


def write_cells(page: str, rows: Mapping[str, Row], versions: Mapping[str, str]) -> str:
    """The page with this table in it."""
    table = [_line(["Client", "Versions", *FEATURES]), _line(["---"] * (len(FEATURES) + 2))]
    table += [
        _line([client, versions[client], *(row.get(feature, "") for feature in FEATURES)])
        for client, row in rows.items()
    ]
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before + BEGIN, *table, END + after])


def save(rows: Mapping[str, Row], versions: Mapping[str, str], path: Path = PAGE) -> None:
    """Write the table, unless a cell was lost: then the page keeps saying what has to be true again."""
    page = path.read_text()
    if not find_lost(read_cells(page), rows):
        path.write_text(write_cells(page, rows, versions))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
