"""`openclaw doctor`: what it finds, what it mends, and how it ends."""

import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command import openclaw
from tests.cli.home import TOKEN, config_path, demo_gateway, read_config, write_config


def _weak_token(home: Path) -> None:
    write_config(home, gateway={"mode": "local", "bind": "loopback", "auth": {"token": "a1b2c3d4"}})


def _open_without_auth(home: Path) -> None:
    write_config(home, gateway={"mode": "local", "bind": "lan", "auth": {"mode": "none"}})


def _no_key(home: Path) -> None:
    write_config(home, agents={"defaults": {"model": "openai/gpt-5"}})


def _unknown_model(home: Path) -> None:
    write_config(home, agents={"defaults": {"model": "zzz/gpt-5"}})


def _readable_by_others(home: Path) -> None:
    write_config(home)
    config_path(home).chmod(0o644)


def _no_mode(home: Path) -> None:
    write_config(home, gateway={"auth": {"mode": "token", "token": TOKEN}})


def _broken(home: Path) -> None:
    config_path(home).parent.mkdir(mode=0o700)
    config_path(home).write_text("{ gateway: { prot: 1 } }")
    config_path(home).chmod(0o600)


@pytest.mark.parametrize(
    ("spoil", "check", "severity", "words"),
    [
        pytest.param(_broken, "config", "error", "port", id="broken configuration"),
        pytest.param(_no_mode, "config", "error", "gateway.mode is not set", id="no mode"),
        pytest.param(_readable_by_others, "files", "warning", "mode 0644", id="file that others may read"),
        pytest.param(_weak_token, "start", "warning", "shorter than 16", id="short token"),
        pytest.param(_open_without_auth, "start", "error", "without auth", id="open without auth"),
        pytest.param(_no_key, "models", "error", "openai has no key", id="no key"),
        pytest.param(_unknown_model, "models", "error", "zzz", id="unknown model"),
    ],
)
def test_findings(tmp_path: Path, spoil: Callable[[Path], None], check: str, severity: str, words: str) -> None:
    """What is wrong is found by the check that it belongs to; --lint makes it an exit code, plain doctor does not."""
    spoil(tmp_path)
    outcome = openclaw(tmp_path, "doctor", "--lint", "--json", "--only", check)
    assert (outcome.code, outcome.document["ok"], outcome.document["checksRun"]) == (1, False, 1)
    finding = outcome.document["findings"][0]
    assert (finding["checkId"], finding["severity"]) == (check, severity)
    assert words in finding["message"]
    assert openclaw(tmp_path, "doctor", "--json").code == 0


def test_nothing_wrong(tmp_path: Path) -> None:
    """A good configuration has no findings, while its gateway runs too."""
    with demo_gateway(tmp_path):
        outcome = openclaw(tmp_path, "doctor", "--lint", "--json")
        assert outcome.document["findings"] == []
        assert (outcome.code, outcome.document["schemaVersion"], outcome.document["checksSkipped"]) == (0, 1, 1)
    assert openclaw(tmp_path, "doctor").out.startswith("Nothing was found")


def test_port_of_somebody_else(tmp_path: Path) -> None:
    """A port that another program listens on is found."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        gateway = {"mode": "local", "port": server.getsockname()[1], "auth": {"mode": "token", "token": TOKEN}}
        write_config(tmp_path, gateway=gateway)
        outcome = openclaw(tmp_path, "doctor", "--lint", "--only", "port")
    assert outcome.code == 1
    assert "cannot be used" in outcome.out


def test_commands_that_nobody_is_asked_about(tmp_path: Path) -> None:
    """A mode in which commands run unasked is a warning, for all agents or for one; a new installation has none."""
    write_config(tmp_path)
    assert openclaw(tmp_path, "doctor", "--lint", "--only", "commands").code == 0
    write_config(tmp_path, tools={"exec": {"mode": "full"}})
    outcome = openclaw(tmp_path, "doctor", "--lint", "--only", "commands")
    assert (outcome.code, "tools.exec.mode" in outcome.out) == (1, True)


@pytest.mark.parametrize(
    ("agents", "code"),
    [
        pytest.param({"defaults": {"sandbox": {"mode": "all"}}}, 0, id="all confined"),
        pytest.param({"defaults": {"sandbox": {"mode": "non-main"}}}, 1, id="the main conversation is not"),
        pytest.param(
            {"defaults": {"sandbox": {"mode": "all"}}, "entries": {"main": {"sandbox": {"mode": "off"}}}},
            1,
            id="one agent is not",
        ),
    ],
)
def test_confined_commands_are_no_warning(tmp_path: Path, agents: dict[str, Any], code: int) -> None:
    """Commands that run without a question are told softly where every agent with that mode is in a sandbox."""
    write_config(tmp_path, tools={"exec": {"mode": "full"}}, agents=agents)
    outcome = openclaw(tmp_path, "doctor", "--lint", "--only", "commands", "--severity-min", "warning")
    assert outcome.code == code
    outcome = openclaw(tmp_path, "doctor", "--lint", "--only", "commands")
    assert ("warning" in outcome.out, "confined to a sandbox" in outcome.out) == (code == 1, code == 0)


def test_sandbox_that_does_not_work(tmp_path: Path) -> None:
    """A sandbox that cannot be had is found before a command needs it; without one there is nothing to find."""
    write_config(tmp_path)
    assert openclaw(tmp_path, "doctor", "--lint", "--only", "sandbox").code == 0
    write_config(tmp_path, agents={"entries": {"main": {"sandbox": {"mode": "all", "backend": "ssh"}}}})
    outcome = openclaw(tmp_path, "doctor", "--lint", "--only", "sandbox")
    assert outcome.code == 1
    assert "'ssh' is not supported" in outcome.out


def test_severity(tmp_path: Path) -> None:
    """--severity-min and --skip leave out what is not to count."""
    _readable_by_others(tmp_path)
    assert openclaw(tmp_path, "doctor", "--lint").code == 1
    assert openclaw(tmp_path, "doctor", "--lint", "--severity-min", "error").code == 0
    assert openclaw(tmp_path, "doctor", "--lint", "--skip", "files").code == 0


def test_fix(tmp_path: Path) -> None:
    """--fix takes the rights of others away, and --generate-gateway-token writes one only where there is none."""
    _readable_by_others(tmp_path)
    mended = openclaw(tmp_path, "doctor", "--fix", "--lint")
    assert (mended.code, stat.S_IMODE(config_path(tmp_path).stat().st_mode)) == (0, 0o600)
    assert "Only this user" in mended.err
    kept = openclaw(tmp_path, "doctor", "--generate-gateway-token")
    assert (kept.code, "set already" in kept.err) == (1, True)
    config_path(tmp_path).unlink()
    assert openclaw(tmp_path, "doctor", "--generate-gateway-token").code == 0
    assert len(read_config(tmp_path)["gateway"]["auth"]["token"]) == 48


def test_deep(tmp_path: Path) -> None:
    """--deep asks the providers in use; one that nobody serves is found."""
    provider = {"baseUrl": "http://127.0.0.1:1/v1", "models": [{"id": "x"}]}
    write_config(tmp_path, models={"providers": {"near": provider}}, agents={"defaults": {"model": "near/x"}})
    assert openclaw(tmp_path, "doctor", "--lint").code == 0
    deep = openclaw(tmp_path, "doctor", "--lint", "--deep", "--json")
    assert (deep.code, deep.document["findings"][0]["checkId"]) == (1, "providers")
