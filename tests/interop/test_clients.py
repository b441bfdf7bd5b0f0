"""What applications do with the gateway through the client libraries that they really use."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.processes import TOKEN, Child, Gateway, free_port, gateway_config
from tests.interop import matrix
from tests.interop.fleet import CLIENTS, Report, run_all
from tests.interop.sdk import Access


@pytest.fixture(scope="module")
def reports(folder: Path) -> Iterator[dict[str, Report]]:
    """What each client says of one gateway in front of a model that calls tools; the matrix is written from it."""
    port = free_port()
    command = [sys.executable, "-m", "tests.interop.answering", str(port)]
    with Child(command, log=folder / "answering.log") as model:
        model.wait_ready(port, "/v1/models")
        with Gateway(folder / "client-gateway", client_config(port)) as gateway:
            gateway.wait_ready(gateway.port)
            reports = run_all(Access(f"http://127.0.0.1:{gateway.port}/v1", TOKEN), folder)
    yield reports
    versions = {
        name: ", ".join(f"{package} {version}" for package, version in report.versions.items())
        for name, report in reports.items()
    }
    matrix.save({name: report.cells for name, report in reports.items()}, versions)


def client_config(upstream_port: int) -> dict[str, object]:
    """A gateway with an agent on the answering model, and a slow one for what is cancelled."""
    row = {"id": "tiny", "contextWindow": 100_000, "maxTokens": 4096, "input": ["text", "image"]}
    provider = {"baseUrl": f"http://127.0.0.1:{upstream_port}/v1", "apiKey": "none", "api": "openai-completions"}
    providers = {"up": {**provider, "models": [row]}}
    config = gateway_config(free_port(), providers, {"main": "up/tiny", "slow": "scripted/demo"})
    endpoints = {"chatCompletions": {"enabled": True}, "responses": {"enabled": True}}
    gateway = {**config["gateway"], "http": {"endpoints": endpoints}}
    return {**config, "gateway": gateway, "memory": {"search": {"provider": "up", "model": "vec"}}}


@pytest.mark.parametrize("client", [pytest.param(client.name, id=client.name) for client in CLIENTS])
def test_client(reports: dict[str, Report], client: str) -> None:
    """A client does everything that docs/compatibility.md says it does."""
    before = matrix.read_cells(matrix.PAGE.read_text()).get(client, {})
    lost = matrix.find_lost({client: before}, {client: reports[client].cells})
    assert not lost, {feature: reason for feature, reason in reports[client].failures.items() if reason}


def test_every_feature_is_in_the_matrix(reports: dict[str, Report]) -> None:
    """No client reports a feature that the table has no column for."""
    for client, report in reports.items():
        assert set(report.failures) <= set(matrix.FEATURES), client
