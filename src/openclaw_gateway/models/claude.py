"""What the name of a Claude model tells: how it is asked to think, and whether it takes sampling at all.

Anthropic's interface changed with its models, and other servers that speak it pass the names on, so that the name is
what there is to go by. Source: Anthropic docs, "Adaptive thinking" and "Effort"; OpenClaw docs/providers/anthropic.md.
"""

import re
from typing import Final

# Also inside the names that clouds give: `us.anthropic.claude-opus-4-6-v1:0`. A date is no minor version.
_VERSION: Final = re.compile(r"claude-[a-z]+-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")
_ALWAYS: Final = re.compile(r"claude-(?:fable-5|mythos)|claude-opus-5[-.]5(?!\d)")

_ADAPTIVE_SINCE: Final = (4, 6)
_BEYOND_HIGH_SINCE: Final = (4, 7)


def thinks_adaptively(model: str) -> bool:
    """It is told how much effort to take; older ones are given a number of tokens, which the newest refuse."""
    return thinks_always(model) or _version(model) >= _ADAPTIVE_SINCE


def thinks_always(model: str) -> bool:
    """It cannot be asked not to think, only to think little."""
    return _ALWAYS.search(model.lower()) is not None


def refuses_sampling(model: str) -> bool:
    """It answers 400 to a temperature."""
    return has_xhigh(model)


def has_xhigh(model: str) -> bool:
    """Among its efforts is one between `high` and `max`."""
    return thinks_always(model) or _version(model) >= _BEYOND_HIGH_SINCE


def _version(model: str) -> tuple[int, int]:
    found = _VERSION.search(model.lower())
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)
