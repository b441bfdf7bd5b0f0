"""`openclaw models status`: with which keys, and whether they are there."""

import socket
from pathlib import Path

import pytest
from tests.cli.command import openclaw
from tests.cli.home import write_config


@pytest.mark.parametrize(
    ("model", "providers", "variables", "kind", "code"),
    [
        pytest.param("openai/gpt-5", {}, {}, "missing", 1, id="known provider, no key"),
        pytest.param("openai/gpt-5", {}, {"OPENAI_API_KEY": "dummy"}, "env", 0, id="key in the environment"),
        pytest.param("openai/gpt-5", {"openai": {"apiKey": "dummy"}}, {}, "config", 0, id="key in the file"),
        pytest.param(
            "openai/gpt-5", {"openai": {"apiKey": "${MINE}"}}, {}, "missing", 1, id="variable that is not set"
        ),
        pytest.param(
            "openai/gpt-5", {"openai": {"apiKey": "$MINE"}}, {"MINE": "x"}, "env", 0, id="variable that is set"
        ),
        pytest.param("near/x", {"near": {"baseUrl": "http://127.0.0.1:9/v1"}}, {}, "none", 0, id="server of one's own"),
        pytest.param(
            "near/x",
            {"near": {"baseUrl": "http://127.0.0.1:9/v1", "apiKey": {"source": "file", "provider": "f", "id": "/k"}}},
            {},
            "file",
            0,
            id="key in another file, which nobody opens",
        ),
        pytest.param("scripted/demo", {}, {}, "none", 0, id="the demo"),
    ],
)
def test_keys(tmp_path: Path, model: str, providers: object, variables: dict[str, str], kind: str, code: int) -> None:
    """The status says of each provider where its key comes from; --check fails when one in use has none."""
    write_config(
        tmp_path,
        models={"providers": providers},
        agents={"defaults": {"model": model}},
        secrets={"providers": {"f": {"source": "file", "path": str(tmp_path / "nosuch"), "mode": "json"}}},
    )
    outcome = openclaw(tmp_path, "models", "status", "--check", "--json", **variables)
    assert outcome.code == code
    document = outcome.document
    assert document["resolvedDefault"] == model
    effective = {entry["provider"]: entry["effective"] for entry in document["auth"]["providers"]}
    assert effective[model.partition("/")[0]]["kind"] == kind
    assert document["auth"]["missingProvidersInUse"] == (["openai"] if code else [])
    assert model in openclaw(tmp_path, "models", **variables).out
    assert openclaw(tmp_path, "models", "--plain", **variables).out == f"{model}\n"


def test_nothing_is_configured(tmp_path: Path) -> None:
    """Without a model there is none, which is no error of the question."""
    outcome = openclaw(tmp_path, "models", "--json")
    assert (outcome.code, outcome.document["resolvedDefault"]) == (0, None)
    assert openclaw(tmp_path, "models", "--check").code == 1


def test_probe(tmp_path: Path) -> None:
    """--probe asks the providers in use: one that nobody serves is told, and fails the check."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    provider = {"baseUrl": f"http://127.0.0.1:{port}/v1", "models": [{"id": "x"}]}
    write_config(tmp_path, models={"providers": {"near": provider}}, agents={"defaults": {"model": "near/x"}})
    outcome = openclaw(tmp_path, "models", "--probe", "--check", "--json")
    assert outcome.code == 1
    assert [(probe["provider"], probe["ok"]) for probe in outcome.document["probes"]] == [("near", False)]
