"""What models cost."""

import msgspec
import pytest

from openclaw_gateway.config.schema import Config
from openclaw_gateway.config.schema.models import Cost
from openclaw_gateway.messages import AssistantMessage, CallCost, TextPart, Usage
from openclaw_gateway.models.model import ModelReply, ModelTimings
from openclaw_gateway.models.prices import MAX_KNOWN, Prices

CONFIG = msgspec.convert(
    {
        "models": {
            "providers": {
                "openai": {"models": [{"id": "gpt-4o", "cost": {"input": 1, "output": 2}}]},
                "home": {"models": [{"id": "free", "cost": {}}, {"id": "gpt-5"}]},
            }
        }
    },
    Config,
)


@pytest.mark.parametrize(
    ("provider", "model", "price"),
    [
        pytest.param("openai", "gpt-4o", Cost(input=1, output=2), id="the config goes first"),
        pytest.param("home", "free", Cost(), id="nothing is a price"),
        pytest.param("home", "gpt-5", None, id="a known model at another provider"),
        pytest.param("openai", "gpt-5", Cost(1.25, 10, 0.125, 1.25), id="known model"),
        pytest.param("openai", "gpt-5-2025-08-07", Cost(1.25, 10, 0.125, 1.25), id="dated release"),
        pytest.param("anthropic", "claude-sonnet-4-20250514", Cost(3, 15, 0.3, 3.75), id="release with its day"),
        pytest.param("openai", "gpt-5-turbo-ultra", None, id="unknown model"),
    ],
)
def test_price_of_a_model(provider: str, model: str, price: Cost | None) -> None:
    """The config says what a model costs, else the table does for the provider's own server."""
    assert Prices(CONFIG).find(provider, model) == price


def test_cost_of_a_call() -> None:
    """Each kind of token has its price; reasoning is paid as output."""
    usage = Usage(input=80_000, output=10_000, cache_read=20_000, reasoning=9_000)
    cost = Prices(CONFIG).price(usage, "openai", "gpt-5")
    assert cost == CallCost(input=0.1, output=0.1, cache_read=0.0025)
    assert cost.total == pytest.approx(0.2025)


def test_reply_carries_its_cost() -> None:
    """The cost is in the reply's usage and in its message's; without a price the reply is left as it is."""
    usage = Usage(input=1_000_000)
    message = AssistantMessage((TextPart("hi"),), provider="openai", model="gpt-5", usage=usage)
    reply = Prices(CONFIG).put_on(ModelReply(message, "stop", usage, ModelTimings()))
    assert reply.usage.cost == CallCost(input=1.25)
    assert reply.message.usage == reply.usage
    plain = ModelReply(AssistantMessage((TextPart("hi"),), provider="x", model="y"), "stop", usage, ModelTimings())
    assert Prices(CONFIG).put_on(plain) is plain


def test_names_are_not_kept_for_ever() -> None:
    """Names that callers make up do not fill the memory."""
    prices = Prices(CONFIG)
    for number in range(MAX_KNOWN + 50):
        prices.find("x", f"m{number}")
    assert len(prices._found) <= MAX_KNOWN + 2
