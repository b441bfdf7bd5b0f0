"""What a caller may ask for beside the messages: functions the model may call, how to sample, when it is its turn."""

from collections.abc import Mapping
from typing import Literal

import msgspec

# What becomes of a message that comes while its session is at work: it is put into the run that goes on, waits for a
# turn of its own, is answered together with others that wait, or ends that run.
QueueMode = Literal["steer", "followup", "collect", "interrupt"]
# What is given up when too many wait: the oldest with a line about each in the next turn, the oldest, or the newest.
QueueDrop = Literal["summarize", "old", "new"]


class ToolSpec(msgspec.Struct, frozen=True, gc=False):
    """A function the model may call. parameters: its JSON Schema, passed on unchanged."""

    name: str
    description: str | None
    parameters: msgspec.Raw | None
    strict: bool | None = None


class Sampling(msgspec.Struct, frozen=True, gc=False):
    """What the caller asks of the sampler; None means that the caller was silent and nothing is sent.

    extra: further top-level fields of the provider's request (reasoning_effort, response_format, seed, …), by their
    OpenAI names, values as JSON; a provider that has no such field ignores or refuses it by name.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    extra: Mapping[str, msgspec.Raw] = msgspec.field(default_factory=dict)


# One value for every caller that asks nothing of the sampler: the common case, and immutable.
SILENT_SAMPLING = Sampling()
