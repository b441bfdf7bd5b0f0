"""Which texts are to be hidden, and that every secret of a config is found."""

from pathlib import Path

import pytest
from tests.config.folder import load_text

from openclaw_gateway.config.hidden import secrets_of, texts_to_hide


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        pytest.param(["a-secret"], ("a-secret",), id="whole"),
        pytest.param(["Bearer a-secret"], ("Bearer a-secret", "a-secret"), id="with its scheme"),
        pytest.param(["Basic  c2VjcmV0"], ("Basic  c2VjcmV0", "c2VjcmV0"), id="with more spaces"),
        pytest.param(["short", None, "", "Key abc"], ("Key abc",), id="too short to tell from a word"),
        pytest.param(["secret", "secret-longer"], ("secret-longer", "secret"), id="the longest first"),
        pytest.param(["secret", "secret"], ("secret",), id="once"),
    ],
)
def test_texts_to_hide(values: list[str | None], texts: tuple[str, ...]) -> None:
    """A value is hidden whole and without its scheme, unless it is too short to be a secret."""
    assert texts_to_hide(values) == texts


def test_every_secret_of_a_config_is_found(tmp_path: Path) -> None:
    """Keys and headers of every level are found, written there or filled in from the environment."""
    loaded = load_text(
        tmp_path,
        """{
            gateway: {mode: "local", auth: {token: "gateway-token-0123456789"}},
            models: {providers: {p: {
                baseUrl: "http://127.0.0.1:9", apiKey: "$THE_KEY", headers: {"x-a": "Bearer ${THE_TOKEN}"},
                request: {headers: {"x-b": {source: "env", id: "THE_HEADER"}}},
                models: [{id: "m", headers: {"x-c": "of-the-model"}}],
            }}},
            memory: {search: {remote: {apiKey: "of-the-memory"}}},
        }""",
        THE_KEY="key-from-outside",
        THE_TOKEN="token-from-outside",
        THE_HEADER="header-from-outside",
    )
    assert set(secrets_of(loaded.config)) == {
        "gateway-token-0123456789",
        "key-from-outside",
        "Bearer token-from-outside",
        "token-from-outside",
        "header-from-outside",
        "of-the-model",
        "of-the-memory",
    }
