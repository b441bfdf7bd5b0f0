"""The root of the command: help, usage, the forms of failures, and that only what is needed is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.command import environment, openclaw

from openclaw_gateway import COMPATIBLE_VERSION, __version__
from openclaw_gateway.cli.main import COMMANDS


def test_help_names_every_command(tmp_path: Path) -> None:
    """--help is an answer: on stdout, with exit code 0, and with every command."""
    outcome = openclaw(tmp_path, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert all(f"    {name} " in outcome.out for name in COMMANDS)


def test_version(tmp_path: Path) -> None:
    """--version has the form that scripts of the original read, and says whose version it is."""
    outcome = openclaw(tmp_path, "--version")
    assert outcome.out == f"OpenClaw {COMPATIBLE_VERSION} (openclaw-gateway {__version__})\n"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no command"),
        pytest.param(["nosuch"], id="unknown command"),
        pytest.param(["agent"], id="required option missing"),
        pytest.param(["agent", "--message", "hi", "--mess"], id="unknown option"),
        pytest.param(["agent", "--mess", "hi"], id="abbreviated option"),
        pytest.param(["agent", "--message", " "], id="blank message"),
        pytest.param(["agent", "--message", "hi", "--session-key", ""], id="blank session key"),
        pytest.param(["agent", "--message", "hi", "--port", "0"], id="port 0"),
        pytest.param(["agent", "--message", "hi", "--port", "65536"], id="port too large"),
        pytest.param(["agent", "--message", "hi", "--port", "1" * 5000], id="endless port"),
        pytest.param(["agent", "--message", "hi", "--timeout", "-1"], id="negative time"),
        pytest.param(["agent", "--message", "hi", "--url", "ws://a", "--port", "1"], id="two addresses"),
        pytest.param(
            ["gateway", "call", "health", "--params", "[]", "--url", "ws://127.0.0.1:1"], id="params no object"
        ),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    """Wrong usage exits with 2: one line on stderr and nothing on stdout, or one JSON document on stdout."""
    plain = openclaw(tmp_path, *arguments)
    assert (plain.code, plain.out) == (2, "")
    assert plain.err.startswith("error: ")
    as_json = openclaw(tmp_path, *arguments, "--json")
    assert (as_json.code, as_json.err) == (2, "")
    assert as_json.document["ok"] is False
    assert as_json.document["error"]["type"] == "cli_error"


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        pytest.param(["--nosuch"], "openclaw", id="root"),
        pytest.param(["agent", "--message", "hi", "--nosuch"], "openclaw agent", id="command"),
        pytest.param(["models", "--nosuch"], "openclaw models", id="command without its action"),
        pytest.param(["models", "set", "a/b", "--nosuch"], "openclaw models set", id="action"),
        pytest.param(["models", "aliases", "list", "--nosuch"], "openclaw models aliases list", id="part of an action"),
    ],
)
def test_unknown_option_points_to_the_help_of_its_command(tmp_path: Path, arguments: list[str], command: str) -> None:
    """Who mistypes an option is sent to the page that lists the options of that command."""
    outcome = openclaw(tmp_path, *arguments)
    assert outcome.code == 2
    assert outcome.err.endswith(f"\ntry: {command} --help\n")


def test_argument_that_is_no_text(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are refused by number, not passed on and not met by a traceback."""
    ended = subprocess.run(
        [sys.executable.encode(), b"-m", b"openclaw_gateway", b"agent", b"--message", b"\xff"],
        capture_output=True,
        check=False,
        env=environment(tmp_path),
    )
    assert ended.returncode == 2
    assert ended.stderr == b"error: argument 3 is not valid UTF-8\n"


def test_reader_that_leaves_early(tmp_path: Path) -> None:
    """A pipe that is closed (`openclaw --help | head -1`) ends the command without a word on stderr."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        ended = subprocess.run(
            [sys.executable, "-m", "openclaw_gateway", "--help"],
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
            env=environment(tmp_path),
        )
    assert (ended.returncode, ended.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        pytest.param(["--help"], {"openclaw_gateway.client", "openclaw_gateway.config", "msgspec"}, id="help"),
        pytest.param(
            ["agent", "--message", "hi", "--url", "ws://127.0.0.1:1"],
            {"asyncio", "ssl", "openclaw_gateway.config", "openclaw_gateway.gateway", "websockets.asyncio"},
            id="agent at an address",
        ),
        pytest.param(
            ["health", "--port", "1"], {"asyncio", "uvloop", "sqlite3", "openclaw_gateway.gateway"}, id="health"
        ),
    ],
)
def test_only_what_is_needed_is_imported(tmp_path: Path, arguments: list[str], forbidden: set[str]) -> None:
    """A command does not pay for the others, nor for a gateway that it does not run."""
    program = (
        "import sys; from openclaw_gateway.cli.main import main; main(sys.argv[1:]); "
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, check=False, env=environment(tmp_path)
    )
    assert forbidden & set(ended.stderr.decode().splitlines()) == set()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--profile", "../x", "health"], id="a profile that leaves the home folder"),
        pytest.param(["health", "--profile", ""], id="an empty profile"),
        pytest.param(["--profile", "work", "--dev", "health"], id="two profiles"),
        pytest.param(["--dev", "health", "--profile", "work"], id="two profiles, apart"),
    ],
)
def test_profiles_that_cannot_be_are_wrong_usage(tmp_path: Path, options: list[str]) -> None:
    """A profile's name is checked before anything is read, and --dev is a profile already."""
    outcome = openclaw(tmp_path, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert "rofile" in outcome.err
