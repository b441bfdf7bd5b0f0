"""Both event loops: uvloop, which the gateway runs on, and asyncio's own, which it must not depend on."""

import asyncio
from collections.abc import Callable

import uvloop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loops that each asynchronous test of this room runs on, one after the other."""
    return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
