"""Finding a model for a first start: a key in the environment, a server on this machine, else the demo.

Writes nothing and keeps nothing: `make run` turns what is found into a config.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from openclaw_gateway.model_errors import ModelAnswerTooLarge
from openclaw_gateway.models.catalog import DEMO_MODEL, DEMO_PROVIDER
from openclaw_gateway.models.http_client import HttpClient, Limits, UpstreamTrouble
from openclaw_gateway.models.provider import KNOWN_PROVIDERS

PROBE_S = 0.3
MAX_LISTING_BYTES = 256 * 1024


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


# The key's variable, the provider, and the model to begin with.
KEYS = tuple((known.key_variable, provider_id, known.default_model) for provider_id, known in KNOWN_PROVIDERS.items())

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


class _ListingReader:
    """See `http_connection.Reader`."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.status = 0
        self.has_begun = False
        self.linger_s: float | None = None

    def connected(self) -> None:
        """Nothing to note."""

    def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:  # noqa: ARG002 - the body tells
        """Keep the status."""
        self.status = status

    def feed(self, received: bytes) -> None:
        """Gather up to the cap."""
        self.body += received
        if len(self.body) > MAX_LISTING_BYTES:
            raise UpstreamTrouble(ModelAnswerTooLarge, "its list of models is too large")


async def discover(
    variables: Mapping[str, str], *, local_servers: Sequence[LocalServer] = LOCAL_SERVERS, probe_s: float = PROBE_S
) -> Discovered:
    """The first of: a key in the given variables, a local server that lists a model, the demo; within probe_s."""
    for variable, provider_id, model in KEYS:
        if variables.get(variable, "").strip():
            return Discovered(
                provider_id, {}, f"{provider_id}/{model}", f"{model} at {provider_id} ({variable} is set)"
            )
    client = HttpClient()
    try:
        async with asyncio.TaskGroup() as group:
            probes = [group.create_task(_probe(client, server, probe_s)) for server in local_servers]
    finally:
        client.close()
    return next((found for probe in probes if (found := probe.result()) is not None), DEMO)


async def _probe(client: HttpClient, server: LocalServer, probe_s: float) -> Discovered | None:
    base_url = f"http://127.0.0.1:{server.port}/v1"
    reader = _ListingReader()
    try:
        async with asyncio.timeout(probe_s):
            await client.endpoint(f"{base_url}/models", {}, method="GET").send(b"", reader, Limits())
        rows = msgspec.json.decode(reader.body, type=_Listing).data if reader.status == 200 else []
    except (UpstreamTrouble, TimeoutError, ValueError, RecursionError):
        return None  # nobody there, or something else: not HTTP, not JSON, not a list of models
    model = next((row.id for row in rows if "embed" not in row.id.lower()), None)
    if model is None:
        return None
    provider = {"baseUrl": base_url, "api": "openai-completions", "models": [{"id": model}]}
    description = f"{model} at {server.name} on port {server.port}"
    return Discovered(server.provider_id, provider, f"{server.provider_id}/{model}", description)
