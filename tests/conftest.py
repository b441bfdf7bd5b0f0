"""Fixtures of the whole suite: a model's server, and a gateway in front of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvloop
from tests.running import Running, running_gateway
from tests.upstream import Upstream


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the gateway runs on; its transports differ from asyncio's in ways that tests should meet."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A model's server that answers `Hello.` unless told otherwise."""
    async with Upstream() as server:
        yield server


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    """A gateway with chat completions on, one agent and one model."""
    async with running_gateway(tmp_path, upstream) as running:
        yield running
