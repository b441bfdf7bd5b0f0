"""What `onboard --non-interactive` writes and says."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command import Outcome, openclaw

REQUIRED = ("onboard", "--non-interactive", "--accept-risk")


def _onboard(home: Path, *options: str) -> tuple[Outcome, dict[str, Any]]:
    outcome = openclaw(home, *REQUIRED, *options, "--json")
    path = home / ".openclaw" / "openclaw.json"
    return outcome, json.loads(path.read_text()) if path.exists() else {}


def test_custom_endpoint(tmp_path: Path) -> None:
    """A model's server of one's own becomes a provider named after its address, and the default model."""
    outcome, config = _onboard(
        tmp_path, "--custom-base-url", "http://127.0.0.1:11434/v1/", "--custom-model-id", "llama3.3:70b"
    )
    assert outcome.code == 0
    provider = config["models"]["providers"]["custom-127-0-0-1-11434"]
    assert provider == {
        "baseUrl": "http://127.0.0.1:11434/v1",
        "api": "openai-completions",
        "models": [
            {
                "id": "llama3.3:70b",
                "name": "llama3.3:70b",
                "contextWindow": 128000,
                "maxTokens": 4096,
                "input": ["text"],
            }
        ],
    }
    assert config["agents"]["defaults"]["model"] == {"primary": "custom-127-0-0-1-11434/llama3.3:70b"}


def test_document_and_effects(tmp_path: Path) -> None:
    """The document has the original's keys, and the file has gateway, agent, tools and the note of the run."""
    outcome, config = _onboard(
        tmp_path, "--openai-api-key", "dummy-key", "--gateway-port", "20001", "--agent-name", "Ada", "--skip-health"
    )
    workspace = str(tmp_path / ".openclaw" / "workspace")
    assert outcome.document == {
        "ok": True,
        "mode": "local",
        "workspace": workspace,
        "authChoice": "openai-api-key",
        "gateway": {"port": 20001, "bind": "loopback", "authMode": "token", "tailscaleMode": "off"},
        "installDaemon": False,
        "skipSkills": False,
        "skipHealth": True,
    }
    assert config["gateway"]["mode"] == "local"
    assert config["gateway"]["auth"]["mode"] == "token"
    assert config["agents"]["entries"]["main"] == {"name": "Ada", "identity": {"name": "Ada"}, "workspace": workspace}
    assert config["tools"] == {"profile": "full", "exec": {"mode": "ask"}}
    assert config["wizard"]["lastRunCommand"] == "onboard"
    assert config["models"]["providers"]["openai"] == {"apiKey": "dummy-key"}


def test_secrets_may_stay_in_the_environment(tmp_path: Path) -> None:
    """With --secret-input-mode ref and --gateway-token-ref-env the file names variables and holds no secret."""
    _, config = _onboard(
        tmp_path,
        "--anthropic-api-key",
        "dummy-key",
        "--secret-input-mode",
        "ref",
        "--gateway-token-ref-env",
        "MY_TOKEN",
    )
    reference = {"source": "env", "provider": "default"}
    assert config["models"]["providers"]["anthropic"]["apiKey"] == {**reference, "id": "ANTHROPIC_API_KEY"}
    assert config["gateway"]["auth"]["token"] == {**reference, "id": "MY_TOKEN"}
    assert "dummy-key" not in json.dumps(config)


def test_second_run_keeps_what_it_was_not_asked_to_change(tmp_path: Path) -> None:
    """Another model is set; token, port, comments and other providers stay."""
    _, before = _onboard(tmp_path, "--openai-api-key", "dummy-key", "--gateway-port", "20001")
    path = tmp_path / ".openclaw" / "openclaw.json"
    path.write_text(path.read_text().replace('"gateway"', '/* mine */ "gateway"'))
    outcome = openclaw(tmp_path, *REQUIRED, "--gemini-api-key", "other-key")
    assert (outcome.code, outcome.out) == (0, f"Wrote {path}\n")
    text = path.read_text()
    assert '/* mine */ "gateway"' in text
    after = json.loads(text.replace("/* mine */", ""))
    assert after["gateway"] == before["gateway"]
    assert set(after["models"]["providers"]) == {"openai", "gemini"}
    assert after["agents"]["defaults"]["model"]["primary"].startswith("gemini/")


