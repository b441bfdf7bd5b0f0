"""Our gateway on the scripted model, a relay that reads along, and programs that know only its address."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bench.processes import TOKEN, Gateway, free_port, gateway_config
from tests.interop.install import ORIGINAL_FOLDER
from tests.interop.original.relay import Relay
from tests.interop.original.schema import SCHEMA, find_violations

BIN = ORIGINAL_FOLDER / "node_modules" / ".bin"
MAX_PROGRAM_S = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """What a program left."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Programs:
    """Runs programs on the original's Node. Of the caller's environment only PATH reaches them."""

    folder: Path
    relay: Relay

    @property
    def environment(self) -> dict[str, str]:
        """Where the gateway is, how to get in, and a home without any configuration."""
        return {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "OPENCLAW_GATEWAY_URL": self.relay.url,
            "OPENCLAW_GATEWAY_TOKEN": TOKEN,
        }

    async def run(self, *command: str) -> Ended:
        """Run a program to its end."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=self.environment, cwd=self.folder
        )
        try:
            async with asyncio.timeout(MAX_PROGRAM_S):
                output, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return Ended(process.returncode, output.decode(), errors.decode())

    async def openclaw(self, *words: str) -> str:
        """The output of the original's command; it must succeed."""
        ended = await self.run(str(BIN / "openclaw"), *words)
        assert ended.code == 0, f"openclaw {' '.join(words)}: {ended.code}\n{ended.output}\n{ended.errors}"
        return ended.output


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway as a person starts it, on the model that answers without a server."""
    assert SCHEMA.exists(), "the original is not installed: run `make interop`"
    folder = tmp_path_factory.mktemp("original-gateway")
    config = gateway_config(free_port(), {}, {"main": "scripted/demo"})
    # A session of a few turns is long enough to be summed up.
    compaction = {"keepRecentTokens": 50, "recentTurnsPreserve": 1, "qualityGuard": {"enabled": False}}
    config["agents"]["defaults"]["compaction"] = compaction
    with Gateway(folder, config) as process:
        process.wait_ready(process.port)
        yield process


@pytest.fixture
async def relay(gateway: Gateway) -> AsyncIterator[Relay]:
    """The way to the gateway. In the end every frame that came must be one that the published schema allows."""
    async with Relay(gateway.port) as relay:
        yield relay
        assert relay.sent, "no frame went through the relay: what was tested is not the protocol"
        assert find_violations(relay.sent) == []


@pytest.fixture
def programs(tmp_path: Path, relay: Relay) -> Programs:
    """The original's programs."""
    return Programs(tmp_path, relay)
