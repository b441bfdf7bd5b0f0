"""Tools as lists for people show them: in groups with names, with the risk of each. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from openclaw_gateway.tools.tool_names import GROUPS, is_named

LABELS: Final[Mapping[str, str]] = {
    "fs": "Files", "runtime": "Commands", "web": "Web", "memory": "Memory", "sessions": "Sessions", "agents": "Agents",
    "automation": "Automation", "messaging": "Messaging", "ui": "User interface", "nodes": "Nodes", "media": "Media",
    "plugins": "Servers of tools",
}  # fmt: skip
# Of tools that a start of the gateway brought along.
OTHER: Final = ("core", "Other")

# What a call can do at worst: look; change something, or bring in a stranger's words; do anything.
_RISKS: Final = (
    ("high", ("group:runtime", "group:automation", "group:nodes", "group:ui")),
    ("medium", ("write", "edit", "apply_patch", "group:web", "sessions_send", "sessions_spawn", "group:messaging")),
    ("low", ("group:fs", "group:memory", "group:sessions", "group:agents", "group:media")),
)


def risk_of(tool: str) -> str | None:
    """low, medium or high; None for a tool that nobody has judged."""
    return next((risk for risk, patterns in _RISKS if is_named(tool, patterns)), None)


def group_tools(tools: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """The groups that are not empty, in the order of the policy's; tools by their `id`, in the order given."""
    grouped: dict[str, list[Mapping[str, object]]] = {name: [] for name in (*LABELS, OTHER[0])}
    for tool in tools:
        grouped[_group_of(str(tool["id"]))].append(tool)
    labels = {**LABELS, OTHER[0]: OTHER[1]}
    return [
        {"id": name, "label": labels[name], "source": "core", "tools": members}
        for name, members in grouped.items()
        if members
    ]


def _group_of(tool: str) -> str:
    return next((name for name in LABELS if is_named(tool, GROUPS[f"group:{name}"])), OTHER[0])
