"""What a session has cost: counted with each append, so that lists need not read its messages."""

from collections.abc import Sequence

from openclaw_gateway.messages import AssistantMessage, Message

NANO = 1_000_000_000


def add_cost(cost_nano_usd: int | None, messages: Sequence[Message]) -> int | None:
    """The sum with these messages, billionths of a US dollar; None while no price is known."""
    for message in messages:
        if type(message) is AssistantMessage and message.usage is not None and message.usage.cost is not None:
            cost_nano_usd = (cost_nano_usd or 0) + round(message.usage.cost.total * NANO)
    return cost_nano_usd
