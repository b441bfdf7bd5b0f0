"""`openclaw gateway`: it starts, answers, stops; and says why when it cannot."""

import json
import re
import signal
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command import Process, free_port, openclaw, running

TOKEN = "dummy-token-of-the-tests-0123456789"
LISTENING = "http server listening"


def _write_config(home: Path, **gateway: Any) -> None:
    folder = home / ".openclaw"
    folder.mkdir(exist_ok=True)
    config = {
        "gateway": {"mode": "local", "bind": "loopback", "auth": {"mode": "token", "token": TOKEN}, **gateway},
        "agents": {"defaults": {"model": "scripted/demo"}},
    }
    (folder / "openclaw.json").write_text(json.dumps(config), encoding="utf-8")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_runs_until_it_is_told_to_stop(tmp_path: Path, port: int, number: signal.Signals) -> None:
    """`openclaw gateway` listens on the configured port, answers a turn from the command line, and ends with 0."""
    _write_config(tmp_path, port=port)
    with running(tmp_path, "gateway", until=LISTENING) as process:
        assert f"127.0.0.1:{port}" in process.lines[-1]
        answer = openclaw(tmp_path, "agent", "--agent", "main", "--message", "Good morning")
        assert (answer.code, answer.err) == (0, "")
        assert "Good morning" in answer.out
        assert process.stop(number) == 0
    assert TOKEN not in "".join(process.lines)


def test_every_kind_of_question(tmp_path: Path, port: int) -> None:
    """health, status, gateway health, status and call ask the running gateway, plainly and as JSON."""
    _write_config(tmp_path, port=port)
    with running(tmp_path, "gateway", "run", until=LISTENING):
        assert openclaw(tmp_path, "health").out.startswith("ok\n")
        assert openclaw(tmp_path, "gateway", "health", "--json").document["ok"] is True
        assert f"ws://127.0.0.1:{port}" in openclaw(tmp_path, "status").out
        assert openclaw(tmp_path, "status", "--json").document["gateway"]["reachable"] is True
        assert "answers" in openclaw(tmp_path, "gateway", "status").out
        status = openclaw(tmp_path, "gateway", "status", "--json", "--require-rpc")
        assert (status.code, status.document["rpc"]["ok"]) == (0, True)
        assert "operator.admin" in status.document["rpc"]["auth"]["scopes"]
        assert openclaw(tmp_path, "gateway", "call", "health").document["ok"] is True
        unknown = openclaw(tmp_path, "gateway", "call", "nosuch", "--json")
        assert unknown.code == 1
        error = unknown.document["error"]
        assert (error["code"], error["message"]) == ("INVALID_REQUEST", "unknown method: nosuch")
        called = openclaw(
            tmp_path,
            *("gateway", "call", "agent", "--expect-final"),
            *("--params", '{"message": "hi", "agentId": "main", "idempotencyKey": "call-1"}'),
        )
        assert (called.document["runId"], called.document["status"]) == ("call-1", "ok")


def test_causes_are_told_apart(tmp_path: Path, port: int) -> None:
    """Against a real gateway: a wrong token is 3, an unknown agent 1 with what to do, a model error 6."""
    _write_config(tmp_path, port=port)
    with running(tmp_path, "gateway", until=LISTENING):
        wrong = openclaw(tmp_path, "agent", "-m", "hi", "--token", "x" * 20)
        assert (wrong.code, wrong.out) == (3, "")
        unknown = openclaw(tmp_path, "agent", "-m", "hi", "--agent", "nope")
        assert (unknown.code, unknown.out) == (1, "")
        assert 'Unknown agent id "nope"' in unknown.err
        keyless = openclaw(tmp_path, "agent", "-m", "hi", "--model", "openai/gpt-5", "--json")
        assert keyless.code == 6
        assert keyless.document["ok"] is False
        assert keyless.document["origin"] == "gateway"


