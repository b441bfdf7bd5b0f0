"""From a command and its place to what is started: the sandbox of the config, or a refusal. It never falls back."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from openclaw_gateway.tools.exec.order import Start
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.sandbox import bubblewrap, docker
from openclaw_gateway.tools.tool import ToolFailure

INSTALL_BUBBLEWRAP = (
    "bubblewrap is not installed, and no command runs without its sandbox. Install it, version 0.8 or newer: "
    "apt install bubblewrap, dnf install bubblewrap, pacman -S bubblewrap"
)
INSTALL_DOCKER = "docker is not installed, and no command runs without its sandbox"


@dataclass(frozen=True, slots=True)
class Inmate:
    """A command that is to be confined. cwd: its folder in the sandbox's names. env: what the call adds."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    is_tty: bool = False
    has_input: bool = False


def confine(inmate: Inmate, place: Place, hidden: tuple[Path, ...], base_environment: Mapping[str, str]) -> Start:
    """What to start. hidden: folders and files of this machine that no sandbox shows. Raises ToolFailure."""
    assert place.sandbox is not None
    folder, backend = place.folder.resolve(), place.sandbox.backend
    within = [path for path in map(Path.resolve, hidden) if path.is_relative_to(folder)]
    # Bubblewrap covers what lies in the workspace; docker has no such thing for a folder of this machine.
    if within if backend == "docker" else folder in within:
        raise ToolFailure(
            "the workspace is or holds the gateway's own folder, which no sandbox shows; tell the operator"
        )
    match backend:
        case "bubblewrap":
            return _in_bubblewrap(inmate, place, hidden)
        case "docker":
            return _in_docker(inmate, place, base_environment)
        case other:
            raise ToolFailure(f"sandbox.backend {other[:40]!r} is not supported here; it is bubblewrap or docker")


def sandbox_shell(place: Place) -> str:
    """What reads a command's text in the sandbox."""
    is_own = place.sandbox is not None and place.sandbox.backend == "bubblewrap"
    return "/bin/bash" if is_own and Path("/bin/bash").exists() else "/bin/sh"


def _in_bubblewrap(inmate: Inmate, place: Place, hidden: tuple[Path, ...]) -> Start:
    program = bubblewrap.find_program()
    if program is None:
        raise ToolFailure(INSTALL_BUBBLEWRAP)
    assert place.sandbox is not None
    settings = place.sandbox.bubblewrap
    env = {
        "PATH": bubblewrap.SEARCH_PATH,
        "HOME": bubblewrap.WORKSPACE,
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
        "TERM": "xterm-256color" if inmate.is_tty else "dumb",
        **settings.env,
        **inmate.env,
        "OPENCLAW_SHELL": "exec",
    }
    box = bubblewrap.Box(place.folder, place.is_writable, inmate.cwd, settings, hidden, inmate.is_tty)
    return bubblewrap.start_in_box(program, box, inmate.argv, env)


def _in_docker(inmate: Inmate, place: Place, base_environment: Mapping[str, str]) -> Start:
    program = next((path for path in docker.PLACES if os.access(path, os.X_OK)), None)
    if program is None:
        raise ToolFailure(INSTALL_DOCKER)
    assert place.sandbox is not None
    owner = place.folder.stat()
    box = docker.Container(
        name=f"openclaw-{secrets.token_hex(8)}",
        settings=place.sandbox.docker,
        folder=place.folder,
        is_writable=place.is_writable,
        cwd=inmate.cwd,
        owner=(owner.st_uid, owner.st_gid),
        is_tty=inmate.is_tty,
        has_input=inmate.has_input,
    )
    return Start(
        argv=(program, *docker.run_arguments(box, inmate.argv, {**inmate.env, "OPENCLAW_SHELL": "exec"})),
        env=base_environment,
        cwd="/",
        cleanup=(program, *docker.remove_arguments(box.name)),
    )
