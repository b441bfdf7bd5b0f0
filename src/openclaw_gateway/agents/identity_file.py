"""IDENTITY.md: how an agent calls and shows itself, as lines that a person and the agent can both write.

`- Name: Ada`, with or without bold marks. Source: OpenClaw docs/reference/templates/IDENTITY.md.
"""

import re
from pathlib import Path
from typing import Final

import msgspec

from openclaw_gateway.agents.plain_files import read_plain

FILE: Final = "IDENTITY.md"
# Names are told again in lists and in the prompt.
_MAX_CHARS: Final = 200

_LINE = re.compile(
    r"\s*(?:[-*+]\s+)?[*_]*(name|creature|vibe|theme|emoji|avatar)[*_]*\s*:\s*[*_]*\s*(.*)", re.IGNORECASE
)


class FileIdentity(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the file says; None for what it does not."""

    name: str | None = None
    creature: str | None = None
    vibe: str | None = None
    theme: str | None = None
    emoji: str | None = None
    avatar: str | None = None


def read_identity(workspace: Path) -> FileIdentity:
    """What the workspace's file says; nothing if there is none. Blocking: call it on a thread."""
    return parse_identity(read_plain(workspace, FILE) or "")


def parse_identity(text: str) -> FileIdentity:
    """The first value of each key. Placeholders in parentheses and endless values count as not there."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        value = match[2].strip().strip("*_`").strip()
        is_placeholder = value.startswith(("(", "_(")) and value.endswith((")", ")_"))
        if value and not is_placeholder and len(value) <= _MAX_CHARS and value.isprintable():
            found.setdefault(match[1].lower(), value)
    return FileIdentity(**found)
