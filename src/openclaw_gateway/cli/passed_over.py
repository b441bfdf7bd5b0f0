"""Which keys and models the gateway passes over just now, read from the file that it keeps of them."""

from dataclasses import dataclass
from typing import Literal

from openclaw_gateway.clock import wall_clock_ms
from openclaw_gateway.config.load import Loaded


@dataclass(frozen=True, slots=True)
class PassedOverPlace:
    """A key (`profile`), or one model under it. until_ms: since the epoch."""

    profile: str
    model: str | None
    kind: Literal["cooldown", "disabled"]
    reason: str
    until_ms: int
    left_ms: int

    def document(self) -> dict[str, object]:
        """As the original lists unusable profiles; `model` is ours."""
        return {
            "profileId": self.profile,
            "provider": self.profile.partition(":")[0],
            "model": self.model,
            "kind": self.kind,
            "reason": self.reason,
            "until": self.until_ms,
            "remainingMs": self.left_ms,
        }

    def line(self) -> str:
        """For a person."""
        what = f"{self.profile} for {self.model}" if self.model else self.profile
        return f"passed over  {what}: {self.reason}, for {-(-self.left_ms // 1000)} s more"


def find_passed_over(loaded: Loaded) -> tuple[PassedOverPlace, ...]:
    """All places whose time is not over."""
    from openclaw_gateway.models.cooldown_file import FILE_NAME, read_cooldowns
    from openclaw_gateway.models.profiles import name_of_place

    now_ms = wall_clock_ms()
    found = []
    for place, standing in read_cooldowns(loaded.state_dir / "state" / FILE_NAME).items():
        if standing.until > now_ms:
            profile, _, model = name_of_place(place).partition("/")
            kind: Literal["cooldown", "disabled"] = "disabled" if standing.disabled_until > now_ms else "cooldown"
            left_ms = standing.until - now_ms
            found.append(PassedOverPlace(profile, model or None, kind, standing.reason, standing.until, left_ms))
    return tuple(found)