def test_status_of_a_gateway_that_is_down(tmp_path: Path, port: int) -> None:
    """`gateway status` succeeds when the gateway is down, except with --require-rpc; --no-probe asks nobody."""
    _write_config(tmp_path, port=port)
    down = openclaw(tmp_path, "gateway", "status", "--json")
    assert (down.code, down.document["rpc"]["ok"]) == (0, False)
    assert openclaw(tmp_path, "gateway", "status", "--require-rpc").code == 4
    assert "not asked" in openclaw(tmp_path, "gateway", "status", "--no-probe").out


def test_second_gateway_is_refused(tmp_path: Path, port: int) -> None:
    """The same port with another state folder ends with 78 and says which."""
    _write_config(tmp_path, port=port)
    with running(tmp_path, "gateway", until=LISTENING):
        other = tmp_path / "other"
        other.mkdir()
        _write_config(other, port=port)
        second = openclaw(other, "gateway")
    assert (second.code, second.out) == (78, "")
    assert f"port {port} is already in use" in second.err


def test_second_gateway_on_a_state_folder_says_what_it_waits_for(tmp_path: Path, port: int) -> None:
    """It says at once which process it waits for, and in the end where that one is and how to stop it."""
    _write_config(tmp_path, port=port)
    with running(tmp_path, "gateway", until=LISTENING) as first:
        pid = first.popen.pid
        with running(tmp_path, "gateway", until=f"(process {pid}): waiting") as second:
            assert not any("lock timeout" in line for line in second.lines)
            second.read_until(f"gateway already running (pid {pid})")
            second.read_until(f"http://127.0.0.1:{port}")
            second.read_until(f"kill {pid}")
            assert second.popen.wait(timeout=60) == 78


def test_second_gateway_starts_when_the_first_ends(tmp_path: Path, port: int) -> None:
    """Who waits for the state folder has it as soon as it is free, as in a restart."""
    _write_config(tmp_path, port=port)
    with (
        running(tmp_path, "gateway", until=LISTENING) as first,
        running(tmp_path, "gateway", until="waiting") as second,
    ):
        assert first.stop() == 0
        second.read_until(LISTENING)
        assert second.stop() == 0


@pytest.mark.parametrize(
    ("config", "options", "reason"),
    [
        pytest.param('{ gateway: { mode: "local", prot: 1 } }', [], "openclaw.json:1:", id="invalid configuration"),
        pytest.param("{", [], "openclaw.json:1:", id="not JSON5"),
        pytest.param(None, [], "gateway.mode is not set", id="no configuration"),
        pytest.param('{ gateway: { mode: "remote" } }', [], "gateway.mode is remote", id="a client's configuration"),
        pytest.param(
            '{ gateway: { mode: "local", auth: { mode: "none" } } }', ["--bind", "lan"], "", id="open without auth"
        ),
        pytest.param('{ gateway: { mode: "local" } }', ["--token", "changeme"], "", id="placeholder token"),
        pytest.param(
            '{ gateway: { mode: "local" } }', ["--password-file", "missing"], "password file", id="no password file"
        ),
    ],
)
def test_cannot_start(tmp_path: Path, config: str | None, options: list[str], reason: str) -> None:
    """What must not or cannot start ends with 78 and the reason on stderr, never a traceback."""
    if config is not None:
        (tmp_path / ".openclaw").mkdir()
        (tmp_path / ".openclaw" / "openclaw.json").write_text(config)
    outcome = openclaw(tmp_path, "gateway", "--port", str(free_port()), *options)
    assert (outcome.code, outcome.out) == (78, "")
    assert reason in outcome.err
    assert "Traceback" not in outcome.err


def test_unconfigured_start_generates_a_token(tmp_path: Path, port: int) -> None:
    """--allow-unconfigured starts without a file; its token is for this start, in a private file that commands find."""
    options = ("gateway", "--allow-unconfigured", "--bind", "loopback", "--port", str(port))
    with running(tmp_path, *options, until=LISTENING) as process:
        assert any("generated for this start" in line for line in process.lines)
        assert openclaw(tmp_path, "health", "--port", str(port)).code == 0
        kept = tmp_path / ".openclaw" / "gateway-token"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert any(str(kept) in line for line in process.lines)
        assert not any(kept.read_text() in line for line in process.lines)
        assert process.stop() == 0
    assert not kept.exists()


