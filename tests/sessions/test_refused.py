"""Errors of the start."""

from openclaw_gateway.errors import GatewayError
from openclaw_gateway.sessions.refused import FolderLocked, StoreRefused


def test_refusals_are_for_the_operator_alone() -> None:
    """One name catches all of them, and none is an error that a peer could be told: they name paths."""
    locked = FolderLocked("gateway already running (pid 5)", pid=5)
    assert isinstance(locked, StoreRefused)
    assert not isinstance(locked, GatewayError)
    assert (str(locked), locked.pid) == ("gateway already running (pid 5)", 5)
