"""What readers are shown of a run beside its answer: reasoning, what tools do, and the tokens of it.

Who said so last is heard: the message itself, then its session, then the agent, then the defaults. Only readers of the
protocol are shown by it; an HTTP request asks for itself. Nothing of this is stored, or comes before a model.
Source: OpenClaw docs/tools/thinking.md, "Verbose" and "Reasoning visibility".
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from openclaw_gateway.config.schema import Config
from openclaw_gateway.messages import Usage
from openclaw_gateway.sessions.settings import SessionSettings

if TYPE_CHECKING:
    from openclaw_gateway.runs.order import RunOrder

Reasoning = Literal["off", "on", "stream"]
Verbose = Literal["off", "on", "full"]
Told = Literal["off", "tokens", "full"]

REASONING: Final[Mapping[str, Reasoning]] = {"on": "on", "off": "off", "stream": "stream"}
VERBOSE: Final[Mapping[str, Verbose]] = {"on": "on", "off": "off", "full": "full"}
# `on` is an older word of the original's for `tokens`.
USAGE: Final[Mapping[str, Told]] = {"off": "off", "tokens": "tokens", "on": "tokens", "full": "full"}


class Showing(msgspec.Struct, frozen=True, gc=False):
    """reasoning: not at all, whole before what follows it, or as it comes. verbose: tool events for clients that did
    not ask for them: none, without what tools return, or all. usage: a line below the answer.
    """

    reasoning: Reasoning = "off"
    verbose: Verbose = "off"
    usage: Told = "off"


NOTHING_SHOWN: Final = Showing()


class ShowingRules:
    """What one config says of it, read once."""

    def __init__(self, config: Config) -> None:
        defaults, usage = config.agents.defaults, config.messages.response_usage
        self._shared = Showing(defaults.reasoning_default, defaults.verbose_default, usage)
        self._own = {
            agent_id: Showing(
                entry.reasoning_default or defaults.reasoning_default,
                entry.verbose_default or defaults.verbose_default,
                usage,
            )
            for agent_id, entry in config.agents.entries.items()
        }

    def choose(self, order: "RunOrder", settings: SessionSettings) -> Showing:
        """What holds for one run. Stored words that mean nothing count as none."""
        configured = self._own.get(order.agent_id, self._shared)
        stored = (settings.reasoning_level, settings.verbose_level, settings.response_usage)
        if stored == (None, None, None) and order.reasoning is None and order.verbose is None:
            return configured
        return Showing(
            order.reasoning or REASONING.get(stored[0] or "", configured.reasoning),
            order.verbose or VERBOSE.get(stored[1] or "", configured.verbose),
            USAGE.get(stored[2] or "", configured.usage),
        )


def usage_line(showing: Showing, usage: Usage, session_key: str) -> str | None:
    """The line below an answer, if there is to be one: tokens and cost of the run, in full also its session's key."""
    if showing.usage == "off" or not usage.total:
        return None
    about = "about " if usage.estimated else ""
    line = f"Usage: {about}{usage.prompt:,} tokens in, {about}{usage.output:,} out"
    if usage.cache_read:
        line += f" ({usage.cache_read:,} of those in from a cache)"
    if usage.cost is not None:
        line += f", ${usage.cost.total:.4f}"
    return line if showing.usage == "tokens" else f"{line}; session {session_key}"
