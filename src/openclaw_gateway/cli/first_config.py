"""What a first configuration says; pure, so that each command writes the same."""

import re
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

Section = dict[str, object]

_APIS = {
    "openai": "openai-completions",
    "openai-responses": "openai-responses",
    "anthropic": "anthropic-messages",
}

# What the original writes for an endpoint of which nothing more is known.
_CONTEXT_WINDOW = 128_000
_MAX_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class CustomEndpoint:
    """A model's server that a person names. compatibility: openai, openai-responses or anthropic."""

    base_url: str
    model_id: str
    api_key: object = None
    provider_id: str | None = None
    compatibility: str = "openai"
    accepts_images: bool = False

    @property
    def provider(self) -> str:
        """Id of the provider entry: as given, else made of the address: custom-127-0-0-1-11434."""
        if self.provider_id is not None:
            return self.provider_id
        address = urlsplit(self.base_url)
        port = address.port or (443 if address.scheme == "https" else 80)
        host = re.sub(r"[^a-z0-9]+", "-", (address.hostname or "").lower()).strip("-")
        return f"custom-{host}-{port}"

    def entry(self) -> Section:
        """The provider entry of `models.providers`."""
        model = {
            "id": self.model_id,
            "name": self.model_id,
            "contextWindow": _CONTEXT_WINDOW,
            "maxTokens": _MAX_TOKENS,
            "input": ["text", "image"] if self.accepts_images else ["text"],
        }
        key = {} if self.api_key is None else {"apiKey": self.api_key}
        return {"baseUrl": self.base_url, "api": _APIS[self.compatibility], **key, "models": [model]}


def new_token() -> str:
    """A token that cannot be guessed: 192 bits, in letters and digits."""
    return secrets.token_hex(24)


def tools_section() -> Section:
    """`tools` of a new configuration: a person is asked about commands, and finds where to change that."""
    return {"exec": {"mode": "ask"}}


def gateway_section(
    *, port: int | None = None, bind: str = "loopback", mode: str = "token", secret: object = None
) -> Section:
    """`gateway` of a gateway that runs here. secret: the token or password, or a reference to one; None: generate."""
    auth: Section = {"mode": mode}
    if mode != "none":
        auth[mode] = new_token() if secret is None else secret
    return {"mode": "local", **({} if port is None else {"port": port}), "bind": bind, "auth": auth}
