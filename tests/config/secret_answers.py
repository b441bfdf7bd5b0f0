"""Asking the sources of secrets for values."""

import msgspec

from openclaw_gateway.config.issues import Unresolved
from openclaw_gateway.config.schema import SecretRef, Secrets
from openclaw_gateway.config.secret_sources import SecretSources


def resolve(provider: dict[str, object], *ids: str, **variables: str) -> list[str]:
    """The values of ids, or the reasons why there are none behind a "!"."""
    section = msgspec.convert({"providers": {"p": provider}}, Secrets)
    refs = [SecretRef(source=str(provider["source"]), provider="p", id=secret_id) for secret_id in ids]
    answers = SecretSources(section, variables).resolve(refs)
    return [f"!{answer}" if isinstance(answer := answers[ref], Unresolved) else answer for ref in refs]
