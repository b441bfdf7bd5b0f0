"""What models cost: the config's prices, else those of a short table of well-known models.

The table holds list prices for ordinary requests without tiers or discounts, US dollars per million tokens. Anthropic's
are those of https://platform.claude.com/docs/en/about-claude/pricing, read on 21 November 2026. OpenAI's are those of
https://platform.openai.com/docs/pricing as announced with each model in 2024 and 2025; the page could not be read
again, and other lists agree on input and output, not on all prices of cached input.
The table holds for the provider's own server only; whoever resells a model has prices of his own, which the config can
say.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from openclaw_gateway.config.schema import Config
from openclaw_gateway.config.schema.models import Cost
from openclaw_gateway.messages import CallCost, Usage
from openclaw_gateway.models.model import ModelReply

TOKENS_PER_PRICE: Final = 1_000_000
# Names of models come from callers, too.
MAX_KNOWN: Final = 1_000

# The day of a release, at the end of an id: -2025-08-07, -20250514, -latest.
_RELEASE = r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$"


def _anthropic(input_price: float, output_price: float) -> Cost:
    # Reading from the cache costs a tenth of the input, writing to it (for five minutes) a quarter more.
    return Cost(input_price, output_price, round(input_price * 0.1, 4), round(input_price * 1.25, 4))


def _openai(input_price: float, cached_price: float, output_price: float) -> Cost:
    return Cost(input_price, output_price, cached_price, input_price)


BUILT_IN: Final[Mapping[tuple[str, str], Cost]] = {
    ("anthropic", "claude-opus-4-6"): _anthropic(5, 25),
    ("anthropic", "claude-opus-4-5"): _anthropic(5, 25),
    ("anthropic", "claude-opus-4-1"): _anthropic(15, 75),
    ("anthropic", "claude-sonnet-4-6"): _anthropic(3, 15),
    ("anthropic", "claude-sonnet-4-5"): _anthropic(3, 15),
    ("anthropic", "claude-sonnet-4"): _anthropic(3, 15),
    ("anthropic", "claude-haiku-4-5"): _anthropic(1, 5),
    ("openai", "gpt-5"): _openai(1.25, 0.125, 10),
    ("openai", "gpt-5-mini"): _openai(0.25, 0.025, 2),
    ("openai", "gpt-5-nano"): _openai(0.05, 0.005, 0.4),
    ("openai", "gpt-4.1"): _openai(2, 0.5, 8),
    ("openai", "gpt-4.1-mini"): _openai(0.4, 0.1, 1.6),
    ("openai", "gpt-4.1-nano"): _openai(0.1, 0.025, 0.4),
    ("openai", "gpt-4o"): _openai(2.5, 1.25, 10),
    ("openai", "gpt-4o-mini"): _openai(0.15, 0.075, 0.6),
    ("openai", "o3"): _openai(2, 0.5, 8),
    ("openai", "o4-mini"): _openai(1.1, 0.275, 4.4),
}


class Prices:
    """Prices of one config's models, each looked up once. A config's price of 0 is a price: the model is free."""

    def __init__(self, config: Config) -> None:
        self._found: dict[tuple[str, str], Cost | None] = {
            (name, entry.id): entry.cost
            for name, provider in config.models.providers.items()
            for entry in provider.models
            if entry.cost is not None
        }
        self._listed = len(self._found)

    def find(self, provider: str, model: str) -> Cost | None:
        """US dollars per million tokens, if anybody says."""
        try:
            return self._found[provider, model]
        except KeyError:
            cost = BUILT_IN.get((provider, re.sub(_RELEASE, "", model)))
            if len(self._found) - self._listed < MAX_KNOWN:
                self._found[provider, model] = cost
            return cost

    def price(self, usage: Usage, provider: str, model: str) -> CallCost | None:
        """What a call costs; None if no price is known."""
        cost = self.find(provider, model)
        return None if cost is None else cost_of(usage, cost)

    def put_on(self, reply: ModelReply) -> ModelReply:
        """The reply with its cost in its usage and in its message's; itself if no price is known."""
        message = reply.message
        cost = self.price(reply.usage, message.provider or "", message.model or "")
        if cost is None:
            return reply
        usage = msgspec.structs.replace(reply.usage, cost=cost)
        message = msgspec.structs.replace(message, usage=usage if message.usage is not None else None)
        return msgspec.structs.replace(reply, usage=usage, message=message)


def cost_of(usage: Usage, price: Cost) -> CallCost:
    """Tokens times price; reasoning is part of the output and paid like it."""
    return CallCost(
        input=usage.input * price.input / TOKENS_PER_PRICE,
        output=usage.output * price.output / TOKENS_PER_PRICE,
        cache_read=usage.cache_read * price.cache_read / TOKENS_PER_PRICE,
        cache_write=usage.cache_write * price.cache_write / TOKENS_PER_PRICE,
    )
