"""`/usage`: tokens and money."""

import pytest
from tests.commands.saying import KEY, answer, refusal, say
from tests.protocol_client import connected
from tests.running import Running
from tests.upstream import Upstream


async def test_tokens_are_told(gateway: Running, upstream: Upstream) -> None:
    """The session's own calls, and with cost those of all sessions; what has no price says so."""
    upstream.say("Hello.")
    upstream.say("Hello.")
    await say(gateway, "hi")
    await gateway.chat("hi", headers={"x-openclaw-session-key": "other"})
    assert (await answer(gateway, "/usage")).startswith("This session: 1 model calls, ")
    told = await answer(gateway, "/usage cost")
    assert "Last 30 days: 2 model calls" in told
    assert "price unknown for 2" in told


@pytest.mark.parametrize(("word", "kept"), [("tokens", "tokens"), ("full", "full"), ("off", "off"), ("reset", None)])
async def test_mode_is_kept(gateway: Running, word: str, kept: str | None) -> None:
    """What clients show below answers is the session's setting, as sessions.patch has it."""
    await answer(gateway, "/usage tokens")
    await answer(gateway, f"/usage {word}")
    async with connected(gateway) as client:
        row = (await client.ask("sessions.describe", key=KEY))["session"]
    assert row.get("responseUsage") == kept


async def test_wrong_word(gateway: Running) -> None:
    """The words are named."""
    assert "off|tokens|full|reset|cost" in (await refusal(gateway, "/usage lots"))[1]
