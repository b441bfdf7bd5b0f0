"""Finding a model for a first start: a key in the environment, a server on this machine, else the demo.

Writes nothing and keeps nothing: `make run` turns what is found into a config.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from openclaw_gateway.model_errors import ModelAnswerTooLarge
from openclaw_gateway.models.catalog import DEMO_MODEL, DEMO_PROVIDER
from openclaw_gateway.models.http_client import HttpClient, Limits, UpstreamTrouble
from openclaw_gateway.models.known_providers import KEYS

PROBE_S = 0.3
MAX_LISTING_BYTES = 256 * 1024
MAX_ID_CHARS = 200


@dataclass(frozen=True, slots=True)
class Discovered:
    """A model to begin with. provider: its entry of `models.providers`, as a config file would hold it; empty where the
    gateway knows the provider. ref: for `agents.defaults.model`. description: one line for a person.
    """

    provider_id: str
    provider: Mapping[str, object]
    ref: str
    description: str


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A model server that people run on their own machine, and its usual port."""

    provider_id: str
    name: str
    port: int


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
    found = find_keys(variables) or await find_local(local_servers=local_servers, probe_s=probe_s)
    return found[0] if found else DEMO


def find_keys(variables: Mapping[str, str]) -> list[Discovered]:
    """A model of each provider whose key is among the variables."""
    return [
        Discovered(provider_id, {}, f"{provider_id}/{model}", f"{model} at {provider_id} ({variable} is set)")
        for variable, provider_id, model in KEYS
        if variables.get(variable, "").strip()
    ]


async def find_local(
    *, local_servers: Sequence[LocalServer] = LOCAL_SERVERS, probe_s: float = PROBE_S
) -> list[Discovered]:
    """All models that servers on this machine list, in the order of the servers; within probe_s."""
    async with asyncio.TaskGroup() as group:
        listings = [group.create_task(list_models(_base_url(server), {}, probe_s)) for server in local_servers]
    return [
        Discovered(
            server.provider_id,
            {"baseUrl": _base_url(server), "api": "openai-completions", "models": [{"id": model}]},
            f"{server.provider_id}/{model}",
            f"{model} at {server.name} on port {server.port}",
        )
        for server, listing in zip(local_servers, listings, strict=True)
        for model in listing.result()
    ]


async def list_models(base_url: str, headers: Mapping[str, str], timeout_s: float) -> list[str]:
    """Ids of the models that a server lists, but for those that embed or cannot be shown.

    Empty when nobody is there, or something else: not HTTP, not JSON, not a list of models.
    """
    client, reader = HttpClient(), _ListingReader()
    try:
        async with asyncio.timeout(timeout_s):
            await client.endpoint(f"{base_url}/models", headers, method="GET").send(b"", reader, Limits())
        rows = msgspec.json.decode(reader.body, type=_Listing).data if reader.status == 200 else []
    except (UpstreamTrouble, TimeoutError, ValueError, RecursionError):
        return []
    finally:
        client.close()
    return [row.id for row in rows if _is_choosable(row.id)]


def _is_choosable(model: str) -> bool:
    """Whether a person could choose it from a list, and talk with it."""
    return 0 < len(model) <= MAX_ID_CHARS and model.isprintable() and "embed" not in model.lower()


def _base_url(server: LocalServer) -> str:
    return f"http://127.0.0.1:{server.port}/v1"