def test_start_says_what_it_does(tmp_path: Path, port: int) -> None:
    """The start tells bind, auth, agent, model, and how to turn the endpoint on; the printed command does it."""
    _write_config(tmp_path, port=port)
    with running(tmp_path, "--profile", "default", "gateway", until=LISTENING) as process:
        text = "".join(process.lines)
    assert "bind: loopback; auth: token (gateway.auth.token)" in text
    assert "default agent: main (OpenClaw); model: scripted/demo" in text
    (turn_on,) = re.findall(r"turn it on with: openclaw (.*)", text)
    assert openclaw(tmp_path, *turn_on.split()).code == 0
    with running(tmp_path, "gateway", until=LISTENING) as process:
        assert any("/v1/chat/completions: on" in line for line in process.lines)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        pytest.param({}, "no agent can answer: no model is configured: set agents.defaults.model", id="no model"),
        pytest.param({"GEMINI_API_KEY": "k"}, "gemini/gemini-2.5-flash (the key of gemini is there", id="a key"),
    ],
)
def test_start_without_a_model(tmp_path: Path, port: int, variables: dict[str, str], told: str) -> None:
    """A start without a model warns loudly and says what to set; a provider's key is enough to have one."""
    assert openclaw(tmp_path, "setup", "--port", str(port)).code == 0
    with running(tmp_path, "gateway", until=LISTENING, **variables) as process:
        assert any(told in line for line in process.lines)


def test_dev_profile_just_works(tmp_path: Path, port: int) -> None:
    """--dev in a fresh home writes its own first configuration and starts."""
    with running(tmp_path, "gateway", "--dev", "--port", str(port), until=LISTENING):
        assert openclaw(tmp_path, "health", "--dev", "--port", str(port)).code == 0
    assert (tmp_path / ".openclaw-dev" / "openclaw.json").is_file()


def test_refused_client_is_told_what_it_did_not_send(tmp_path: Path, port: int) -> None:
    """A client without a credential is told that, and where one could stand; `gateway status` says that it answers."""
    _write_config(tmp_path, port=port)
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    with running(tmp_path, "gateway", until=LISTENING):
        bare = openclaw(stranger, "health", "--port", str(port))
        assert (bare.code, bare.out) == (3, "")
        assert "no token was sent: pass --token, set OPENCLAW_GATEWAY_TOKEN or gateway.auth.token" in bare.err
        by_hand = openclaw(tmp_path, "health", "--url", f"http://127.0.0.1:{port}")
        assert by_hand.code == 3
        assert "not sent to an address given by --url" in by_hand.err
        status = openclaw(stranger, "gateway", "status", "--port", str(port))
        assert "answers, but refuses us: no token was sent" in status.out
        document = openclaw(stranger, "gateway", "status", "--port", str(port), "--json").document
        assert (document["rpc"]["ok"], document["rpc"]["refused"]) == (False, True)


@pytest.mark.parametrize(
    ("options", "config", "hint"),
    [
        pytest.param([], None, "openclaw setup", id="no file"),
        pytest.param(["--profile", "work"], None, "openclaw --profile work setup", id="no file of a profile"),
        pytest.param([], "{ gateway: { port: 1 } }", "openclaw config set gateway.mode local", id="no mode"),
    ],
)
def test_hints_are_commands_that_work(tmp_path: Path, options: list[str], config: str | None, hint: str) -> None:
    """A start that lacks its mode names the command that mends it, for the same profile; run, it does."""
    if config is not None:
        (tmp_path / ".openclaw").mkdir()
        (tmp_path / ".openclaw" / "openclaw.json").write_text(config)
    refused = openclaw(tmp_path, *options, "gateway")
    assert refused.code == 78
    assert hint in refused.err
    assert openclaw(tmp_path, *hint.split()[1:]).code == 0
    port = str(free_port())
    with running(tmp_path, *options, "gateway", "--port", port, until=LISTENING):
        pass


