"""Which of the found pieces are shown: fitting ones, newer ones, and not the same thing twice. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

HALF_LIFE_DAYS: Final = 30.0
# What the oldest note keeps: it comes last, but if it alone has the words, it is found.
LEAST_SHARE: Final = 0.1
# How much a piece loses by saying what a better one has said already.
_SAMENESS_SHARE: Final = 0.3
_DATED: Final = re.compile(r"memory/(?:.*/)?(\d{4}-\d{2}-\d{2})[^/]*")
WORD: Final = re.compile(r"\w+")


class Found(msgspec.Struct, frozen=True, gc=False):
    """A piece of a note. score: from 0 to 1, higher is better."""

    path: str
    first: int
    last: int
    text: str
    score: float


def score(text: str, words: Sequence[str], share_of_best: float) -> float:
    """How well a piece fits: the share of the words that it holds, and how rare they are, as the index says."""
    lowered = text.lower()
    held = sum([word in lowered for word in words])
    return held / len(words) * (0.5 + 0.5 * share_of_best)


def fade(path: str, today: date) -> float:
    """What age leaves of a dated note's score; other notes are kept up to date by whoever writes them."""
    match = _DATED.fullmatch(path)
    try:
        day = date.fromisoformat(match[1]) if match else today
    except ValueError:
        day = today
    left: float = 0.5 ** (max(0, (today - day).days) / HALF_LIFE_DAYS)
    return max(LEAST_SHARE, left)


def choose(found: Sequence[Found], limit: int) -> list[Found]:
    """The best pieces, each weighed against its likeness to those before it."""
    left = [(piece, frozenset(WORD.findall(piece.text.lower()))) for piece in found]
    chosen: list[tuple[Found, frozenset[str]]] = []
    while left and len(chosen) < limit:
        best = max(left, key=lambda each: _worth(each[0], each[1], chosen))
        left.remove(best)
        chosen.append(best)
    return [piece for piece, _ in chosen]


def _worth(piece: Found, words: frozenset[str], chosen: Sequence[tuple[Found, frozenset[str]]]) -> float:
    likeness = max([len(words & other) / (len(words | other) or 1) for _, other in chosen], default=0.0)
    return (1 - _SAMENESS_SHARE) * piece.score - _SAMENESS_SHARE * likeness
