"""The document of `gateway status`."""

import socket
from pathlib import Path

import pytest
from tests.cli.command import openclaw
from tests.cli.home import TOKEN, config_path, demo_gateway, read_config, write_config


def test_document_of_a_gateway_that_runs(tmp_path: Path) -> None:
    """It says which file holds, where the gateway listens and as which process, and that we were let in."""
    with demo_gateway(tmp_path) as process:
        outcome = openclaw(tmp_path, "gateway", "status", "--json")
        port = read_config(tmp_path)["gateway"]["port"]
        document = outcome.document
        assert (outcome.code, outcome.err) == (0, "")
        assert (document["rpc"]["ok"], document["rpc"]["capability"]) == (True, "admin_capable")
        assert document["gateway"] == {
            "probeUrl": f"ws://127.0.0.1:{port}",
            "bindMode": "loopback",
            "bindHost": "127.0.0.1",
            "port": port,
            "portSource": "config",
            "version": document["rpc"]["version"],
        }
        assert document["config"] == {"cli": {"path": str(config_path(tmp_path)), "exists": True, "valid": True}}
        assert document["service"]["runtime"] == {"status": "running", "pid": process.popen.pid}
        listener = {"pid": process.popen.pid, "address": f"127.0.0.1:{port}"}
        assert document["port"] == {"port": port, "status": "busy", "listeners": [listener], "hints": []}
        assert Path(document["logFile"]).is_file()
        assert document["extraServices"] == []


def test_port_is_the_one_of_the_chosen_address(tmp_path: Path) -> None:
    """With an address of one's own it is that address whose port is busy, not the one of loopback."""
    chosen = {"bind": "custom", "customBindHost": "127.0.0.2", "auth": {"mode": "token", "token": TOKEN}}
    with socket.create_server(("127.0.0.2", 0)) as server:
        port = server.getsockname()[1]
        write_config(tmp_path, gateway={"mode": "local", "port": port, **chosen})
        arguments = ("gateway", "status", "--json", "--no-probe")
        assert openclaw(tmp_path, *arguments).document["port"]["status"] == "busy"
    with socket.create_server(("127.0.0.1", port)):
        assert openclaw(tmp_path, *arguments).document["port"]["status"] == "free"


def test_document_of_a_gateway_that_is_down(tmp_path: Path) -> None:
    """Without a gateway it is stopped and its port free; without a file that is said, too."""
    document = openclaw(tmp_path, "gateway", "status", "--json", "--no-probe").document
    assert document["rpc"] is None
    assert document["config"]["cli"]["exists"] is False
    assert document["service"]["runtime"] == {"status": "stopped"}
    assert (document["port"]["status"], document["port"]["listeners"]) == ("free", [])
    assert document["gateway"]["portSource"] == "default"
    assert "logFile" not in document


@pytest.mark.parametrize(
    ("options", "variables", "source"),
    [
        pytest.param(("--port", "20001"), {}, "cli", id="option"),
        pytest.param((), {"OPENCLAW_GATEWAY_PORT": "20001"}, "env", id="environment"),
        pytest.param(("--dev",), {}, "profile", id="profile"),
    ],
)
def test_where_the_port_is_from(
    tmp_path: Path, options: tuple[str, ...], variables: dict[str, str], source: str
) -> None:
    """The document names what decided the port."""
    write_config(tmp_path)
    outcome = openclaw(tmp_path, "gateway", "status", "--json", "--no-probe", *options, **variables)
    assert outcome.document["gateway"]["portSource"] == source


def test_address_by_hand_is_not_this_configuration(tmp_path: Path) -> None:
    """Of another gateway nothing is said that the configuration says of ours; a broken one does not matter then."""
    config_path(tmp_path).parent.mkdir()
    config_path(tmp_path).write_text("{")
    options = ("--url", "ws://127.0.0.1:1", "--token", TOKEN)
    document = openclaw(tmp_path, "gateway", "status", "--json", *options).document
    assert set(document) == {"cli", "gateway", "rpc", "extraServices"}
    assert document["gateway"] == {"probeUrl": "ws://127.0.0.1:1"}


def test_address_of_the_environment_makes_no_listener(tmp_path: Path) -> None:
    """A gateway that listens on a port of its own command line is not said to listen on the configured one."""
    with demo_gateway(tmp_path) as process:
        config = read_config(tmp_path)
        port = config["gateway"]["port"]
        url = f"ws://127.0.0.1:{port}"
        variables = {"OPENCLAW_GATEWAY_URL": url, "OPENCLAW_GATEWAY_PORT": "1"}
        document = openclaw(tmp_path, "gateway", "status", "--json", **variables).document
        assert (document["rpc"]["ok"], document["gateway"]["probeUrl"]) == (True, url)
        assert document["service"]["runtime"] == {"status": "running", "pid": process.popen.pid}
        assert document["port"] == {"port": 1, "status": "free", "listeners": [], "hints": []}
