"""The part of a text that is most like one that was not found in it: told to the model, so that it can try again."""

from typing import Final

# A text so short is told as a whole.
_WHOLE_CHARS: Final = 1_500
_LINES_AROUND: Final = 2
_MAX_LINE_CHARS: Final = 300
# Lines that are compared; enough for what is edited by hand.
_MAX_LINES: Final = 50_000


def show_nearest(text: str, wanted: str) -> str:
    """With line numbers; a short text as a whole."""
    lines = text.split("\n")
    if len(text) <= _WHOLE_CHARS:
        return "It holds:\n" + _number(lines, 0, len(lines)) if text else "It is empty."
    looked_for = [words for line in wanted.split("\n")[:50] if (words := set(line.split()))]
    if not looked_for:
        return "Read it again."
    scores = [_likeness(set(line.split()), looked_for[0]) for line in lines[:_MAX_LINES]]
    best = max(range(len(scores)), key=scores.__getitem__)
    if not scores[best]:
        return "No line of it is like the first one; read it again."
    end = min(len(lines), best + len(looked_for) + _LINES_AROUND)
    return "Nearest to it:\n" + _number(lines, max(0, best - _LINES_AROUND), min(end, best + 20))


def _likeness(words: set[str], wanted: set[str]) -> float:
    both = len(words & wanted)
    return both / len(words | wanted) if both else 0.0


def _number(lines: list[str], start: int, end: int) -> str:
    return "\n".join([f"{number + 1}: {lines[number][:_MAX_LINE_CHARS]}" for number in range(start, end)])
