"""How much a model is to think before it answers: which of those who may say so is heard, and what the model takes.

What a person asks for now goes first, then what was stored for the session, then the configuration from the narrowest
place to the widest. Nobody said anything: nothing is sent, and the provider does as it does by itself.
Source: OpenClaw docs/tools/thinking.md, "Resolution order".
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from openclaw_gateway.asking import Sampling
from openclaw_gateway.config.schema import AgentEntry, Config, ModelEntry
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.models.effort import FIELD
from openclaw_gateway.models.model import Model

# From little to much; `adaptive` leaves it to the model.
LEVELS: Final = ("off", "minimal", "low", "medium", "high", "xhigh", "adaptive", "max", "ultra")
# Taken for every model: one that cannot think passes them over.
COMMON: Final = frozenset(("off", "minimal", "low", "medium", "high"))
_ALIASES: Final[Mapping[str, str]] = {
    "none": "off",
    "min": "minimal",
    "mid": "medium",
    "highest": "high",
    "x-high": "xhigh",
    "extra-high": "xhigh",
    "extrahigh": "xhigh",
}
# Callers may name models that no config lists.
MAX_KNOWN: Final = 1_000
_NO_ENTRY: Final = AgentEntry()


def read_level(text: str) -> str | None:
    """The level that a word means, in any spelling; None if it means none."""
    word = text.strip().lower().replace("_", "-").replace(" ", "-")
    word = _ALIASES.get(word, word)
    return word if word in LEVELS else None


def supported_levels(entry: ModelEntry | None) -> tuple[str, ...]:
    """What may be asked of a model, from little to much. entry: as the config lists it, None where it does not."""
    if entry is None:
        return tuple([level for level in LEVELS if level in COMMON])
    named = {level for word in entry.compat.supported_reasoning_efforts or () if (level := read_level(word))}
    mapped = {level for level, value in entry.thinking_level_map.items() if value is not None}
    refused = {level for level, value in entry.thinking_level_map.items() if value is None}
    levels = ((named | {"off"}) if named else COMMON) | mapped
    return tuple([level for level in LEVELS if level in levels and level not in refused])


def resolve_thinking(config: Config, agent_id: str, ref: str, *, inline: str | None, stored: str | None) -> str | None:
    """The level of a turn; None when nobody said any.

    ref: provider/model, whose support counts. inline: of this message; stored: of its session. Raises InvalidRequest
    for an inline word that is no level of the model, with those that are; what was stored or configured becomes the
    next lower one.
    """
    levels = supported_levels(find_entry(config, ref))
    if inline is not None and inline.strip().lower() not in ("", "default"):
        level = read_level(inline)
        if level not in levels:
            raise InvalidRequest(
                f"thinking level {inline[:40]!r} is not supported for {ref[:100]}; use one of: {', '.join(levels)}",
                param="thinking",
            )
        return level
    for word in (stored, *_configured(config, agent_id, ref)):
        level = read_level(word) if isinstance(word, str) else None
        if level is not None:
            return _lower(level, levels)
    return None


def apply_thinking(sampling: Sampling, level: str | None, entry: ModelEntry | None) -> Sampling:
    """The sampling with the level in it, unless the caller set its own effort there.

    OpenAI's field carries it to every provider, which writes it in its own way (`models/effort.py`). entry: whose words
    for levels count.
    """
    if level is None or FIELD in sampling.extra:
        return sampling
    effort = msgspec.Raw(msgspec.json.encode(_word_of(level, entry)))
    return msgspec.structs.replace(sampling, extra={**sampling.extra, FIELD: effort})


def _word_of(level: str, entry: ModelEntry | None) -> str:
    """The entry's own word for a level, as it maps or lists it."""
    if entry is None:
        return level
    listed = entry.compat.supported_reasoning_efforts or ()
    return entry.thinking_level_map.get(level) or next((word for word in listed if read_level(word) == level), level)


def find_entry(config: Config, ref: str) -> ModelEntry | None:
    """What the config says of a model."""
    provider_id, _, model_id = ref.partition("/")
    provider = config.models.providers.get(provider_id)
    return next((entry for entry in provider.models if entry.id == model_id), None) if provider else None


def _configured(config: Config, agent_id: str, ref: str) -> tuple[object, ...]:
    agent, defaults = config.agents.entries.get(agent_id, _NO_ENTRY), config.agents.defaults
    own, shared = agent.models.get(ref), defaults.models.get(ref)
    return (
        agent.thinking_default,
        own.params.get("thinking") if own else None,
        agent.params.get("thinking"),
        shared.params.get("thinking") if shared else None,
        defaults.params.get("thinking"),
        defaults.thinking_default,
    )


def _lower(level: str, levels: tuple[str, ...]) -> str:
    """The level itself, or the highest one below it that there is."""
    place = LEVELS.index(level)
    return next((lower for lower in reversed(LEVELS[: place + 1]) if lower in levels), "off")


class ThinkingRules:
    """`resolve_thinking` over one config. What the config alone says of an agent and a model is worked out once."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._configured: dict[tuple[str, str, str], tuple[str | None, ModelEntry | None]] = {}

    def check(self, inline: str, agent_id: str, ref: str) -> None:
        """Raise InvalidRequest for a word that is no level of the model."""
        resolve_thinking(self._config, agent_id, ref, inline=inline, stored=None)

    def sample(
        self, sampling: Sampling, agent_id: str, model: Model, *, inline: str | None, stored: str | None
    ) -> Sampling:
        """What to ask of the sampler in a turn of that agent."""
        if inline is not None or stored is not None:
            ref = f"{model.provider}/{model.id}"
            level = resolve_thinking(self._config, agent_id, ref, inline=inline, stored=stored)
            return apply_thinking(sampling, level, find_entry(self._config, ref))
        known = self._configured.get((agent_id, model.provider, model.id))
        if known is None:
            ref = f"{model.provider}/{model.id}"
            known = (
                resolve_thinking(self._config, agent_id, ref, inline=None, stored=None),
                find_entry(self._config, ref),
            )
            if len(self._configured) < MAX_KNOWN:
                self._configured[agent_id, model.provider, model.id] = known
        return sampling if known[0] is None else apply_thinking(sampling, *known)
