"""Programs that only turn standard input into standard output, and how they have to be called to stay that.

With a file among their arguments they would read what the model may not see, so none is taken.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from openclaw_gateway.tools.permission.programs import Words


@dataclass(frozen=True, slots=True)
class _Form:
    """flags, valued: letters of options without and with a value. operands: how many arguments beside options."""

    flags: str = ""
    valued: str = ""
    operands: int = 0


# Options that name a file (`head -n 1 FILE`, `sort -o`, `grep -f`) are in no form.
_FORMS: Final = {
    "cut": _Form("sn", "bcdf"),
    "grep": _Form("vinowcEFxh", "mABC", 1),
    "head": _Form("qz", "nc"),
    "jq": _Form("rcMSej", "", 1),
    "nl": _Form("", "bhnsvw"),
    "rev": _Form(),
    "sort": _Form("nrufbghVcM", "kt"),
    "tac": _Form(),
    "tail": _Form("qz", "nc"),
    "tr": _Form("cdst", "", 2),
    "uniq": _Form("cdui", "fsw"),
    "wc": _Form("clmwL"),
}
DEFAULT_SAFE_BINS: Final = ("cut", "head", "tail", "tr", "uniq", "wc")

# A jq program can read the environment and, in later versions, modules.
_JQ_REACHES_OUT: Final = re.compile(r"(?i)env|input|include|import|debug|stderr|halt|\$__")


def is_stdin_only(name: str, words: Words) -> bool:
    """Whether such a call of such a program reads nothing but its input. False for programs that have no form here."""
    form = _FORMS.get(name)
    if form is None:
        return False
    operands = 0
    rest = iter(words[1:])
    for word in rest:
        if word is None:
            return False
        if not word.startswith("-"):
            operands += 1
        elif not _takes(form, word, rest):
            return False
    if name == "jq" and any(word and _JQ_REACHES_OUT.search(word) for word in words[1:]):
        return False
    return operands <= form.operands


def _takes(form: _Form, option: str, rest: Iterator[str | None]) -> bool:
    """Whether the option is one of the form; takes its value from the words that follow if it stands apart."""
    letters = option[1:]
    for index, letter in enumerate(letters):
        if letter in form.valued:
            is_apart = index == len(letters) - 1
            return not is_apart or next(rest, None) is not None
        if letter not in form.flags and not letter.isdigit():
            return False
    return bool(letters)
