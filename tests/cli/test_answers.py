"""Answers of gateways that are not as they should be."""

import msgspec
import pytest

from openclaw_gateway.cli.answers import read
from openclaw_gateway.cli.console import CommandFailed


class Named(msgspec.Struct):
    name: str


def test_read() -> None:
    """What is needed is taken out of an answer, whatever else is in it."""
    assert read({"name": "trip", "newer": 1}, Named) == Named("trip")


@pytest.mark.parametrize("payload", [None, [], {}, {"name": 1}])
def test_answer_that_makes_no_sense(payload: object) -> None:
    """Anything else is a failure of the command that says what was wrong."""
    with pytest.raises(CommandFailed, match="the gateway's answer cannot be read: "):
        read(payload, Named)
