"""Names of tools as a config writes them: groups, profiles, older names, globs; and whether one means a tool.

Names are compared without case; a pattern may hold `*`, and `group:<name>` stands for its members.
Source: OpenClaw docs/tools/policy.md.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "group:fs": ("read", "write", "edit", "apply_patch", "ls"),
    "group:runtime": ("exec", "process", "code_execution"),
    "group:web": ("web_search", "web_fetch", "x_search"),
    "group:memory": ("memory_search", "memory_get"),
    "group:sessions": (
        "sessions", "sessions_list", "sessions_history", "sessions_search", "sessions_send", "sessions_spawn",
        "sessions_yield", "subagents", "session_status", "conversations_*", "suggest_task", "dismiss_task",
    ),
    "group:agents": (
        "agents_list", "get_goal", "create_goal", "update_goal", "progress_card", "ask_user", "skill_workshop",
    ),
    "group:automation": ("automations", "cron", "gateway", "plugins", "heartbeat_respond", "openclaw"),
    "group:messaging": ("message",),
    "group:ui": ("browser", "canvas", "terminal"),
    "group:nodes": ("nodes", "computer"),
    "group:media": ("view_image", "image_generate", "tts", "pdf"),
    # What a server of tools brings has the server's name in front.
    "group:plugins": ("*__*",),
    "bundle-mcp": ("*__*",),
}  # fmt: skip

PROFILES: Final[Mapping[str, tuple[str, ...]]] = {
    "minimal": ("session_status", "gateway"),
    "coding": (
        "group:fs", "group:runtime", "group:web", "group:sessions", "group:memory", "cron", "gateway", "get_goal",
        "create_goal", "update_goal", "progress_card", "ask_user", "skill_workshop", "view_image", "image_generate",
        "bundle-mcp",
    ),
    "messaging": (
        "group:messaging", "sessions", "sessions_list", "sessions_history", "sessions_search", "sessions_send",
        "sessions_spawn", "sessions_yield", "subagents", "session_status", "gateway", "ask_user", "bundle-mcp",
    ),
    "full": ("*",),
}  # fmt: skip

# Only for who asks for everything, or for them: they act on more than the agent's own folder and conversation.
OPTIONAL: Final = (
    "group:ui", "group:nodes", "code_execution", "image_generate", "tts", "plugins", "openclaw", "skill_workshop",
)  # fmt: skip

# Files and processes of this machine are never a mere HTTP call away.
NEVER_INVOKED: Final = ("read", "write", "edit", "ls", "process")
NOT_INVOKED: Final = (
    "exec", "spawn", "shell", "fs_write", "fs_delete", "fs_move", "apply_patch", "sessions_spawn", "sessions_send",
    "cron", "gateway", "nodes",
)  # fmt: skip

# A sandbox keeps commands and files in; tools that reach out of it come in by name only.
IN_SANDBOX: Final = (
    "group:fs", "group:runtime", "group:sessions", "group:memory", "group:agents", "view_image", "pdf",
)  # fmt: skip

NOT_FOR_SUBAGENTS: Final = (
    "gateway", "agents_list", "session_status", "progress_card", "cron", "message", "sessions_send", "conversations_*",
)  # fmt: skip
NOT_FOR_LAST_SUBAGENTS: Final = ("subagents", "sessions_list", "sessions_history", "sessions_spawn")

_OTHER_NAMES: Final = {"update_plan": "progress_card", "image": "view_image", "bash": "exec", "cron": "automations"}
_HIDDEN: Final = frozenset({*GROUPS["group:fs"], *GROUPS["group:runtime"], "canvas"})


def is_named(tool: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns means the tool."""
    name = canonical(tool)
    return any(_fits(name, member) for pattern in patterns for member in _members(pattern))


def canonical(name: str) -> str:
    """The name of today, in small letters."""
    lower = name.strip().lower()
    return _OTHER_NAMES.get(lower, lower)


@lru_cache(maxsize=1024)
def _members(pattern: str) -> tuple[str, ...]:
    lower = pattern.strip().lower()
    if lower == "group:openclaw":
        names = [name for group in GROUPS.values() for name in group if name not in _HIDDEN and "__" not in name]
        return tuple(map(canonical, names))
    return tuple(map(canonical, GROUPS.get(lower, (lower,))))


def _fits(name: str, pattern: str) -> bool:
    """Searched piece by piece: a regular expression of many stars would take for ever."""
    first, *pieces = pattern.split("*")
    if not pieces:
        return name == pattern
    *middle, last = pieces
    if not name.startswith(first) or len(name) < len(first) + len(last) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in middle:
        found = name.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
