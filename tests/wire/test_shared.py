"""What connections share: names for requests, and the tasks that answer them."""

import asyncio

import pytest
from tests.wire.house import authenticator, render_error

from openclaw_gateway.wire.app import App, Door
from openclaw_gateway.wire.broadcast import Broadcast
from openclaw_gateway.wire.census import Census
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.routes import RouteTable
from openclaw_gateway.wire.shared import Shared


def build() -> Shared:
    return Shared(
        app=App(RouteTable([]), Door(authenticator()), render_error),
        limits=WireLimits(),
        loop=asyncio.get_running_loop(),
        census=Census(max_guests=1, max_strangers=1, max_strangers_per_address=1),
        broadcast=Broadcast(),
    )


@pytest.mark.parametrize("proposed", ["a", "req_1-2.3", "x" * 128, "with space"])
async def test_a_proper_id_is_kept(proposed: str) -> None:
    """Short printable ASCII stays."""
    assert build().name_request(proposed) == proposed


@pytest.mark.parametrize("proposed", [None, "", "x" * 129, "é", "a\x00b", "a\tb", "a\nb"])
async def test_any_other_is_replaced(proposed: str | None) -> None:
    """Everything else gets a fresh id, no two alike, of any server."""
    first, second = build(), build()
    names = {shared.name_request(proposed) for shared in (first, second) for _ in range(100)}
    assert len(names) == 200
    assert proposed not in names


async def test_tasks_are_owned_while_they_run() -> None:
    """A task is known until it is done."""
    shared, gate = build(), asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    task = shared.spawn(wait())
    assert shared.tasks == {task}
    gate.set()
    await task
    await asyncio.sleep(0)
    assert not shared.tasks
