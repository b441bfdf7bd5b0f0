"""Under which terms an agent may run commands: the stricter of what the config and the approvals file say. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from openclaw_gateway.config.schema.tools import Exec

Security = Literal["deny", "allowlist", "full"]
Ask = Literal["off", "on-miss", "always"]

_BY_STRICTNESS: Final[tuple[Security, ...]] = ("deny", "allowlist", "full")
_BY_ASKING: Final[tuple[Ask, ...]] = ("always", "on-miss", "off")


@dataclass(frozen=True, slots=True)
class Terms:
    """security: which commands may run. ask: when a person is asked. fallback: what holds if no person answers."""

    security: Security
    ask: Ask
    fallback: Security = "deny"


# What each `tools.exec.mode` means. Nothing here reviews commands by a model, so `auto` asks a person.
_MODES: Final[dict[str, Terms]] = {
    "deny": Terms("deny", "off"),
    "allowlist": Terms("allowlist", "off"),
    "ask": Terms("allowlist", "on-miss"),
    "auto": Terms("allowlist", "on-miss"),
    "full": Terms("full", "off"),
}


def combine_terms(settings: Exec, recorded: Terms, ask: Ask | None) -> Terms:
    """The terms of one command. recorded: of the approvals file. ask: of the call, which can only tighten."""
    configured = _MODES[settings.mode]
    asked = ask or "off"
    return Terms(
        min(configured.security, recorded.security, key=_BY_STRICTNESS.index),
        min(configured.ask, recorded.ask, asked, key=_BY_ASKING.index),
        recorded.fallback,
    )
