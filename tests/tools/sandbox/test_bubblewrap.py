"""The arguments of bubblewrap. That they hold is tested for real by `make faults`."""

from pathlib import Path
from typing import Any

import pytest

from openclaw_gateway.config.schema import Bubblewrap
from openclaw_gateway.tools.sandbox.bubblewrap import Box, box_arguments, start_in_box, without_descriptors
from openclaw_gateway.tools.tool import ToolFailure


def box(folder: Path, **changes: Any) -> Box:
    """One around a folder."""
    return Box(**{"folder": folder, "is_writable": True, "cwd": "/workspace", "settings": Bubblewrap(), **changes})


def has(arguments: tuple[str, ...], *wanted: str) -> bool:
    """Whether these arguments follow each other."""
    return any(arguments[at : at + len(wanted)] == wanted for at in range(len(arguments)))


def test_a_box_shares_nothing_but_what_is_listed(tmp_path: Path) -> None:
    """All namespaces are new, all capabilities gone, and each folder of the machine that is shown is read-only."""
    arguments = box_arguments(box(tmp_path))
    for wanted in ("--unshare-all", "--unshare-user", "--disable-userns", "--new-session", "--die-with-parent"):
        assert wanted in arguments
    assert has(arguments, "--cap-drop", "ALL")
    assert "--share-net" not in arguments
    binds = [arguments[at + 1 : at + 3] for at, argument in enumerate(arguments) if argument == "--bind"]
    assert binds == [(str(tmp_path), "/workspace")]
    shown = {arguments[at + 1] for at, argument in enumerate(arguments) if argument == "--ro-bind"}
    assert not {path for path in shown if path.startswith(("/home", "/root", "/run", "/var", "/proc", "/sys"))}
    assert has(arguments, "--remount-ro", "/proc")
    # After the last mount, or what is mounted on it could not be.
    assert len(arguments) - arguments[::-1].index("--remount-ro") > max(
        at for at, argument in enumerate(arguments) if "bind" in argument
    )


def test_access_and_network_are_those_of_the_config(tmp_path: Path) -> None:
    """Read-only where it says so, the machine's network only when it is asked for."""
    arguments = box_arguments(box(tmp_path, is_writable=False, settings=Bubblewrap(network="host", tmp_mb=1)))
    assert has(arguments, "--ro-bind", str(tmp_path), "/workspace")
    assert "--bind" not in arguments
    assert "--share-net" in arguments
    assert has(arguments, "--size", "1048576", "--perms", "1777", "--tmpfs", "/tmp")
    more = box_arguments(box(tmp_path, settings=Bubblewrap(read_only_binds=("/opt",))))
    assert has(more, "--ro-bind", "/opt", "/opt")


def test_the_state_is_hidden_where_it_lies_in_the_workspace(tmp_path: Path) -> None:
    """A workspace that holds the gateway's state shows an empty folder in its place; one within it needs none."""
    state = tmp_path / "home" / ".state"
    (state / "work").mkdir(parents=True)
    outer = box_arguments(box(tmp_path / "home", hidden=(state,)))
    assert has(outer, "--perms", "0000", "--tmpfs", "/workspace/.state")
    assert outer.index("/workspace/.state") > outer.index("/workspace")
    (tmp_path / "home" / "config").write_text("{}")
    with_config = box_arguments(box(tmp_path / "home", hidden=(tmp_path / "home" / "config",)))
    assert has(with_config, "--ro-bind", "/dev/null", "/workspace/config")
    inner = box_arguments(box(state / "work", hidden=(state,)))
    assert not [argument for argument in inner if argument.startswith("/workspace/")]


def test_the_environment_is_told_inside_and_nowhere_else(tmp_path: Path) -> None:
    """Bubblewrap itself runs without variables, and the command with those that are set."""
    start = start_in_box("/usr/bin/bwrap", box(tmp_path), ("/bin/sh", "-c", "--share-net"), {"A": "--b"})
    assert start.env == {}
    assert tuple(start.data[24].split("\0")[-5:]) == ("--clearenv", "--setenv", "A", "--b", "")
    assert start.limits is not None
    assert {*start.data, start.info_fd, start.block_fd} == {20, 21, 22, 23, 24}


def test_the_command_line_names_nothing_of_this_machine(tmp_path: Path) -> None:
    """What the sandbox's first process was called with, which all inside can read, is the command and no option."""
    start = start_in_box("/usr/bin/bwrap", box(tmp_path), ("/bin/sh", "-c", "id"), {"SECRET": "x"})
    assert start.argv == ("/usr/bin/bwrap", "--args", "24", "--", "/bin/sh", "-c", "id")
    assert start.data[24].endswith("\0")
    assert str(tmp_path) in start.data[24].split("\0")


def test_no_value_becomes_an_option(tmp_path: Path) -> None:
    """A NUL, which would end one option and begin the next, is refused wherever it comes from."""
    with pytest.raises(ToolFailure, match="NUL"):
        start_in_box("/usr/bin/bwrap", box(tmp_path), ("/bin/sh",), {"A": "x\0--bind\0/\0/host"})


def test_options_with_descriptors_can_be_left_out(tmp_path: Path) -> None:
    """What only a launcher can give is gone, the rest is as it was."""
    arguments = box_arguments(box(tmp_path))
    plain = without_descriptors(arguments)
    assert not {"--info-fd", "--block-fd", "--ro-bind-data"} & set(plain)
    assert len(plain) == len(arguments) - 2 - 2 - 5 - 5
    assert has(plain, "--perms", "1777", "--tmpfs", "/tmp")
