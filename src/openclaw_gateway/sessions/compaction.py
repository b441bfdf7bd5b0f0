"""A summary that stands for the older part of a session's path in the model's context; the path itself stays whole.

It is bound to the last entry it tells of: on every path with this entry it holds, on a branch from before it does not.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from openclaw_gateway.messages import Usage

if TYPE_CHECKING:
    from openclaw_gateway.sessions.session import Entry

CompactionReason = Literal["manual", "threshold", "overflow"]

# Newest ones that a session in memory knows; older ones matter only to branches from long ago.
MAX_KNOWN = 16


class Compaction(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """until_id: the last entry that the summary stands for. after_id: the newest entry when it was written.

    Tokens are estimates of the context before and after. provider, model, usage: of the calls that wrote it.
    """

    until_id: int
    after_id: int
    summary: str
    reason: CompactionReason
    at_ms: int
    tokens_before: int
    tokens_after: int
    provider: str = ""
    model: str = ""
    usage: Usage | None = None


def find_in_force(path: Sequence["Entry"], compactions: Sequence[Compaction]) -> tuple[Compaction | None, int]:
    """The newest summary that holds for this path, and how many of its entries it stands for.

    compactions: in the order of their writing. Ids grow along a path.
    """
    for compaction in reversed(compactions):
        place = bisect_left(path, compaction.until_id, key=_id_of)
        if place < len(path) and path[place].id == compaction.until_id:
            return compaction, place + 1
    return None, 0


def count_since(times_ms: Sequence[int], reset_at_ms: int | None) -> int:
    """How many of these moments come after the last reset; a session that begins anew counts anew."""
    return sum([at_ms >= (reset_at_ms or 0) for at_ms in times_ms])


def _id_of(entry: "Entry") -> int:
    return entry.id
