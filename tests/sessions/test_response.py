"""What a stored response promises beside what its table holds."""

import msgspec
import pytest

from openclaw_gateway.sessions.response import StoredResponse


def test_response_is_a_value() -> None:
    """A stored response is not changed by whoever reads it."""
    response = StoredResponse("run", "agent:main:x", "main", "shared-secret", 1, b"{}")
    with pytest.raises(AttributeError):
        response.subject = "other"  # type: ignore[misc]  # what the test is about
    assert msgspec.structs.replace(response, outcome=b"{}") != response
