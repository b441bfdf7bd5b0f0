"""Whether a model can be asked just now, as far as that is known without asking: its key, and how it went lately."""

from dataclasses import dataclass
from typing import Literal

from openclaw_gateway.config.schema import ModelEntry, Provider
from openclaw_gateway.models.cooldowns import OF_ACCOUNT, Cooldowns
from openclaw_gateway.models.profiles import Keyring
from openclaw_gateway.models.provider import address_of, lacks_key


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why it cannot. reason: in the protocol's words, None where its entry is wrong. until_ms: of a cooldown."""

    reason: Literal["missing-auth", "auth-failed", "cooldown"] | None = None
    until_ms: int | None = None


def find_hindrance(
    provider_id: str, provider: Provider, entry: ModelEntry, keyring: Keyring, cooldowns: Cooldowns
) -> Hindrance | None:
    """What stands in the way of a model, None if nothing does.

    One that is passed over with every key is hindered, though a turn that has nobody else asks it.
    """
    address = address_of(provider_id, provider, entry)
    if address is None:
        return None if (entry.api or provider.api) == "scripted" else Hindrance()
    if lacks_key(provider_id, address, keyring):
        return Hindrance("missing-auth")
    standings = [cooldowns.find(profile.place, entry.id) for profile in keyring.profiles]
    passed_over = [standing for standing in standings if standing is not None]
    if len(passed_over) < len(standings):
        return None
    is_refused = all(standing.reason in OF_ACCOUNT for standing in passed_over)
    until_ms = min(standing.until for standing in passed_over)
    return Hindrance("auth-failed" if is_refused else "cooldown", until_ms)
