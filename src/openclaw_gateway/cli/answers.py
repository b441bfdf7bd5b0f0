"""The gateway's answers as what a command needs of them."""

from typing import TypeVar

import msgspec

from openclaw_gateway.cli.console import CommandFailed

_T = TypeVar("_T")


def read(payload: object, kind: type[_T]) -> _T:
    """The payload as this kind; a gateway that answers something else makes the command fail, not crash."""
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"the gateway's answer cannot be read: {error}") from error
