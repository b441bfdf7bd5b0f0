"""Showing old tool results shorter than they are: on the way to the model only, what is stored stays whole. Pure.

Each time something is shortened the provider's cache of the prompt is lost. So it is done only once that has gone cold
(`contextPruning.ttl`), for many results together, and what was shortened stays so, byte by byte.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from openclaw_gateway.config.durations import read_duration_ms
from openclaw_gateway.config.schema import ContextPruning
from openclaw_gateway.messages import AssistantMessage, Message, TextPart, ToolResultMessage, visible_text
from openclaw_gateway.sessions.session import Entry

# The original's numbers: from which share of the window on, and what is left of a result.
TRIM_FROM_SHARE = 0.3
CLEAR_FROM_SHARE = 0.5
MIN_TRIMMED_CHARS = 4_000
MIN_CLEARED_CHARS = 50_000
HEAD_CHARS = TAIL_CHARS = 1_500
SAFE_ANSWERS = 3
CHARS_PER_TOKEN = 4


class PruningRules(msgspec.Struct, frozen=True):
    """`agents.defaults.contextPruning`, ready to use."""

    ttl_ms: int
    allow: tuple[str, ...]
    deny: tuple[str, ...]
    placeholder: str | None


def read_rules(config: ContextPruning) -> PruningRules | None:
    """The rules of a config; None when it prunes nothing."""
    if config.mode == "off":
        return None
    return PruningRules(
        ttl_ms=read_duration_ms(config.ttl),
        allow=config.tools.allow or (),
        deny=config.tools.deny or (),
        placeholder=config.hard_clear.placeholder if config.hard_clear.enabled else None,
    )


def prune(
    entries: Sequence[Entry], already: Mapping[int, Message], rules: PruningRules, *, tokens: int, window: int
) -> dict[int, Message]:
    """What is shown in place of which entries, those of `already` included.

    entries: the context's, oldest first. tokens: their size as they are shown now. The results of the newest answers
    are safe.
    """
    shown = dict(already)
    if tokens < window * TRIM_FROM_SHARE:
        return shown
    old = [
        (entry.id, entry.message)
        for entry in entries[: _safe_from(entries)]
        if isinstance(entry.message, ToolResultMessage) and _is_chosen(entry.message.tool_name, rules)
    ]
    for entry_id, message in old:
        size = len(visible_text(message))
        if size > MIN_TRIMMED_CHARS and entry_id not in shown:
            shown[entry_id] = trim(message)
            tokens -= (size - HEAD_CHARS - TAIL_CHARS) // CHARS_PER_TOKEN
    left = sum([len(visible_text(shown.get(entry_id, message))) for entry_id, message in old])
    if rules.placeholder is None or left < MIN_CLEARED_CHARS:
        return shown
    for entry_id, message in old:
        if tokens < window * CLEAR_FROM_SHARE:
            break
        tokens -= len(visible_text(shown.get(entry_id, message))) // CHARS_PER_TOKEN
        shown[entry_id] = clear(message, rules.placeholder)
    return shown


def shorten(entries: Sequence[Entry], already: Mapping[int, Message], surplus_tokens: int) -> dict[int, Message]:
    """What is shown so that so many tokens are saved, the largest results first: when nothing else makes room."""
    shown = dict(already)
    results = [
        (len(visible_text(entry.message)), entry.id, entry.message)
        for entry in entries
        if isinstance(entry.message, ToolResultMessage) and entry.id not in shown
    ]
    for size, entry_id, message in sorted(results, key=lambda row: row[0], reverse=True):
        if surplus_tokens <= 0 or size <= HEAD_CHARS + TAIL_CHARS:
            break
        shown[entry_id] = trim(message)
        surplus_tokens -= (size - HEAD_CHARS - TAIL_CHARS) // CHARS_PER_TOKEN
    return shown


def trim(message: ToolResultMessage) -> ToolResultMessage:
    """The beginning and the end of a result; images of it stay."""
    text = visible_text(message)
    kept = f"{text[:HEAD_CHARS]}\n...\n{text[-TAIL_CHARS:]}\n\n[shortened: {len(text)} characters in all]"
    others = tuple([part for part in message.content if type(part) is not TextPart])
    return msgspec.structs.replace(message, content=(TextPart(kept), *others))


def clear(message: ToolResultMessage, placeholder: str) -> ToolResultMessage:
    """The placeholder in place of a result."""
    return msgspec.structs.replace(message, content=(TextPart(placeholder),))


def _safe_from(entries: Sequence[Entry]) -> int:
    answers = [place for place, entry in enumerate(entries) if type(entry.message) is AssistantMessage]
    return answers[-SAFE_ANSWERS] if len(answers) >= SAFE_ANSWERS else 0


def _is_chosen(tool: str, rules: PruningRules) -> bool:
    if any(fnmatchcase(tool, pattern) for pattern in rules.deny):
        return False
    return not rules.allow or any(fnmatchcase(tool, pattern) for pattern in rules.allow)
