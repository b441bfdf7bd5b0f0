"""Texts that no log line and no answer may show: the secrets of a config, whole and without what surrounds them."""

from collections.abc import Iterable

import msgspec

from openclaw_gateway.config.schema import Config
from openclaw_gateway.config.secrets import ALL_SECRETS
from openclaw_gateway.config.slots import find_slots

# What is shorter cannot be told from a word, and hiding it would spoil whatever is said.
MIN_SECRET_CHARS = 6


def texts_to_hide(values: Iterable[str | None]) -> tuple[str, ...]:
    """The values, and of one with a scheme ("Bearer x") what follows it; the longest first, so that no end is left."""
    texts: set[str] = set()
    for value in values:
        if value:
            texts.update((value, value.partition(" ")[2].strip()))
    return tuple(sorted([text for text in texts if len(text) >= MIN_SECRET_CHARS], key=lambda text: (-len(text), text)))


def secrets_of(config: Config) -> tuple[str, ...]:
    """Every secret of a config, wherever its value came from."""
    tree = msgspec.json.decode(msgspec.json.encode(config))
    values = [slot.value for slot in find_slots(tree, ALL_SECRETS)]
    return texts_to_hide([value for value in values if isinstance(value, str)])
