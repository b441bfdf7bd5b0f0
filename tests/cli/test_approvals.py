"""`openclaw approvals`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.command import openclaw
from tests.cli.home import TOKEN, demo_gateway, read_config
from tests.client.peer import Line, Peer

from openclaw_gateway.client import GatewayClient

COMMAND = "rm \x1b[2Jx" + 500 * " " + "; reboot"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with demo_gateway(tmp_path):
        yield tmp_path


def ask(home: Path) -> GatewayClient:
    """A client that asks people about a command with a terminal's escape in it, and an end that is far away."""
    client = GatewayClient.connect(f"ws://127.0.0.1:{read_config(home)['gateway']['port']}", token=TOKEN)
    client.request("exec.approval.request", {"command": COMMAND, "twoPhase": True, "id": "a1"})
    return client


@pytest.mark.parametrize(
    ("arguments", "decision"),
    [
        pytest.param(["approve"], "allow-once", id="approve"),
        pytest.param(["approve", "--always"], "allow-always", id="for good"),
        pytest.param(["deny"], "deny", id="deny"),
    ],
)
def test_answer(home: Path, arguments: list[str], decision: str) -> None:
    """What waits is shown so that it cannot steer the terminal, and is answered by its id, once."""
    assert "no command waits" in openclaw(home, "approvals").err
    with ask(home) as client:
        listed = openclaw(home, "approvals").out
        assert "a1" in listed
        assert "rm ?[2Jx [500 blanks] ; reboot" in listed
        assert "openclaw approvals approve a1" in listed
        (action, *options) = arguments
        answered = openclaw(home, "approvals", action, "a1", *options, "--json")
        assert answered.document == {"ok": True, "id": "a1", "decision": decision}
        assert client.request("exec.approval.get", {"id": "a1"})["decision"] == decision  # type: ignore[index,call-overload]  # an object
        again = openclaw(home, "approvals", "deny", "a1")
        assert again.code == 1
        assert "answered already" in again.err


def test_allowlist(home: Path) -> None:
    """An entry is added for an agent, is in the file that a person can read, and is removed."""
    added = openclaw(home, "approvals", "allowlist", "add", "/usr/bin/git", "--arguments", "status", "--agent", "main")
    assert added.code == 0
    path = home / ".openclaw" / "exec-approvals.json"
    assert json.loads(path.read_text())["agents"]["main"]["allowlist"] == [
        {"pattern": "/usr/bin/git", "argPattern": "status"}
    ]
    assert json.loads(openclaw(home, "approvals", "get").out)["agents"]["main"]["allowlist"]
    assert openclaw(home, "approvals", "allowlist", "remove", "/usr/bin/git", "--agent", "main").code == 1
    removed = openclaw(
        home, "approvals", "allowlist", "remove", "/usr/bin/git", "--arguments", "status", "--agent", "main"
    )
    assert removed.code == 0
    (home / "new.json").write_text('{"version": 1, "defaults": {"ask": "always"}}')
    told = openclaw(home, "approvals", "set", "--file", str(home / "new.json"), "--json").document
    assert told["resolvedDefaults"]["ask"] == "always"
    (home / "new.json").write_text("[")
    assert openclaw(home, "approvals", "set", "--file", str(home / "new.json")).code == 1


def test_not_for_agents(home: Path) -> None:
    """A command of an agent gives no approvals, whatever it can read."""
    refused = openclaw(home, "approvals", "approve", "a1", OPENCLAW_SHELL="exec")
    assert refused.code == 1
    assert "given by people" in refused.err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["list"], id="list"),
        pytest.param(["get"], id="file"),
        pytest.param(["allowlist", "add", "/bin/ls"], id="entry"),
    ],
)
def test_answer_that_makes_no_sense(tmp_path: Path, arguments: list[str]) -> None:
    """An answer of another form is a failure, not a traceback."""

    def script(line: Line) -> None:
        line.let_in()
        line.answer(line.hear(), 7)

    with Peer(script) as peer:
        outcome = openclaw(tmp_path, "approvals", *arguments, "--url", peer.url)
    assert outcome.code == 1
    assert outcome.err.startswith("error: the gateway's answer cannot be read")
