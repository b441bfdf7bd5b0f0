"""The keys that a provider may be asked with: each is a profile, and profiles are what cools down and takes turns."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openclaw_gateway.config.schema import Config, Provider


@dataclass(frozen=True, slots=True)
class Profile:
    """One key of a provider. name: as `auth.profiles` has it, or provider:default, provider:2 for others.

    key: None where the provider asks for none.
    """

    name: str
    key: str | None

    @property
    def place(self) -> str:
        """The name with a mark of the key: a key that was replaced does not inherit what became of the old one."""
        if self.key is None:
            return self.name
        return f"{self.name}#{hashlib.sha256(self.key.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The profiles of one provider. is_ordered: somebody chose their order, else they take turns."""

    profiles: tuple[Profile, ...]
    is_ordered: bool = False

    @property
    def has_key(self) -> bool:
        """Whether there is any key."""
        return self.profiles[0].key is not None


def name_of_place(place: str) -> str:
    """The place as a person may read it, without the mark of its key."""
    before, mark, after = place.partition("#")
    return f"{before}{after[8:]}" if mark else place


def find_keyring(
    provider_id: str, provider: Provider, config: Config, environment_keys: Mapping[str, Sequence[str]]
) -> Keyring:
    """All keys of a provider: that of its entry, those of `auth.profiles`, and without either the environment's.

    `auth.order` names the ones to use, in their order; an order in which nothing has a key does not count.
    """
    named = {
        name: profile.api_key
        for name, profile in config.auth.profiles.items()
        if profile.provider == provider_id and profile.api_key
    }
    own = [provider.api_key] if provider.api_key else []
    if not own and not named:
        own = list(environment_keys.get(provider_id, ()))
    numbered = {f"{provider_id}:{'default' if place == 1 else place}": key for place, key in enumerate(own, 1)}
    found = {name: Profile(name, key) for name, key in {**numbered, **named}.items()}
    wanted = tuple(found[name] for name in config.auth.order.get(provider_id, ()) if name in found)
    if wanted:
        return Keyring(wanted, is_ordered=True)
    return Keyring(tuple(found.values()) or (Profile(f"{provider_id}:default", None),))
