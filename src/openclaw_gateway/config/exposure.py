"""Files of a config whose secrets other users of the machine can read."""

import stat
from collections.abc import Iterator

from openclaw_gateway.config.secrets import ALL_SECRETS, names_variable
from openclaw_gateway.config.slots import find_slots
from openclaw_gateway.config.source import Source

_OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IROTH


def find_exposed(source: Source) -> Iterator[str]:
    """A warning for each file that others may read and that holds a secret itself, not only a variable or a ref."""
    seen: set[str] = set()
    for slot in find_slots(source.tree, ALL_SECRETS):
        if isinstance(slot.value, str) and slot.value and not names_variable(slot.value):
            name, _, _ = source.place(slot.path)
            if name not in seen:
                seen.add(name)
                yield from _judge(source, name)


def _judge(source: Source, name: str) -> Iterator[str]:
    file = source.path.parent / name
    try:
        mode = file.stat().st_mode
    except OSError:
        return
    if mode & _OTHERS_MAY_READ:
        yield f"{name} holds secrets and other users may read it: chmod 600 {file}"
