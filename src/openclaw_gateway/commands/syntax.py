"""What of a message is a command: pure, and told by the table alone.

A message is a command when it begins with the name of one, and words that belong to it follow; anything else that
begins with a slash (`/etc/hosts`, `/help me with this`) is what it looks like, text. Directives may be followed by
text: then they count for this message only, and are taken out of it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

# `free`: any text may follow. `none`: nothing may, or it is no command. `directive`: words of its own, then text.
Follows = Literal["none", "free", "directive"]

_NAME = re.compile(r"\s*/([a-z][a-z_-]*)(?::\s*|\s+|$)", re.IGNORECASE)
_WORD = re.compile(r"(\S+)\s*")


class Shape(Protocol):
    """A command, as far as reading it goes."""

    @property
    def follows(self) -> Follows:
        """What may come after the name."""
        ...

    @property
    def takes(self) -> Callable[[str, int], bool]:
        """Whether a directive takes the word of that number, from 0."""
        ...

    @property
    def parts(self) -> Callable[[str], tuple[str, str]]:
        """Of what follows: the command's own words, and a message behind them."""
        ...


C = TypeVar("C", bound=Shape)


@dataclass(frozen=True, slots=True)
class Given(Generic[C]):
    """One command and what was said to it."""

    command: C
    args: str


@dataclass(frozen=True, slots=True)
class Reading(Generic[C]):
    """What a message says to the gateway, and what of it is left for the agent; "" if all of it was a command."""

    given: tuple[Given[C], ...]
    rest: str


def read_message(text: str, names: Mapping[str, C]) -> Reading[C] | None:
    """The commands that a message begins with; None if it is only text. names: by name and alias, lower case."""
    given: list[Given[C]] = []
    rest = text
    while (match := _NAME.match(rest)) is not None:
        command = names.get(match[1].lower())
        if command is None:
            break
        after = rest[match.end() :]
        if command.follows != "directive":
            if given or (command.follows == "none" and after.strip()):
                break
            args, message = command.parts(after.strip())
            return Reading((Given(command, args),), message)
        args, left = _take_words(command, after)
        if not args and left.strip():
            if given or any(not word.startswith("-") for word in left.split()[1:]):
                break  # `/think about it`: no word of its own, so it is text
            args, left = left.strip(), ""
        given.append(Given(command, args))
        rest = left
    return Reading(tuple(given), rest.strip()) if given else None


def _take_words(command: Shape, text: str) -> tuple[str, str]:
    words: list[str] = []
    while (match := _WORD.match(text)) is not None and command.takes(match[1], len(words)):
        words.append(match[1])
        text = text[match.end() :]
    return " ".join(words), text
