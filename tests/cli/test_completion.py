"""The completion scripts, read by the shells themselves: bash, and zsh and fish where they are installed."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.cli.command import environment, openclaw

from openclaw_gateway.cli.main import COMMANDS

# How each shell is asked what may stand at the end of a line. $1: the script; then the words of the line.
ASK = {
    "bash": (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _openclaw; printf "%s\\n" "${COMPREPLY[@]}"'
    ),
    "zsh": (
        "compdef() { :; }; _files() { :; };"
        ' compadd() { shift; for word in "$@"; do [[ $word == "${words[CURRENT]}"* ]] && print -r -- $word; done; };'
        ' source "$1"; shift; words=("$@"); CURRENT=$#; _openclaw; true'
    ),
    "fish": 'source $argv[2]; complete -C (string join " " -- $argv[3..-1])',
}
SHELLS = [shell for shell in ASK if shutil.which(shell)]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion")
    for shell in SHELLS:
        outcome = openclaw(folder, "completion", shell)
        assert (outcome.code, outcome.err) == (0, "")
        (folder / shell).write_text(outcome.out)
    return folder


def _complete(shell: str, scripts: Path, line: str) -> set[str]:
    asked = subprocess.run(
        [shell, "-c", ASK[shell], "-", str(scripts / shell), *line.split(" ")],
        capture_output=True,
        timeout=60,
        check=True,
        text=True,
        env=environment(scripts),
    )
    assert asked.stderr == ""
    return {word.split("\t")[0] for word in asked.stdout.split("\n") if word}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("openclaw se", {"sessions", "setup"}, id="command"),
        pytest.param("openclaw models fallbacks c", {"clear"}, id="action of an action"),
        pytest.param("openclaw gateway --bind l", {"lan", "loopback"}, id="value of an option"),
        pytest.param("openclaw --profile agent models fall", {"fallbacks"}, id="value that looks like a command"),
        pytest.param("openclaw agent --message-f", {"--message-file"}, id="option"),
        pytest.param("openclaw devices re", {"reject", "remove", "rename", "revoke"}, id="action of devices"),
        pytest.param("openclaw approvals d", {"deny"}, id="action of approvals"),
        pytest.param("openclaw onboard --flow m", {"manual"}, id="way of the assistant"),
        pytest.param("openclaw onboard --non", {"--non-interactive"}, id="option of the assistant"),
        pytest.param("openclaw completion z", {"zsh"}, id="choice without an option"),
    ],
)
def test_completes(scripts: Path, shell: str, line: str, words: set[str]) -> None:
    """At the end of a line the shell offers what the parsers take there."""
    assert _complete(shell, scripts, line) == words


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_known(scripts: Path, shell: str) -> None:
    """Nothing that the help lists is missing."""
    assert _complete(shell, scripts, "openclaw ") >= set(COMMANDS)
