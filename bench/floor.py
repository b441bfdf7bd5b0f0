"""The least that a server on the same parts costs: uvicorn's protocol, an application that reads a body and answers.

No routes, no auth, no model, no store. What the gateway spends above this is its own work.

    python -m bench.floor PORT
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import cast

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bench.upstream import LAST_WORD

Message = MutableMapping[str, object]
_JSON = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"%b"},"finish_reason":"stop"}]}' % (
    b"a few words " * 5 + LAST_WORD.encode()
)
_EVENT = b'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n'
_EVENTS = [_EVENT % b"a few words "] * 7 + [_EVENT % LAST_WORD.encode(), b"data: [DONE]\n\n"]


async def answer(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Read the body, answer it in the form it asks for; each event is a send of its own."""
    body = bytearray()
    is_more = scope["method"] == "POST"
    while is_more:
        part = await receive()
        body += cast("bytes", part.get("body", b""))
        is_more = bool(part.get("more_body"))
    is_stream = b'"stream":true' in body
    kind = b"text/event-stream" if is_stream else b"application/json"
    headers = [(b"content-type", kind)]
    if not is_stream:
        headers.append((b"content-length", b"%d" % len(_JSON)))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if is_stream:
        for event in _EVENTS:
            await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if is_stream else _JSON})


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    config = uvicorn.Config(
        answer,
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=False,
        log_level="critical",
    )
    config.load()
    state = ServerState()

    def connect() -> HttpToolsProtocol:
        return HttpToolsProtocol(config=config, server_state=state, app_state={})

    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
