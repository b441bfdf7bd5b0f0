"""Showing config without secrets, and taking it back."""

import pytest

from openclaw_gateway.config.redact import REDACTED, NothingStored, redact, restore

TREE = {
    "gateway": {"auth": {"token": "s3cret", "mode": "token"}, "port": 1},
    "models": {
        "providers": {
            "p": {"apiKey": "s3cret", "headers": {"X-Any": "s3cret"}, "baseUrl": "http://x"},
            "q": {"apiKey": {"source": "env", "id": "KEY"}},
            "r": {"apiKey": "${KEY}"},
            "s": {"apiKey": "$KEY", "baseUrl": "http://x?limit=3#top"},
            "t": {"apiKey": "$s3cret", "baseUrl": "http://me:s3cret@x/v1"},
            "u": {"apiKey": "${KEY}s3cret", "baseUrl": "http://x/v1?api_key=s3cret"},
            "v": {"apiKey": "$${s3cret}"},
        }
    },
    "channels": {"telegram": {"botToken": "s3cret", "webhookSecret": "s3cret", "name": "n"}},
    "mcp": {"servers": {"m": {"env": {"ANY": "s3cret"}}}},
}


def test_secrets_are_hidden_and_names_are_not() -> None:
    """Every text that may be secret is a placeholder; variables, references and the rest are shown."""
    shown = redact(TREE)
    assert "s3cret" not in repr(shown)
    assert isinstance(shown, dict)
    assert shown["gateway"] == {"auth": {"token": REDACTED, "mode": "token"}, "port": 1}
    assert shown["models"]["providers"]["q"] == TREE["models"]["providers"]["q"]
    assert shown["models"]["providers"]["r"] == {"apiKey": "${KEY}"}
    assert shown["models"]["providers"]["s"] == TREE["models"]["providers"]["s"]
    assert shown["channels"]["telegram"]["name"] == "n"


def test_what_was_shown_can_be_written_back() -> None:
    """Placeholders become what is stored at their place."""
    assert restore(redact(TREE), TREE) == TREE


def test_a_placeholder_for_nothing_is_refused() -> None:
    """A placeholder where nothing is stored does not become a secret of that text."""
    with pytest.raises(NothingStored) as caught:
        restore({"a": [REDACTED]}, {"a": []})
    assert caught.value.path == ("a", 0)
