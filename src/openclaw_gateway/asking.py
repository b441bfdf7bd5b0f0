"""What a caller may ask of a model beside the messages: functions it may call, and how to sample."""

from collections.abc import Mapping

import msgspec


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
