"""A session that was recorded for the scripted model, and how it is played: an agent fixes a failing test.

`script.json` is what the model says, turn by turn; `repository/` is the folder that it finds. Everything else happens:
the commands are run, a person is asked about them and answers over HTTP, the file is changed on the disk.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.running import TOKEN, Running, running_gateway
from tests.upstream import Upstream

FOLDER = Path(__file__).parent
KEY = "agent:main:recorded"

# What the person says to the commands that they are asked about, in this order.
ANSWERS = [("sh test.sh", "allow-once"), ("rm -rf .history", "deny"), ("sh test.sh", "allow-once")]


@dataclass
class Played:
    """What was seen of the session. asked: the commands that a person was asked about. events: of the run. results: of
    the tools, in the order of the calls, as the model read them.
    """

    asked: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    results: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""


@asynccontextmanager
async def recorded_gateway(folder: Path, sandbox: dict[str, Any]) -> AsyncIterator[Running]:
    """A gateway whose scripted model plays the session, in a copy of the repository, under `ask`."""
    shutil.copytree(FOLDER / "repository", folder / "repository")
    script = json.loads((FOLDER / "script.json").read_text())
    agents = {"defaults": {"model": "script/recorded", "workspace": str(folder / "repository"), "sandbox": sandbox}}
    provider = {"api": "scripted", "models": [{"id": "recorded", "params": {"script": script}}]}
    config = {
        "gateway": {
            "mode": "local",
            "auth": {"mode": "token", "token": TOKEN},
            "http": {"endpoints": {"chatCompletions": {"enabled": True}}},
        },
        "models": {"providers": {"script": provider}},
        "agents": agents,
        "tools": {"profile": "coding", "exec": {"mode": "ask"}},
        "logging": {"level": "silent", "consoleLevel": "silent"},
    }
    async with running_gateway(folder, Upstream(), config=config) as gateway:
        yield gateway


async def play(gateway: Running) -> Played:
    """Ask for the repair, answer what a person is asked, and wait for the end."""
    played, answers = Played(), iter(ANSWERS)
    body = {"model": "openclaw", "stream": True, "messages": [{"role": "user", "content": "Make the test pass."}]}
    headers = {"x-openclaw-session-key": KEY}
    async with gateway.http.stream("POST", "/v1/chat/completions", json=body, headers=headers) as reply:
        assert reply.status_code == 200, await reply.aread()
        run = f"/v1/runs/{reply.headers['x-openclaw-run-id']}"
        reading = asyncio.create_task(reply.aread())
        async with gateway.http.stream("GET", f"{run}/events") as events:
            async for line in events.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                event = json.loads(line.removeprefix("data: "))
                played.events.append(event)
                if event["type"] == "approval.requested":
                    (waiting,) = await _pending(gateway, run)
                    played.asked.append(waiting["command"])
                    command, decision = next(answers)
                    assert waiting["command"] == command
                    given = await gateway.http.post(f"{run}/approvals/{waiting['id']}", json={"decision": decision})
                    assert given.status_code == 200, given.text
        await reading
    for message in await gateway.history(KEY):
        if message["role"] == "toolResult":
            played.results.append((message["toolName"], _text(message)))
        elif message["role"] == "assistant":
            played.text = _text(message)
    return played


async def _pending(gateway: Running, run: str) -> list[dict[str, Any]]:
    listed = (await gateway.http.get(f"{run}/approvals")).json()["data"]
    return [approval for approval in listed if approval["status"] == "pending"]


def _text(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
