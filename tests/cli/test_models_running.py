"""`openclaw models` beside a running gateway, which may have other keys than the shell."""

from pathlib import Path
from typing import Any

import pytest
from tests.cli.command import free_port, openclaw, running
from tests.cli.home import TOKEN, write_config

from openclaw_gateway.cli.models_running import RunningModel, as_running
from openclaw_gateway.cli.provider_auth import ProviderAuth

CONFIG: dict[str, Any] = {
    "models": {"providers": {"near": {"baseUrl": "http://127.0.0.1:9/v1", "models": [{"id": "tiny"}]}}},
    "agents": {"defaults": {"model": {"primary": "openai/gpt-5", "fallbacks": ["near/tiny"]}}},
}


def test_key_of_the_gateway_counts(tmp_path: Path) -> None:
    """A key that only the gateway's environment has makes its models available, listed or not."""
    write_config(tmp_path, **CONFIG)
    assert openclaw(tmp_path, "models", "--check").code == 1
    with running(tmp_path, "gateway", until="http server listening", OPENAI_API_KEY="dummy"):
        status = openclaw(tmp_path, "models", "status", "--check", "--json")
        assert (status.code, status.err, status.document["auth"]["missingProvidersInUse"]) == (0, "", [])
        listed = openclaw(tmp_path, "models", "list", "--json").document["models"]
        assert [(row["key"], row["available"], row["local"], row["tags"]) for row in listed] == [
            ("near/tiny", True, True, ["fallback#1"]),
            ("openai/gpt-5", True, False, ["default"]),
        ]


def test_key_that_the_gateway_lacks(tmp_path: Path) -> None:
    """A key that only the shell has does not help."""
    write_config(tmp_path, **CONFIG)
    with running(tmp_path, "gateway", until="http server listening"):
        status = openclaw(tmp_path, "models", "status", "--check", OPENAI_API_KEY="dummy")
        assert (status.code, "no key (the running gateway has none" in status.out) == (1, True)
        assert "no key" in openclaw(tmp_path, "models", "list", OPENAI_API_KEY="dummy").out


@pytest.mark.parametrize("action", ["list", "status"])
def test_no_gateway(tmp_path: Path, action: str) -> None:
    """Without a gateway the configuration is told, and stderr says so."""
    write_config(tmp_path, **CONFIG)
    outcome = openclaw(tmp_path, "models", action, "--json")
    assert outcome.code == 0
    assert outcome.err.startswith("Told from the configuration alone: ")


def test_gateway_elsewhere(tmp_path: Path) -> None:
    """The status is that of this configuration, whatever another gateway says."""
    port = free_port()
    remote = {"mode": "remote", "remote": {"url": f"ws://127.0.0.1:{port}", "token": TOKEN}}
    write_config(tmp_path, gateway=remote, **CONFIG)
    assert openclaw(tmp_path, "models", "status", "--json").err == ""


@pytest.mark.parametrize(
    ("kind", "reasons", "expected"),
    [
        pytest.param("env", [None], "env", id="both have it"),
        pytest.param("missing", [None], "env", id="the gateway has it"),
        pytest.param("missing", ["cooldown"], "env", id="the gateway has it, and waits"),
        pytest.param("config", ["missing-auth"], "missing", id="the gateway has it not"),
        pytest.param("missing", ["missing-auth"], "missing", id="nobody has it"),
        pytest.param("missing", [], "missing", id="no model of this provider"),
    ],
)
def test_whose_key_counts(kind: Any, reasons: list[str | None], expected: str) -> None:
    """What the gateway knows of a provider goes before what the shell sees."""
    models = tuple(RunningModel("m", "p", unavailable_reason=reason) for reason in reasons)
    assert as_running(ProviderAuth("p", kind, ""), models).kind == expected
