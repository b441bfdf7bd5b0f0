"""`/approve`: answering a command that waits, in the chat that it waits in."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.commands.saying import answer, refusal, say
from tests.running import Running, eventually
from tests.tools.permission.asking import COMMAND, asking_gateway, call_of
from tests.upstream import Upstream


async def wait_id(gateway: Running) -> str:
    book = gateway.gateway.services.gate.book
    await eventually(lambda: book.pending)
    return book.pending[0].id


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param("allow-once", "ran", id="allow"),
        pytest.param("once", "ran", id="another word"),
        pytest.param("deny", "a person has denied", id="deny"),
    ],
)
async def test_waiting_command_is_answered(tmp_path: Path, upstream: Upstream, words: str, told: str) -> None:
    """It does not wait behind the run that asks, and the beginning of the id is enough."""
    upstream.plan(call_of(COMMAND))
    async with asking_gateway(tmp_path, upstream) as gateway:
        upstream.say("Done.")
        working: asyncio.Task[Any] = asyncio.create_task(say(gateway, "do it"))
        approval = await wait_id(gateway)
        assert approval in await answer(gateway, "/approve")
        assert COMMAND in await answer(gateway, f"/approve {approval[:24]} {words}")
        assert (await working).status_code == 200
    assert told in str(upstream.requests[-1].json["messages"][-1]["content"])


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param("/approve 1234abcd allow-once", 404, id="unknown id"),
        pytest.param("/approve 1 deny", 404, id="too short"),
        pytest.param("/approve 1234abcd perhaps", 400, id="no decision"),
        pytest.param("/approve 1234abcd", 400, id="half"),
        pytest.param("/approve 1234abcd deny now", 400, id="too much"),
    ],
)
async def test_wrong_answers(gateway: Running, text: str, status: int) -> None:
    """What answers nothing is refused, as the method does."""
    assert (await refusal(gateway, text))[0] == status


async def test_nothing_waits(gateway: Running) -> None:
    """Without a command that waits it says so."""
    assert await answer(gateway, "/approve") == "Nothing waits for an approval."
