"""Whether providers are there and take our keys: each is asked for its list of models, which costs nothing."""

import asyncio
from collections.abc import Iterable

import msgspec

from openclaw_gateway.config.load import Loaded
from openclaw_gateway.config.schema import ModelEntry, Provider
from openclaw_gateway.model_errors import ModelAnswerTooLarge
from openclaw_gateway.models.catalog import DEMO_PROVIDER
from openclaw_gateway.models.forms import openai_url
from openclaw_gateway.models.http_client import HttpClient, Limits, UpstreamTrouble
from openclaw_gateway.models.known_providers import KNOWN_PROVIDERS
from openclaw_gateway.models.provider import build_headers, build_proxy, build_trust

# Nothing is read of the answer but its status; a server that sends without end is not waited for.
MAX_ANSWER_BYTES = 4 * 1024 * 1024


class ProviderProbe(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one question. error: a sentence, without secrets."""

    provider: str
    ok: bool
    status: int = 0
    error: str = ""

    @property
    def line(self) -> str:
        """For a person."""
        return f"{self.provider}: {'answers' if self.ok else self.error}"


class _StatusReader:
    """See `http_connection.Reader`."""

    def __init__(self) -> None:
        self.status = 0
        self.has_begun = False
        self.linger_s: float | None = None
        self._byte_count = 0

    def connected(self) -> None:
        """Nothing to note."""

    def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:  # noqa: ARG002 - the status tells
        """Keep the status."""
        self.status = status

    def feed(self, received: bytes) -> None:
        """Count, and keep nothing."""
        self._byte_count += len(received)
        if self._byte_count > MAX_ANSWER_BYTES:
            raise UpstreamTrouble(ModelAnswerTooLarge, "its list of models is too large")


def probe_providers(loaded: Loaded, names: Iterable[str], *, timeout_s: float) -> list[ProviderProbe]:
    """Ask all of them at once. loaded: with its secrets."""
    return asyncio.run(_probe_all(loaded, list(names), timeout_s))


async def _probe_all(loaded: Loaded, names: list[str], timeout_s: float) -> list[ProviderProbe]:
    client = HttpClient()
    try:
        async with asyncio.TaskGroup() as group:
            probes = [group.create_task(_probe(loaded, name, client, timeout_s)) for name in names]
    finally:
        client.close()
    return [probe.result() for probe in probes]


async def _probe(loaded: Loaded, name: str, client: HttpClient, timeout_s: float) -> ProviderProbe:
    if name == DEMO_PROVIDER:
        return ProviderProbe(name, ok=True)
    provider, known = loaded.config.models.providers.get(name, Provider()), KNOWN_PROVIDERS.get(name)
    base_url = provider.base_url or (known.base_url if known else None)
    if base_url is None:
        return ProviderProbe(name, ok=False, error=f"it has no address: set models.providers.{name}.baseUrl")
    api = provider.api or (known.api if known else "openai-completions")
    headers = build_headers(api, provider, ModelEntry(id="-"), provider.api_key or loaded.provider_keys.get(name))
    reader = _StatusReader()
    try:
        url = f"{openai_url(base_url).removesuffix('/chat/completions')}/models"
        endpoint = client.endpoint(url, headers, build_trust(provider), method="GET", proxy=build_proxy(provider))
        async with asyncio.timeout(timeout_s):
            await endpoint.send(b"", reader, Limits())
    except UpstreamTrouble as trouble:
        return ProviderProbe(name, ok=False, error=str(trouble))
    except TimeoutError:
        return ProviderProbe(name, ok=False, error=f"no answer within {timeout_s:g} s")
    except ValueError as error:
        return ProviderProbe(name, ok=False, error=str(error))
    return _judge(name, reader.status)


def _judge(name: str, status: int) -> ProviderProbe:
    """A server of one's own may have no list of models; it is there all the same."""
    if status in (401, 403):
        return ProviderProbe(name, ok=False, status=status, error=f"it refuses the key ({status})")
    if status >= 500:
        return ProviderProbe(name, ok=False, status=status, error=f"it answers with an error ({status})")
    return ProviderProbe(name, ok=True, status=status)
