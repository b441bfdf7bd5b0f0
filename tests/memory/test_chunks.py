"""Notes are cut where a reader would cut them."""

from openclaw_gateway.memory.chunks import MAX_CHUNK_CHARS, Chunk, cut_chunks


def test_headings_begin_pieces() -> None:
    """A piece is a section with the numbers of its lines; blank ones are none."""
    text = "intro\n\n# One\na\nb\n## Two\nc\n# \n"
    assert list(cut_chunks(text)) == [
        Chunk(1, 2, "intro\n"),
        Chunk(3, 5, "# One\na\nb"),
        Chunk(6, 7, "## Two\nc"),
        Chunk(8, 8, "# "),
    ]
    assert list(cut_chunks("\n \n")) == []


def test_pieces_are_bounded() -> None:
    """A long section becomes several pieces, a long line several of one number; nothing is lost."""
    lines = [f"line {number} " + "x" * 90 for number in range(100)]
    pieces = list(cut_chunks("\n".join(lines)))
    assert "\n".join(piece.text for piece in pieces) == "\n".join(lines)
    assert all(len(piece.text) <= MAX_CHUNK_CHARS for piece in pieces)
    assert [pieces[0].first, pieces[-1].last] == [1, 100]
    long = "y" * (2 * MAX_CHUNK_CHARS + 5)
    assert [(piece.first, piece.last, len(piece.text)) for piece in cut_chunks(f"a\n{long}\nb")] == [
        (1, 1, 1),
        (2, 2, MAX_CHUNK_CHARS),
        (2, 2, MAX_CHUNK_CHARS),
        (2, 2, 5),
        (3, 3, 1),
    ]
