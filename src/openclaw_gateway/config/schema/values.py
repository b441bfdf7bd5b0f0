"""Kinds of values that several sections share."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """An object of the config file: immutable, strict about keys, camelCase in the file."""

    def __repr__(self) -> str:
        # A config holds secrets, and whatever can be printed ends up in a log one day.
        return f"{type(self).__name__}(…)"


NoEffect = Annotated[
    object,
    Meta(description="Accepted, so that files of the original load; without effect here.", extra={"effect": False}),
]
Secret = Annotated[
    str,
    Meta(description="Plain text, ${NAME}, $NAME, or a SecretRef.", extra={"secret": True}),
]

Port = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
NonNegative = Annotated[int, Meta(ge=0)]
PositiveNumber = Annotated[float, Meta(gt=0)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
NonEmpty = Annotated[str, Meta(min_length=1)]

# Every repetition ends in its unit, so the pattern cannot backtrack.
Duration = Annotated[
    str,
    Meta(
        pattern=r"^(?:(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+|\d+(?:\.\d+)?)$",
        description="A duration: 500ms, 30s, 5m, 1h30m, 30d.",
    ),
]
ByteSize = Annotated[
    str,
    Meta(pattern=r"^\d+(?:\.\d+)? ?(?:[bB]|[kKmMgGtT][bB]?)?$", description="A size: 512kb, 10mb, 10gb."),
]

Thinking = Literal["off", "minimal", "low", "medium", "high", "xhigh", "adaptive", "max", "ultra"]
OnOff = Literal["off", "on"]


class ModelChoice(Section, frozen=True):
    """Which model to ask, and whom when it fails. The file may give a plain "provider/model" instead.

    fallbacks: None when the file is silent, () when it says that there are none. In an agent's entry a primary without
    fallbacks is strict, fallbacks alone keep the primary of the defaults.
    """

    primary: str | None = None
    fallbacks: tuple[str, ...] | None = None
    timeout_ms: NoEffect = None


class AllowDeny(Section, frozen=True):
    """Names to allow and to deny; deny wins."""

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()
