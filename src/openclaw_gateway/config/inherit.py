"""What an agent's own section leaves unsaid, taken key by key from the section that all agents share.

Without this an agent that sets one key of its own would lose every other one that the operator set for all: among them
the ones that forbid. Only the tree in memory changes; it is complete and valid before and after.
"""

from collections.abc import Mapping
from typing import Final

from openclaw_gateway.config.key_path import KeyPath

# Where a section stands in an agent's entry, and where all agents' stands.
SHARED: Final[Mapping[KeyPath, KeyPath]] = {
    ("tools", "exec"): ("tools", "exec"),
    ("tools", "fs"): ("tools", "fs"),
    ("tools", "elevated"): ("tools", "elevated"),
    ("tools", "loopDetection"): ("tools", "loopDetection"),
    ("sandbox",): ("agents", "defaults", "sandbox"),
    ("subagents",): ("agents", "defaults", "subagents"),
}


def inherit(tree: dict[str, object]) -> bool:
    """Complete the sections of all agents in place; False if there was nothing to do."""
    entries = _find(tree, ("agents", "entries"))
    has_changed = False
    for entry in entries.values() if entries else ():
        for own_place, shared_place in SHARED.items():
            own, shared = _find(entry, own_place), _find(tree, shared_place)
            if own and shared:
                own.update(_complete(own, shared))
                has_changed = True
    return has_changed


def _complete(own: dict[str, object], shared: dict[str, object]) -> dict[str, object]:
    completed = {**shared, **own}
    for key, value in own.items():
        from_all = shared.get(key)
        # A choice of models is one value: an agent's own primary has no fallbacks unless it names some.
        if key != "model" and isinstance(value, dict) and isinstance(from_all, dict):
            completed[key] = _complete(value, from_all)
    return completed


def _find(tree: object, place: KeyPath) -> dict[str, object] | None:
    for key in place:
        tree = tree.get(str(key)) if isinstance(tree, dict) else None
    return tree if isinstance(tree, dict) else None
