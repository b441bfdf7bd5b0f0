"""What is to become of a message that comes while its session is at work: who decides that, and what goes together.

Plain functions of orders, config and a session's settings.
"""

from collections.abc import Sequence

import msgspec

from openclaw_gateway.asking import QueueDrop, QueueMode
from openclaw_gateway.config.schema.operation import Queue
from openclaw_gateway.messages import visible_text
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.sessions.settings import SessionSettings

# Of a message that was dropped, what the next turn is told: enough to know what it was about.
MAX_SUMMARY_CHARS = 160


# What an order asks for; two of its words leave it to session and config.
_ASKED: dict[str, QueueMode | None] = {
    "own": None, "configured": None, "steer": "steer", "followup": "followup", "collect": "collect",
    "interrupt": "interrupt",
}  # fmt: skip


class QueueRules(msgspec.Struct, frozen=True, gc=False):
    """How one message waits. debounce_s: how long nobody may have said anything before collected ones are answered.

    cap: how many may wait for the session. drop: what is given up for the one that is too many.
    """

    mode: QueueMode
    debounce_s: float
    cap: int
    drop: QueueDrop


def rules_for(order: RunOrder, config: Queue, settings: SessionSettings) -> QueueRules:
    """The message's own word comes before that of its session, then its channel's, then the gateway's."""
    asked = _ASKED[order.queue_mode]
    debounce_ms = settings.queue_debounce_ms
    if debounce_ms is None:
        debounce_ms = config.debounce_ms_by_channel.get(order.channel, config.debounce_ms)
    return QueueRules(
        mode=asked or settings.queue_mode or config.by_channel.get(order.channel) or config.mode,
        debounce_s=debounce_ms / 1000,
        cap=settings.queue_cap or config.cap,
        drop=settings.queue_drop or config.drop,
    )


def may_join(host: RunOrder, order: RunOrder) -> bool:
    """Whether one answer can serve both: the same person asks the same agent under the same terms.

    A run that answers one HTTP request takes nobody in: it ends with its client, and its client knows its messages.
    """
    return (
        "own" not in (host.queue_mode, order.queue_mode)
        and host.principal_subject == order.principal_subject
        and host.agent_id == order.agent_id
        and host.model == order.model
        and host.system == order.system
        and (host.sampling, host.thinking) == (order.sampling, order.thinking)
        and not host.tools
        and not order.tools
        and host.action is None
        and order.action is None
    )


def sum_up(order: RunOrder) -> str:
    """A message in one line."""
    text = " ".join(" ".join([visible_text(message) for message in order.incoming]).split())
    return text if len(text) <= MAX_SUMMARY_CHARS else f"{text[: MAX_SUMMARY_CHARS - 1]}…"


def tell_dropped(lines: Sequence[str], count: int) -> str:
    """What the next turn reads of messages that the queue had no room for. lines: about the first of them."""
    listed = [f"- {line}" for line in lines]
    if count > len(lines):
        listed.append(f"- and {count - len(lines)} more")
    head = f"[Messages that were dropped, because too many waited: {count}. In short:]"
    return "\n".join([head, *listed])
