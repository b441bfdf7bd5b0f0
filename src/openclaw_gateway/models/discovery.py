"""Finding a model for a first start: a key in the environment, a server on this machine, else the demo.

Writes nothing and keeps nothing: `make run` turns what is found into a config.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from openclaw_gateway.models.catalog import DEMO_MODEL, DEMO_PROVIDER

PROBE_S = 0.3
MAX_PROBE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Discovered:
    """A model to begin with. provider: its entry of `models.providers`, as a config file would hold it; empty where the
    gateway knows the provider. ref: for `agents.defaults.model`. description: one line for a person.
    """

    provider_id: str
    provider: Mapping[str, object]
    ref: str
    description: str
    is_demo: bool = field(default=False)


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A model server that people run on their own machine, and its usual port."""

    provider_id: str
    name: str
    port: int


# The key's variable, the provider, and a model that is widely available, current and not the dearest.
KEYS = (
    ("OPENAI_API_KEY", "openai", "gpt-5-mini"),
    ("ANTHROPIC_API_KEY", "anthropic", "claude-sonnet-4-5"),
    ("OPENROUTER_API_KEY", "openrouter", "openrouter/auto"),
    ("GEMINI_API_KEY", "gemini", "gemini-2.5-flash"),
)

LOCAL_SERVERS = (
    LocalServer("ollama", "Ollama", 11434),
    LocalServer("lmstudio", "LM Studio", 1234),
    LocalServer("llamacpp", "llama.cpp", 8080),
    LocalServer("vllm", "vLLM", 8000),
)

DEMO = Discovered(
    DEMO_PROVIDER,
    {},
    f"{DEMO_PROVIDER}/{DEMO_MODEL}",
    "the built-in demo model (scripted answers; set OPENAI_API_KEY, ANTHROPIC_API_KEY, OPENROUTER_API_KEY or "
    "GEMINI_API_KEY, or start Ollama, and start again)",
    is_demo=True,
)


class _Row(msgspec.Struct):
    id: str


class _Listing(msgspec.Struct):
    data: list[_Row]


async def discover(
    variables: Mapping[str, str], *, local_servers: Sequence[LocalServer] = LOCAL_SERVERS, probe_s: float = PROBE_S
) -> Discovered:
    """The first of: a key in the given variables, a local server that lists a model, the demo; within probe_s."""
    for variable, provider_id, model in KEYS:
        if variables.get(variable, "").strip():
            return Discovered(
                provider_id, {}, f"{provider_id}/{model}", f"{model} at {provider_id} ({variable} is set)"
            )
    async with asyncio.TaskGroup() as group:
        probes = [group.create_task(_probe(server, probe_s)) for server in local_servers]
    return next((found for probe in probes if (found := probe.result()) is not None), DEMO)


async def _probe(server: LocalServer, probe_s: float) -> Discovered | None:
    try:
        async with asyncio.timeout(probe_s):
            model = await _first_model(server.port)
    except (OSError, TimeoutError, EOFError, ValueError, RecursionError):
        # the last two: not HTTP, not JSON, not a list of models
        return None
    if model is None:
        return None
    provider = {
        "baseUrl": f"http://127.0.0.1:{server.port}/v1",
        "api": "openai-completions",
        "models": [{"id": model}],
    }
    description = f"{model} at {server.name} on port {server.port}"
    return Discovered(server.provider_id, provider, f"{server.provider_id}/{model}", description)


async def _first_model(port: int) -> str | None:
    """The first model that GET /v1/models lists and that can chat, as far as its name tells."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=MAX_PROBE_BYTES)
    try:
        # HTTP/1.0, so that the answer ends with the connection and needs no chunk parser.
        writer.write(f"GET /v1/models HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0] + b" ":
            return None
        body = await _read_body(reader, head)
    finally:
        writer.close()
    listing = msgspec.json.decode(body, type=_Listing)
    return next((row.id for row in listing.data if "embed" not in row.id.lower()), None)


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    fields = dict(line.lower().partition(b":")[::2] for line in head.split(b"\r\n")[1:])
    length = fields.get(b"content-length", b"").strip()
    if length.isdigit():
        return await reader.readexactly(min(int(length), MAX_PROBE_BYTES))
    body = bytearray()
    while len(body) < MAX_PROBE_BYTES and (piece := await reader.read(65536)):
        body += piece
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        return _join_chunks(bytes(body))
    return bytes(body)


def _join_chunks(body: bytes) -> bytes:
    """Some servers answer HTTP/1.0 in chunks all the same."""
    joined = bytearray()
    while body:
        size_line, _, body = body.partition(b"\r\n")
        size = int(size_line.split(b";")[0], 16)
        if size <= 0:
            break
        joined += body[:size]
        body = body[size + 2 :]
    return bytes(joined)
