"""What first configurations say."""

import pytest

from openclaw_gateway.cli.first_config import CustomEndpoint, gateway_section, new_token


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        pytest.param("http://127.0.0.1:11434/v1", "custom-127-0-0-1-11434", id="address and port"),
        pytest.param("https://api.example.com/v1", "custom-api-example-com-443", id="https"),
        pytest.param("http://LOCALHOST", "custom-localhost-80", id="http"),
        pytest.param("http://[::1]:8080", "custom-1-8080", id="IPv6"),
    ],
)
def test_provider_is_named_after_its_address(url: str, provider: str) -> None:
    """The id is made of host and port, in letters, digits and dashes."""
    assert CustomEndpoint(url, "m").provider == provider


def test_endpoint_says_what_it_was_told() -> None:
    """Key, form and images appear in the entry; a name of one's own is used."""
    endpoint = CustomEndpoint("http://a", "m", "k", "mine", "anthropic", accepts_images=True)
    assert endpoint.provider == "mine"
    entry = endpoint.entry()
    assert (entry["apiKey"], entry["api"]) == ("k", "anthropic-messages")
    assert entry["models"] == [
        {"id": "m", "name": "m", "contextWindow": 128_000, "maxTokens": 4096, "input": ["text", "image"]}
    ]


def test_gateway_section() -> None:
    """A secret is generated where one is needed and none was given; mode none has none."""
    generated = gateway_section()
    assert isinstance(generated["auth"], dict)
    assert len(str(generated["auth"]["token"])) == 48
    assert gateway_section(mode="password", secret="s")["auth"] == {"mode": "password", "password": "s"}
    assert gateway_section(mode="none")["auth"] == {"mode": "none"}


def test_tokens_are_never_the_same() -> None:
    """A thousand tokens are a thousand tokens."""
    assert len({new_token() for _ in range(1000)}) == 1000
