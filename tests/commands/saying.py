"""Commands said to a gateway over HTTP."""

from typing import Any

import httpx2
from tests.running import Running

KEY = "agent:main:talk"
HEADERS = {"x-openclaw-session-key": "talk"}


async def say(gateway: Running, text: str, **fields: Any) -> httpx2.Response:
    """One message into the session `talk`."""
    return await gateway.chat(text, headers=HEADERS, **fields)


async def answer(gateway: Running, text: str) -> str:
    """What the gateway answers to it; fails for anything but a good answer."""
    reply = await say(gateway, text)
    assert reply.status_code == 200, reply.text
    told: str = reply.json()["choices"][0]["message"]["content"]
    return told


async def refusal(gateway: Running, text: str) -> tuple[int, str]:
    """Status and message of a refused command."""
    reply = await say(gateway, text)
    return reply.status_code, reply.json()["error"]["message"]
