"""Lists for a person: aligned columns, in which nothing that a peer said can steer the terminal."""

from collections.abc import Sequence

GAP = "  "


def one_line(text: str) -> str:
    """The text with a question mark for each character that a terminal would obey, line ends among them."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def several_lines(text: str) -> str:
    """The same for a text whose line ends and tabs are meant."""
    return "".join(char if char.isprintable() or char in "\n\t" else "?" for char in text)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line for each row; all rows have the same number of cells. The last column is not padded."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