def test_doubled_keys_are_told_before_the_refusal(tmp_path: Path) -> None:
    """A key that hides another is warned of, also where the start is refused for what it hides."""
    (tmp_path / ".openclaw").mkdir()
    (tmp_path / ".openclaw" / "openclaw.json").write_text("{\n gateway: { mode: 'local' },\n gateway: { port: 1 },\n}")
    outcome = openclaw(tmp_path, "gateway")
    assert outcome.code == 78
    assert "openclaw.json:2:2 — gateway: the same key below hides it" in outcome.err


@pytest.mark.parametrize(
    ("options", "variables", "place"),
    [
        pytest.param(["--token", "short7"], {}, "--token is shorter", id="option"),
        pytest.param([], {"OPENCLAW_GATEWAY_TOKEN": "short7"}, "OPENCLAW_GATEWAY_TOKEN is shorter", id="variable"),
    ],
)
def test_short_token_is_blamed_on_its_source(
    tmp_path: Path, options: list[str], variables: dict[str, str], place: str
) -> None:
    """Who set a token that is too short is told where it came from."""
    _write_config(tmp_path, auth={"mode": "token"}, bind="lan")
    outcome = openclaw(tmp_path, "gateway", *options, **variables)
    assert (outcome.code, outcome.out) == (78, "")
    assert place in outcome.err


def test_password_file(tmp_path: Path, port: int) -> None:
    """--password-file gives the password without showing it to other users of the machine."""
    _write_config(tmp_path, port=port, auth={"mode": "password"})
    (tmp_path / "password").write_text("dummy-password-of-the-tests\n")
    with running(tmp_path, "gateway", "--password-file", "password", until=LISTENING):
        assert openclaw(tmp_path, "health", "--password", "dummy-password-of-the-tests").code == 0
        assert openclaw(tmp_path, "health", "--password", "another").code == 3


def test_process_helper_tells_an_early_end(tmp_path: Path) -> None:
    """A gateway that ends before it listens fails the test at once, with what it said."""
    with (
        pytest.raises(AssertionError, match=r"ended with 78"),
        running(tmp_path, "gateway", until=LISTENING) as process,
    ):
        assert isinstance(process, Process)


def test_last_good_config_stands_in(tmp_path: Path, port: int) -> None:
    """A broken file is refused with its place and the way out; with --last-good the gateway runs, says so loudly, and
    takes the file over once it is mended.
    """
    _write_config(tmp_path, port=port)
    path = tmp_path / ".openclaw" / "openclaw.json"
    copy = tmp_path / ".openclaw" / "openclaw.json.last-good"
    with running(tmp_path, "gateway", until=LISTENING):
        for _ in range(20):  # kept once the gateway listens, by a thread; each question takes a while
            if copy.exists():
                break
            openclaw(tmp_path, "health")
    good = path.read_text()
    path.write_text(good.replace('"local"', "1"))
    refused = openclaw(tmp_path, "gateway")
    assert (refused.code, refused.out) == (78, "")
    assert "openclaw.json:1:" in refused.err
    assert "gateway --last-good" in refused.err
    with running(tmp_path, "gateway", "--last-good", until=LISTENING) as process:
        assert any("DEGRADED" in line for line in process.lines)
        token = ("--token", TOKEN, "--url", f"ws://127.0.0.1:{port}")
        status = openclaw(tmp_path, "status", *token)
        assert "DEGRADED" in status.out
        assert "openclaw.json:1:" in status.out
        config = openclaw(tmp_path, "gateway", "call", "health", *token).document["config"]
        assert (config["state"], config["isLastGood"]) == ("invalid", True)
        path.write_text(good)
        for _ in range(20):  # seen within a second
            if config["state"] == "current":
                break
            config = openclaw(tmp_path, "gateway", "call", "health").document["config"]
        assert (config["state"], config["isLastGood"]) == ("current", False)
