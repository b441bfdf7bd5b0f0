"""`sessions.abort`: by session, by run, with what waits behind it."""

import pytest
from tests.protocol_client import Refused, connected
from tests.running import Running
from tests.upstream import PAUSE, Upstream

NOTHING = {"ok": True, "abortedRunId": None, "status": "no-active-run"}


async def test_running_one_is_ended(gateway: Running, upstream: Upstream) -> None:
    """By session the run that goes on is ended, and the next one is answered; a second time there is nothing to end."""
    upstream.say("Half", PAUSE)
    upstream.say("Two")
    async with connected(gateway) as client:
        assert await client.ask("sessions.abort", key="main") == NOTHING
        await client.ask("chat.send", sessionKey="main", message="a", idempotencyKey="a")
        await client.ask("chat.send", sessionKey="main", message="b", idempotencyKey="b")
        await client.wait_event("chat", runId="a", state="delta")
        assert (await client.ask("sessions.abort", key="main"))["abortedRunId"] == "a"
        await client.wait_event("chat", runId="b", state="final")
        assert await client.ask("sessions.abort", runId="a") == NOTHING


async def test_waiting_ones_go_with_it(gateway: Running, upstream: Upstream) -> None:
    """With clearQueued what waits is withdrawn first; by its id one run is ended wherever it is."""
    upstream.say("Half", PAUSE)
    async with connected(gateway) as client:
        for name in ("a", "b", "c"):
            await client.ask("chat.send", sessionKey="main", message=name, idempotencyKey=name)
        await client.wait_event("chat", runId="a", state="delta")
        assert (await client.ask("sessions.abort", runId="c"))["abortedRunId"] == "c"
        told = await client.ask("sessions.abort", key="main", clearQueued=True)
        assert (told["abortedRunId"], told["status"]) == ("a", "aborted")
        await client.wait_event("chat", runId="b", state="aborted")
        assert len(upstream.requests) == 1


async def test_something_must_be_named(gateway: Running) -> None:
    """Neither key nor run is refused."""
    async with connected(gateway) as client:
        with pytest.raises(Refused, match="key or runId required"):
            await client.ask("sessions.abort")
