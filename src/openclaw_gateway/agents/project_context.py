"""The files of a workspace as part of the prompt: each under its path, cut to its share, with a note where one was cut.

Pure. Source: OpenClaw docs/concepts/agent-workspace.md and OpenClaw
docs/concepts/system-prompt.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# The most of USER.md, whatever the config allows: it grows with every conversation.
MAX_USER_CHARS: Final = 4_000
# Of a file that is cut: how much of what is kept is its beginning. The end is often where the newest stands.
HEAD_SHARE: Final = 0.75
# Less of a file says nothing.
_MIN_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class ContextFile:
    """One file. shown_as: its path as the agent knows it. text: None for one that ought to be there and is not."""

    name: str
    shown_as: str
    text: str | None


def write_project_context(files: Sequence[ContextFile], *, max_chars: int, max_total_chars: int) -> str:
    """The section, "" if nothing is in the files. max_chars: of one file; max_total_chars: of all together."""
    sections: list[str] = []
    cut: list[str] = []
    left = max_total_chars
    for file in files:
        if file.text is None:
            sections.append(f"### {file.shown_as}\n[missing: this file was here when the workspace was set up]")
            continue
        text = file.text.strip()
        if not text:
            continue
        share = min(left, max_chars, MAX_USER_CHARS if file.name == "USER.md" else max_chars)
        if len(text) > share:
            cut.append(file.name)
            text = _cut(text, share, file.name)
        left -= min(len(text), share)
        sections.append(f"### {file.shown_as}\n{text}")
    if not sections:
        return ""
    note = (
        f"Not shown whole: {', '.join(cut)}. Read the file itself for the rest, and shorten it when you may.\n\n"
        if cut
        else ""
    )
    return f"## Files of your workspace\nThey are yours to follow and to keep true.\n\n{note}" + "\n\n".join(sections)


def _cut(text: str, chars: int, name: str) -> str:
    marker = f"[… {len(text)} characters in all; the middle of {name} is left out …]"
    room = chars - len(marker) - 2
    if room < _MIN_CHARS:
        return f"[{name}: {len(text)} characters, left out]"
    head = int(room * HEAD_SHARE)
    return f"{text[:head].rstrip()}\n{marker}\n{text[len(text) - (room - head) :].lstrip()}"
