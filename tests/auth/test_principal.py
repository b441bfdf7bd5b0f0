"""A principal as others see it."""

from openclaw_gateway.auth.principal import DEFAULT_SCOPES, Principal


def test_one_off_requests_and_conversations_are_apart() -> None:
    """Where places are shared, an address counts twice: a flood of one kind leaves the other kind its places."""
    names = {
        Principal("shared-secret", "token", DEFAULT_SCOPES, address, is_local=False).name_for_lanes(
            is_ephemeral=is_one_off
        )
        for address in ("10.0.0.1", "::1")
        for is_one_off in (True, False)
    }
    assert len(names) == 4
