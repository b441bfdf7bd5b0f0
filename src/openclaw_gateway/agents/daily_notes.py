"""What a conversation that was begun anew is told once: the agent's own notes of the last days.

`memory/YYYY-MM-DD.md`, or with something behind the date. Blocking: call it on a thread.
Source: OpenClaw docs/gateway/config-agents.md, "startupContext".
"""

from datetime import date, timedelta
from pathlib import Path

from openclaw_gateway.agents.plain_files import list_plain, read_plain
from openclaw_gateway.config.schema.agents import StartupContext

_LEFT_OUT = "\n[… the rest is in the file …]"


def read_recent_notes(workspace: Path, today: date, limits: StartupContext) -> str:
    """The notes of the last days, newest first, "" if there are none; never longer than the limits say."""
    days = tuple((today - timedelta(days=back)).isoformat() for back in range(limits.daily_memory_days))
    names = [
        entry.name
        for entry in list_plain(workspace, "memory")
        if entry.name.endswith(".md") and entry.name[:10] in days and entry.name[10] in ".-"
    ]
    text = ""
    for name in sorted(names, key=lambda name: (name[:10], name), reverse=True):
        note = read_plain(workspace, "memory", name, max_bytes=limits.max_file_bytes)
        if note is None or not note.strip():
            continue
        section = f"### memory/{name}\n{_cut(note.strip(), limits.max_file_chars)}\n\n"
        if len(text) + len(section) > limits.max_total_chars:
            break
        text += section
    return text.rstrip()


def _cut(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: max(chars - len(_LEFT_OUT), 0)].rstrip() + _LEFT_OUT
