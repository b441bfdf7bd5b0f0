"""Reading `.env` files: `NAME=value` lines, `export` allowed, quotes and comments as shells have them."""

import re
from pathlib import Path

from openclaw_gateway.config.files import Unreadable, read_regular

MAX_BYTES = 1_048_576

# Compiled where it is used: most starts read no such file.
_LINE = r"""^[ \t]*+(?:export[ \t]++)?([A-Za-z_][A-Za-z0-9_]*+)[ \t]*+=[ \t]*+
        (?:"((?:[^"\\]|\\.)*+)"|'([^']*+)'|([^\n]*+))"""
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def parse_dotenv(text: str) -> dict[str, str]:
    """The variables of a text; the last of a name counts. Lines that are none are passed over, as the original does."""
    variables = {}
    for name, double, single, bare in re.findall(
        _LINE, text.replace("\r\n", "\n"), re.MULTILINE | re.VERBOSE | re.DOTALL
    ):
        if double:
            value = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), double, flags=re.DOTALL)
        elif single:
            value = single
        else:
            value = re.split(r"(?:^|[ \t])#", bare, maxsplit=1)[0].strip()
        if "\0" not in value:
            variables[name] = value
    return variables


def read_dotenv(path: Path) -> dict[str, str]:
    """The variables of a file; none when there is no such file or it is not text."""
    try:
        return parse_dotenv(read_regular(path, MAX_BYTES).decode())
    except (Unreadable, UnicodeDecodeError):
        return {}
