"""Where a session is parted when its older messages are to be summed up: pure, and never between a call and its result.

What stays is the newest: so many tokens, and so many whole turns unless they alone are too large. A turn begins with a
user message. Only where one turn is larger than all that may stay is it parted inside, before a message of the agent.
"""

from collections.abc import Sequence

import msgspec

from openclaw_gateway.messages import ToolResultMessage, UserMessage
from openclaw_gateway.sessions.session import Entry

# Of the budget, what may stay at most: a summary that is full again after the next turn is worth nothing.
MAX_KEPT_SHARE = 0.5
# Summing up less than this saves less than it costs.
MIN_SUMMED_SHARE = 0.2


class KeepRule(msgspec.Struct, frozen=True, gc=False):
    """What stays: tokens, whole turns, and the tokens that even these may not pass."""

    tokens: int
    turns: int
    max_tokens: int


def keep_rule(tokens: int, turns: int, budget: int) -> KeepRule:
    """What the config says (`keepRecentTokens`, `recentTurnsPreserve`), within what a small window allows."""
    max_tokens = int(budget * MAX_KEPT_SHARE)
    return KeepRule(min(tokens, max_tokens), turns, max_tokens)


def plan_cut(entries: Sequence[Entry], rule: KeepRule) -> int:
    """How many of the oldest entries are summed up; 0 when there is nothing to win.

    entries: those that reach the model as they are, oldest first.
    """
    sizes = [entry.tokens for entry in entries]
    total = sum(sizes)
    if total <= rule.tokens:
        return 0
    behind = _sums_from(sizes)
    turns = [place for place, entry in enumerate(entries) if place and type(entry.message) is UserMessage]
    cut = _cut_by_size(entries, turns, behind, rule)
    if rule.turns and turns:
        by_turns = turns[-rule.turns] if len(turns) >= rule.turns else 0
        if by_turns < cut and behind[by_turns] <= rule.max_tokens:
            cut = by_turns
    return cut if total - behind[cut] >= total * MIN_SUMMED_SHARE else 0


def _cut_by_size(entries: Sequence[Entry], turns: Sequence[int], behind: Sequence[int], rule: KeepRule) -> int:
    """The first place behind which no more stays than the rule's tokens: a turn's beginning if possible."""
    first = next((place for place in range(len(entries)) if behind[place] <= rule.tokens), len(entries))
    before = [place for place in turns if place <= first and behind[place] <= rule.max_tokens]
    if before:
        return before[-1]
    safe = [place for place in range(1, len(entries)) if type(entries[place].message) is not ToolResultMessage]
    return next((place for place in safe if place >= first), safe[-1] if safe else 0)


def _sums_from(sizes: Sequence[int]) -> list[int]:
    """For each place the tokens from there to the end."""
    sums, total = [0] * len(sizes), 0
    for place in range(len(sizes) - 1, -1, -1):
        total += sizes[place]
        sums[place] = total
    return sums
