"""What commands are given."""

from tests.commands.saying import answer
from tests.protocol_client import connected
from tests.running import Running

from openclaw_gateway.commands.desk import refuse


def test_refusal_names_what_was_expected() -> None:
    """The words come back, cut to a line."""
    assert refuse("/x a|b", "c" * 100).message == f"expected /x a|b, got {'c' * 60!r}"


async def test_session_begins_with_a_decision(gateway: Running) -> None:
    """A session that nothing was said in yet is stored by the first thing decided about it, and who watches is told."""
    async with connected(gateway) as client:
        await client.ask("sessions.subscribe")
        assert await answer(gateway, "/think high") == "Thinking: high."
        changed = await client.wait_event("sessions.changed", reason="patch")
    assert changed["session"]["thinkingLevel"] == "high"
