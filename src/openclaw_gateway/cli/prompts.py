"""Asking a person on a terminal: the one module that knows the prompt library, which it imports when it asks.

Questions go to stderr, so that stdout stays the answer's. Ctrl-C and Ctrl-D raise KeyboardInterrupt.
"""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from openclaw_gateway.config.load import read_environment

if TYPE_CHECKING:
    from prompt_toolkit.output import Output
    from questionary import Question

T = TypeVar("T")

# Longer lines are hard to read.
MAX_COLUMNS = 88

# What a check says of a text: why it will not do, or None.
Objection = Callable[[str], str | None]


class Choice(NamedTuple, Generic[T]):
    """value: what choosing it means. title: one line, short enough for a narrow terminal."""

    value: T
    title: str


def can_ask() -> bool:
    """Whether there is a person at a terminal that can be painted on."""
    return sys.stdin.isatty() and sys.stderr.isatty() and read_environment().get("TERM") not in (None, "", "dumb")


class Prompts:
    """The kinds of questions."""

    def __init__(self, *, is_coloured: bool) -> None:
        from prompt_toolkit.output import ColorDepth, create_output

        self._output: Output = create_output(stdout=sys.stderr)
        self._depth = None if is_coloured else ColorDepth.DEPTH_1_BIT

    @property
    def columns(self) -> int:
        """How long a line for reading may be here."""
        return min(self._output.get_size().columns, MAX_COLUMNS)

    def choose(self, question: str, choices: Sequence[Choice[T]], *, first: T | None = None) -> T:
        """One of several. first: where the pointer stands at the beginning."""
        import questionary

        offered = [questionary.Choice(choice.title, value=number) for number, choice in enumerate(choices)]
        start = next((offered[number] for number, choice in enumerate(choices) if choice.value == first), offered[0])
        number = _ask(
            int,
            questionary.select(
                question,
                choices=offered,
                default=start,
                instruction="(arrow keys, Enter)",
                output=self._output,
                color_depth=self._depth,
            ),
        )
        return choices[number].value

    def text(self, question: str, default: str = "", *, objection: Objection) -> str:
        """A line of text, without the blanks around it; asked until nothing is to be said against it."""
        import questionary

        answer = _ask(
            str,
            questionary.text(
                question,
                default=default,
                validate=lambda text: objection(text.strip()) or True,
                output=self._output,
                color_depth=self._depth,
            ),
        )
        return answer.strip()

    def secret(self, question: str, *, objection: Objection) -> str:
        """A line of text that is shown as asterisks, and kept nowhere."""
        import questionary

        answer = _ask(
            str,
            questionary.password(
                question,
                validate=lambda text: objection(text.strip()) or True,
                output=self._output,
                color_depth=self._depth,
            ),
        )
        return answer.strip()

    def confirm(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        import questionary

        return _ask(bool, questionary.confirm(question, default=default, output=self._output, color_depth=self._depth))


def _ask(kind: type[T], question: "Question") -> T:
    try:
        answer = question.unsafe_ask()
    except EOFError:  # Ctrl-D, or a terminal that went away
        raise KeyboardInterrupt from None
    assert isinstance(answer, kind)
    return answer
