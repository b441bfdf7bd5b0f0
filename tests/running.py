"""A gateway that runs in the test: from a config file on disk, on free ports, in front of a model's server.

async with running_gateway(folder, upstream) as gateway:
    reply = await gateway.chat("hi")
    assert reply.json()["choices"][0]["message"]["content"] == "Hello."
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from tests.upstream import Upstream

from openclaw_gateway.config.load import LaunchOptions, load, read_environment
from openclaw_gateway.gateway import Gateway, GatewayOptions

TOKEN = "dummy-token-of-the-tests-0123456789"

Json = Any

NO_TOOLS: Json = {"deny": ["*"]}


def config_for(upstream: Upstream, **changes: Json) -> dict[str, Json]:
    """The config of most tests: chat completions on, a token, one model, no tools; changes are top-level keys that
    replace.
    """
    return {
        "gateway": {
            "mode": "local",
            "auth": {"mode": "token", "token": TOKEN},
            "http": {"endpoints": {"chatCompletions": {"enabled": True}}},
        },
        "models": {
            "providers": {
                "up": {
                    "baseUrl": upstream.url,
                    "apiKey": "dummy-upstream-key",
                    "models": [{"id": "tiny", "contextWindow": 32_000}],
                }
            }
        },
        "agents": {"defaults": {"model": "up/tiny"}},
        "logging": {"level": "silent", "consoleLevel": "silent"},
        "tools": NO_TOOLS,
        **changes,
    }


@dataclass
class Running:
    """A gateway and a client that holds its token."""

    gateway: Gateway
    http: httpx2.AsyncClient
    url: str

    async def post(self, body: Json, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """One call of the chat endpoint; a body that is bytes goes as it is."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post(
            "/v1/chat/completions", content=content, headers={"content-type": "application/json", **(headers or {})}
        )

    async def chat(
        self, *messages: str | Json, headers: Mapping[str, str] | None = None, **fields: Json
    ) -> httpx2.Response:
        """Say something; a str is a user's message."""
        turns = [{"role": "user", "content": turn} if isinstance(turn, str) else turn for turn in messages]
        return await self.post({"model": "openclaw", "messages": turns, **fields}, headers)

    async def stream(
        self, *messages: str, headers: Mapping[str, str] | None = None, **fields: Json
    ) -> tuple[httpx2.Response, list[str]]:
        """Say something and read the whole stream; returns the response and the data of its events."""
        reply = await self.chat(*messages, headers=headers, stream=True, **fields)
        return reply, [line.removeprefix("data: ") for line in reply.text.split("\n") if line.startswith("data: ")]

    async def history(self, key: str) -> list[Json]:
        """The stored messages of a session; [] if there is none."""
        reply = await self.http.get(f"/sessions/{key}/history")
        items: list[Json] = reply.json()["items"] if reply.status_code == 200 else []
        return items


async def eventually(condition: Callable[[], object]) -> None:
    """Let the loop run until the condition holds: for what nobody announces. Fails after some seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  (there is no event to wait for)
            await asyncio.sleep(0)


def texts_of(messages: Sequence[Json]) -> list[tuple[str, str]]:
    """Role and text of each message, as the store shows them."""
    return [(message["role"], _text(message["content"])) for message in messages]


def _text(content: Json) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


@asynccontextmanager
async def running_gateway(
    folder: Path,
    upstream: Upstream,
    *,
    config: Mapping[str, Json] | None = None,
    options: GatewayOptions | None = None,
) -> AsyncIterator[Running]:
    """Write the config, start, and stop at the end. The folder may be used again: that is a restart.

    Tools that the options bring are the only ones, unless the config says something of tools.
    """
    path = folder / "openclaw.json"
    written = dict(config_for(upstream) if config is None else config)
    if options is not None and options.tools and written.get("tools") == NO_TOOLS:
        written["tools"] = {"allow": list(options.tools)}
    path.write_text(json.dumps(written))
    environment = read_environment({"OPENCLAW_STATE_DIR": str(folder), "OPENCLAW_CONFIG_PATH": str(path)})
    gateway = Gateway(load(LaunchOptions(port=0), environment), options)
    await gateway.start()
    url = f"http://127.0.0.1:{gateway.addresses[0][1]}"
    async with httpx2.AsyncClient(base_url=url, headers={"authorization": f"Bearer {TOKEN}"}, timeout=20) as http:
        try:
            yield Running(gateway, http, url)
        finally:
            await gateway.stop()