def test_document_says_what_was_written(tmp_path: Path) -> None:
    """A second run reports the port and bind that the file has kept, not the defaults of the options."""
    _onboard(tmp_path, "--gateway-port", "20001", "--gateway-bind", "lan")
    outcome, _ = _onboard(tmp_path, "--openai-api-key", "dummy-key")
    assert outcome.document["gateway"] == {"port": 20001, "bind": "lan", "authMode": "token", "tailscaleMode": "off"}


def test_agent_has_a_name_of_its_own(tmp_path: Path) -> None:
    """Without --agent-name the first agent is not called by its id, and a second run does not rename it."""
    _, config = _onboard(tmp_path)
    assert config["agents"]["entries"]["main"]["name"] == "OpenClaw"
    _onboard(tmp_path, "--agent-name", "Ada")
    _, config = _onboard(tmp_path, "--openai-api-key", "dummy-key")
    assert config["agents"]["entries"]["main"]["identity"] == {"name": "Ada"}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        pytest.param(["--gateway-bind", "lan", "--gateway-token", "short7"], "shorter than 16", id="short and open"),
        pytest.param(["--gateway-token", "changeme-changeme"], "placeholder", id="placeholder"),
        pytest.param(["--gateway-bind", "custom"], "customBindHost", id="bind without its address"),
    ],
)
def test_what_would_not_start_is_not_written(tmp_path: Path, options: list[str], reason: str) -> None:
    """What the start refuses, onboarding refuses before it writes anything."""
    outcome = openclaw(tmp_path, *REQUIRED, *options)
    assert (outcome.code, outcome.out) == (1, "")
    assert reason in outcome.err
    assert not (tmp_path / ".openclaw").exists()


def test_next_steps_are_told(tmp_path: Path) -> None:
    """Onboarding ends with the variables to export, the token's place, the endpoint, and what to run."""
    keys = ("--openai-api-key", "dummy-key", "--secret-input-mode", "ref")
    outcome = openclaw(tmp_path, *REQUIRED, *keys, "--gateway-token-ref-env", "MY_TOKEN")
    assert outcome.code == 0
    for wanted in (
        "Now export OPENAI_API_KEY",
        "Now export MY_TOKEN",
        "The token comes from env MY_TOKEN.",
        "POST /v1/chat/completions is off. Turn it on with: openclaw config set",
        "Start the gateway with: openclaw gateway",
    ):
        assert wanted in outcome.err
    assert "dummy-key" not in outcome.err


def test_client_of_a_gateway_elsewhere(tmp_path: Path) -> None:
    """--mode remote writes where the gateway is, and neither agent nor model."""
    _, config = _onboard(tmp_path, "--mode", "remote", "--remote-url", "wss://gateway.example", "--remote-token", "t")
    assert config["gateway"] == {
        "mode": "remote",
        "remote": {"url": "wss://gateway.example", "transport": "direct", "token": "t"},
    }
    assert "agents" not in config
    assert "models" not in config


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["onboard"], id="interactive"),
        pytest.param(["onboard", "--non-interactive"], id="risk not accepted"),
        pytest.param([*REQUIRED, "--mode", "remote"], id="remote without address"),
        pytest.param([*REQUIRED, "--custom-base-url", "http://a/v1"], id="address without model"),
        pytest.param([*REQUIRED, "--custom-base-url", "ftp://a", "--custom-model-id", "m"], id="not an HTTP address"),
        pytest.param([*REQUIRED, "--custom-base-url", "http://", "--custom-model-id", "m"], id="no host"),
        pytest.param([*REQUIRED, "--gateway-auth", "password"], id="password mode without password"),
        pytest.param([*REQUIRED, "--openai-api-key", "a", "--gemini-api-key", "b"], id="two models"),
        pytest.param([*REQUIRED, "--gateway-token", "a", "--gateway-password", "b"], id="two secrets"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, options: list[str]) -> None:
    """What does not fit together is wrong usage, and nothing is written."""
    outcome = openclaw(tmp_path, *options)
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert not (tmp_path / ".openclaw").exists()


def test_service_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """--install-daemon cannot be done, so nothing is."""
    outcome = openclaw(tmp_path, *REQUIRED, "--install-daemon")
    assert outcome.code == 1
    assert not (tmp_path / ".openclaw").exists()
