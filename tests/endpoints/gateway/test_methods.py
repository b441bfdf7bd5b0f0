"""The methods of this gateway."""

from openclaw_gateway.endpoints.gateway.methods import build_table


def test_table_names_what_may_be_asked() -> None:
    """What the hello lists; a new method is added here, in the table and in docs/reference/protocol.md."""
    assert build_table().names == ("agent", "agent.wait", "chat.abort", "health", "status")
