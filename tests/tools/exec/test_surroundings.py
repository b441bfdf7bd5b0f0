"""What a command finds around it."""

from pathlib import Path

import pytest

from openclaw_gateway.tools.exec.surroundings import base_environment, check_additions, child_environment, choose_shell
from openclaw_gateway.tools.tool import ToolFailure


def test_only_what_is_listed_is_passed_on() -> None:
    """A variable that nobody thought of stays with the gateway."""
    given = {"HOME": "/h", "LC_ALL": "C", "OPENCLAW_GATEWAY_TOKEN": "s", "FOO_KEY": "s", "LD_PRELOAD": "s", "PWD": "/"}
    assert base_environment(given) == {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/h", "LC_ALL": "C",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["PATH", "path", "LD_AUDIT", "DYLD_X", "BASH_ENV", "ENV", "IFS", "BASH_FUNC_ls"])
def test_what_changes_which_programs_run_is_refused(name: str) -> None:
    """On this machine; PATH in a sandbox leads nowhere."""
    with pytest.raises(ToolFailure, match="may not be set"):
        check_additions({name: "x"}, is_sandboxed=False)
    assert check_additions({"PATH": "x"}, is_sandboxed=True) == {"PATH": "x"}


def test_additions_are_bounded() -> None:
    """The kernel's bound on the environment is never met."""
    with pytest.raises(ToolFailure, match="more than"):
        check_additions({"A": "x" * 70_000}, is_sandboxed=False)


def test_our_mark_cannot_be_changed() -> None:
    """OPENCLAW_SHELL says exec, and additions come after what is passed on."""
    env = child_environment({"PATH": "/b", "A": "1"}, {"A": "2"}, path_prepend=("/a",), is_tty=True)
    assert env == {"PATH": "/a:/b", "A": "2", "TERM": "xterm-256color", "OPENCLAW_SHELL": "exec"}


@pytest.mark.parametrize(
    ("shell", "is_kept"),
    [
        pytest.param("/bin/sh", True, id="sh"),
        pytest.param("/usr/bin/fish", False, id="fish"),
        pytest.param("bash", False, id="no path"),
        pytest.param("/nowhere/bash", False, id="not there"),
        pytest.param("", False, id="none"),
    ],
)
def test_the_shell_is_one_that_reads_sh(shell: str, is_kept: bool) -> None:
    """The user's own if it fits, else bash, else sh."""
    chosen = choose_shell({"SHELL": shell})
    assert (chosen == shell) is is_kept
    assert Path(chosen).exists()
