"""A gateway whose `/v1/responses` is on, and OpenAI's own SDK as its client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
from tests.running import TOKEN, Running, config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.gateway import GatewayOptions

LOOKUP: dict[str, Any] = {
    "type": "function",
    "name": "lookup",
    "description": "Looks things up.",
    "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
    "strict": False,
}


def responses_config(upstream: Upstream, **changes: Any) -> dict[str, Any]:
    """The config of most tests, with responses on."""
    config = config_for(upstream, **changes)
    config["gateway"]["http"]["endpoints"]["responses"] = {"enabled": True}
    return config


@asynccontextmanager
async def responding(
    folder: Path, upstream: Upstream, *, options: GatewayOptions | None = None, **changes: Any
) -> AsyncIterator[tuple[Running, openai.AsyncOpenAI]]:
    """The gateway, and the SDK with its token, which tries nothing twice."""
    config = responses_config(upstream, **changes)
    async with (
        running_gateway(folder, upstream, config=config, options=options) as gateway,
        openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=TOKEN, max_retries=0) as client,
    ):
        yield gateway, client
