"""Secret fields become plain text, or nothing."""

from pathlib import Path

import pytest
from msgspec import inspect
from tests.config.folder import issues_of, load_text, surroundings, write

from openclaw_gateway.config.load import LaunchOptions, load
from openclaw_gateway.config.schema import Config
from openclaw_gateway.config.secrets import ALL_SECRETS

PROVIDER = "{models: {providers: {p: {baseUrl: 'http://x', apiKey: %s}}}}"


def _secret_places(kind: inspect.Type, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    match kind:
        case inspect.Metadata(extra={"secret": True}):
            return [path]
        case inspect.Metadata(type=inner):
            return _secret_places(inner, path)
        case inspect.UnionType(types=types):
            return [place for option in types for place in _secret_places(option, path)]
        case inspect.StructType(fields=fields):
            return [place for field in fields for place in _secret_places(field.type, (*path, field.encode_name))]
        case inspect.DictType(value_type=inner) | inspect.VarTupleType(item_type=inner):
            return _secret_places(inner, (*path, "*"))
        case _:
            return []


def test_every_secret_of_the_schema_is_resolved() -> None:
    """The places that are resolved are the places that the schema calls secret, no more and no fewer."""
    assert set(ALL_SECRETS) == set(_secret_places(inspect.type_info(Config), ()))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("'sk-1'", "sk-1", id="text"),
        pytest.param("'${KEY}'", "k", id="variable"),
        pytest.param("'$KEY'", "k", id="short form"),
        pytest.param("'$key'", "$key", id="a dollar that names nothing"),
        pytest.param("'$${KEY}'", "${KEY}", id="escaped"),
        pytest.param("{source: 'env', provider: 'default', id: 'KEY'}", "k", id="reference"),
        pytest.param("{source: 'env', id: 'KEY'}", "k", id="reference without provider"),
    ],
)
def test_the_forms_of_a_secret(tmp_path: Path, value: str, expected: str) -> None:
    """Every form that the file may use ends as plain text."""
    loaded = load_text(tmp_path, PROVIDER % value, KEY="k")
    assert loaded.config.models.providers["p"].api_key == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("'${GONE}'", id="variable"),
        pytest.param("'$GONE'", id="short form"),
        pytest.param("{source: 'env', id: 'GONE'}", id="reference"),
        pytest.param("{source: 'file', provider: 'vault', id: '/x'}", id="no such provider"),
        pytest.param("{source: 'store', id: 'X'}", id="store"),
    ],
)
def test_a_provider_without_its_key_does_not_stop_the_start(tmp_path: Path, value: str) -> None:
    """A secret that cannot be had takes only its owner away, with a warning that names the place."""
    loaded = load_text(tmp_path, PROVIDER % value)
    assert loaded.config.models.providers["p"].api_key is None
    assert any("models.providers.p.apiKey" in warning for warning in loaded.warnings)


def test_headers_lose_what_cannot_be_had(tmp_path: Path) -> None:
    """A header whose secret is missing is left out; its neighbours stay."""
    loaded = load_text(tmp_path, "{models: {providers: {p: {headers: {a: '$GONE', b: 'x'}}}}}")
    assert loaded.config.models.providers["p"].headers == {"b": "x"}


def test_the_gateway_does_not_start_without_its_own_secret(tmp_path: Path) -> None:
    """A reference in gateway.auth that fails is an issue with its place, not a random token."""
    (issue,) = issues_of(tmp_path, "{gateway: {auth: {token: {source: 'env', id: 'GONE'}}}}")
    assert (issue.path, issue.line) == ("gateway.auth.token", 1)
    assert "env:default:GONE" in issue.message


@pytest.mark.parametrize(
    ("value", "path"),
    [
        pytest.param("{source: 'env', id: 'lower'}", "apiKey.id", id="id of env"),
        pytest.param("{source: 'file', provider: 'v', id: 'no/slash'}", "apiKey.id", id="id of file"),
        pytest.param("{source: 'exec', provider: 'v', id: 'a/../b'}", "apiKey.id", id="dots in an id of exec"),
        pytest.param("{source: 'vault', id: 'X'}", "apiKey", id="source"),
        pytest.param("{source: 'env', id: 'X', more: 1}", "apiKey", id="unknown key"),
        pytest.param("{source: 'env', provider: 'Upper', id: 'X'}", "apiKey", id="alias"),
        pytest.param("{}", "apiKey", id="empty"),
        pytest.param("3", "apiKey", id="number"),
    ],
)
def test_a_reference_of_the_wrong_form_stops_the_start(tmp_path: Path, value: str, path: str) -> None:
    """A mistake in the file is an issue even where the secret itself would not be vital."""
    (issue,) = issues_of(tmp_path, PROVIDER % value)
    assert issue.path == f"models.providers.p.{path}"


def test_a_client_asks_for_nothing_it_does_not_need(tmp_path: Path) -> None:
    """A command that talks to the gateway resolves the gateway's secrets only."""
    asked = tmp_path / "asked"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {asked}\n")
    program.chmod(0o700)
    write(
        tmp_path,
        f"""{{
          secrets: {{ providers: {{ p: {{ source: "exec", command: "{program}" }} }} }},
          gateway: {{ auth: {{ token: "$T" }} }},
          models: {{ providers: {{ p: {{ apiKey: {{ source: "exec", provider: "p", id: "k" }} }} }} }},
        }}""",
    )
    loaded = load(LaunchOptions(), surroundings(tmp_path, T="t"), for_client=True)
    assert loaded.gateway_token is not None
    assert loaded.gateway_token.value == "t"
    assert loaded.config.models.providers["p"].api_key is None
    assert not asked.exists()


@pytest.mark.parametrize(("mode", "expected"), [("remote", "t"), ("local", None)])
def test_secrets_of_a_remote_gateway_count_in_remote_mode(tmp_path: Path, mode: str, expected: str | None) -> None:
    """What is not in use is neither resolved nor warned of, and named among the keys without effect."""
    loaded = load_text(tmp_path, f"{{gateway: {{mode: '{mode}', remote: {{token: '$T', password: '$GONE'}}}}}}", T="t")
    assert loaded.config.gateway.remote.token == expected
    assert ("gateway.remote.password" in loaded.ignored_keys) == (mode == "local")
    assert any("GONE" in warning for warning in loaded.warnings) == (mode == "remote")
