"""`/usage`: what the session and the gateway have used, and whether answers tell it."""

import asyncio
from collections.abc import Sequence
from typing import Final

from openclaw_gateway.commands.desk import Hand, refuse
from openclaw_gateway.models.prices import Prices
from openclaw_gateway.sessions.directory import UsageEntry

MAX_ENTRIES: Final = 100_000
DAYS: Final = 30
_DAY_MS: Final = 24 * 3600 * 1000
_MODES: Final = ("off", "tokens", "full")
_BACK: Final = ("reset", "inherit", "clear", "default")


async def answer_usage(hand: Hand, args: str) -> str:
    """Tell what was used, or decide what answers over the protocol tell of it."""
    word = args.lower()
    if word in _MODES:
        await hand.patch(responseUsage=word)
        return f"Usage below answers: {word}."
    if word in _BACK:
        await hand.patch(responseUsage=None)
        return "Usage below answers: as configured."
    if word not in ("", "cost"):
        raise refuse("/usage off|tokens|full|reset|cost", args)
    now = hand.desk.now_ms()
    lines = [f"This session: {await _tell(hand, 0, now, hand.key)}"]
    if word == "cost":
        lines.append(f"Today (UTC): {await _tell(hand, now - now % _DAY_MS, now, None)}")
        lines.append(f"Last {DAYS} days: {await _tell(hand, now - DAYS * _DAY_MS, now, None)}")
    return "\n".join(lines)


async def _tell(hand: Hand, after_ms: int, now_ms: int, key: str | None) -> str:
    entries = await hand.stage.store.directory.list_usage(
        after_ms=after_ms, before_ms=now_ms + 1, key=key, limit=MAX_ENTRIES
    )
    # On a thread: a month of a busy gateway is a long list.
    told = await asyncio.to_thread(_sum_up, entries, hand.stage.prepared.prices)
    return told if len(entries) < MAX_ENTRIES else f"{told} (the first {MAX_ENTRIES:,} model calls)"


def _sum_up(entries: Sequence[UsageEntry], prices: Prices) -> str:
    costs = [entry.usage.cost or prices.price(entry.usage, entry.provider, entry.model) for entry in entries]
    known = [cost.total for cost in costs if cost is not None]
    tokens_in = sum([entry.usage.prompt for entry in entries])
    tokens_out = sum([entry.usage.output for entry in entries])
    told = f"{len(entries)} model calls, {tokens_in:,} tokens in, {tokens_out:,} out"
    if known:
        told += f", ${sum(known):.4f}"
    unknown = len(entries) - len(known)
    return told + (f", price unknown for {unknown}" if unknown else "")
