"""A gateway without sockets for the methods of the protocol: real runs, a real store, the scripted model."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openclaw_gateway.auth.principal import DEFAULT_SCOPES, Principal
from openclaw_gateway.config.schema import Config
from openclaw_gateway.dialects.gateway.frames import Request, encode_refusal
from openclaw_gateway.dialects.gateway.handshake import ConnectClient, ConnectParams
from openclaw_gateway.endpoints.gateway.methods import build_table
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Caller, MethodTable
from openclaw_gateway.errors import GatewayError, RunCancelled
from openclaw_gateway.models.catalog import Catalog
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.runs.in_flight import Runs
from openclaw_gateway.runs.lanes import Lanes
from openclaw_gateway.runs.prepared import prepare
from openclaw_gateway.sessions.store import SqliteStore
from openclaw_gateway.tools.permission.gate import Gate
from openclaw_gateway.tools.shelf import ToolParts

CONFIG = {
    "agents": {"entries": {"main": {}, "ops": {}}, "defaults": {"model": {"primary": "demo/scripted"}}},
    "models": {"providers": {"demo": {"api": "scripted", "models": [{"id": "scripted", "name": "s"}]}}},
}

Frame = dict[str, Any]


@dataclass
class Peer:
    """A client of the methods, as its socket would see them. frames: what it was sent, in order."""

    services: Services
    table: MethodTable
    principal: Principal
    frames: list[Frame] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, method: str, **params: object) -> Frame:
        """The last answer to a request; what came before it is in `frames`."""
        caller = Caller(
            self.principal, ConnectParams(4, 4, ConnectClient("test", "1", "linux", "test")), "c1", self._receive
        )
        request = Request("req", "7", method, msgspec.Raw(json.dumps(params).encode()))
        try:
            frame = await self.table.answer(request, caller, self.services)
        except GatewayError as error:
            frame = encode_refusal(request.id, error)
        self._receive(frame)
        return self.frames[-1]

    async def wait_frames(self, count: int) -> list[Frame]:
        """The frames, once there are that many."""
        async with asyncio.timeout(10):
            while len(self.frames) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return self.frames

    def _receive(self, frame: bytes) -> None:
        self.frames.append(json.loads(frame))
        self.arrived.set()


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """The parts of a gateway with two agents, `main` and `ops`."""

    def now_ms() -> int:
        return time.time_ns() // 1_000_000

    config = msgspec.convert(CONFIG, Config)
    async with asyncio.TaskGroup() as group:

        def spawn(coroutine: Coroutine[None, None, None]) -> "asyncio.Task[None]":
            return group.create_task(coroutine)

        store = await SqliteStore.start(tmp_path / "state", now_ms=now_ms)
        prepared = prepare(
            config, tmp_path, Catalog.build(config, {}, HttpClient()), ToolParts(Gate.of(tmp_path, lambda: 0)), {}
        )
        runs = Runs(prepared, store, Lanes(max_running=4), now_ms=now_ms)
        yield Services(runs, store, now_ms(), now_ms, Gate.of(tmp_path, now_ms))
        await runs.drain(0, RunCancelled("the test is over"))
        await store.close()


@pytest.fixture
def peer(services: Services) -> Peer:
    """A client with the full grant."""
    return peer_with(services, *DEFAULT_SCOPES)


def peer_with(services: Services, *scopes: str) -> Peer:
    """A client with a grant of its own."""
    principal = Principal("shared-secret", "token", frozenset(scopes), "127.0.0.1", is_local=True)
    return Peer(services, build_table(), principal)
