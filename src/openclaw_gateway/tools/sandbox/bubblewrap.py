"""The command line of bubblewrap: what of this machine a sandboxed command sees. Pure but for looking what is there.

It gets namespaces of its own (users, processes, mounts, IPC, host name, cgroups, and the network unless the config
shares it), no capabilities, no way to make further user namespaces, the system's programs read-only, the session's
folder at /workspace, and nothing of home folders, of /run, of the gateway's state.
Source: bwrap(1).
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from openclaw_gateway.config.schema.sandbox import Bubblewrap
from openclaw_gateway.tools.exec.order import Start
from openclaw_gateway.tools.sandbox.limits import limits_of
from openclaw_gateway.tools.tool import ToolFailure

WORKSPACE = "/workspace"
# Not searched in PATH: whoever may set the gateway's PATH could bring a sandbox that is none.
PLACES = ("/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap", "/run/current-system/sw/bin/bwrap")
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_PASSWD_FD, _GROUP_FD, _INFO_FD, _BLOCK_FD, _ARGS_FD = 20, 21, 22, 23, 24
_UID = 1000
# What programs need to be loaded, to know the time and to speak TLS. Nothing that only this machine has.
_ETC = (
    "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "ssl/certs", "ssl/openssl.cnf", "pki/tls/certs",
    "pki/ca-trust/extracted", "ca-certificates", "localtime", "nsswitch.conf", "mime.types", "protocols", "services",
    "java-17-openjdk", "java-21-openjdk", "python3", "python3.11", "python3.12", "python3.13",
)  # fmt: skip
_ETC_OF_NETWORK = ("resolv.conf", "hosts", "gai.conf")
# On most systems links into /usr.
_ROOT_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


@dataclass(frozen=True, slots=True)
class Box:
    """What one command is confined to.

    folder: shown at /workspace. is_writable: may it be changed. cwd: the command's folder, in the sandbox's names.
    hidden: folders and files of this machine that stay hidden even when they are inside the folder, the gateway's state
    first.
    """

    folder: Path
    is_writable: bool
    cwd: str
    settings: Bubblewrap
    hidden: tuple[Path, ...] = ()
    is_tty: bool = False


def find_program() -> str | None:
    """Where bubblewrap is; None if it is not installed."""
    return next((place for place in PLACES if os.access(place, os.X_OK)), None)


def start_in_box(program: str, box: Box, argv: tuple[str, ...], env: Mapping[str, str]) -> Start:
    """The order for a command in this sandbox. env: the command's whole environment."""
    return Start(
        # The sandbox's first process is bubblewrap itself, and anyone inside reads what it was called with: the options
        # name folders of this machine, so they come by a descriptor.
        argv=(program, "--args", str(_ARGS_FD), "--", *argv),
        # bubblewrap itself needs nothing of the environment, and clears what it has.
        env={},
        cwd="/",
        limits=limits_of(box.settings, box.folder),
        data={
            _PASSWD_FD: f"agent:x:{_UID}:{_UID}::{WORKSPACE}:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n",
            _GROUP_FD: f"agent:x:{_UID}:\nnogroup:x:65534:\n",
            _ARGS_FD: _end_each_by_nul((*box_arguments(box), *_environment(env))),
        },
        info_fd=_INFO_FD,
        block_fd=_BLOCK_FD,
    )


def box_arguments(box: Box) -> tuple[str, ...]:
    """The arguments before the command, in the order in which they take effect."""
    settings = box.settings
    network = ("--share-net",) if settings.network == "host" else ()
    return (
        *("--unshare-user", "--unshare-all", *network, "--disable-userns"),
        *("--uid", str(_UID), "--gid", str(_UID), "--hostname", "sandbox", "--cap-drop", "ALL"),
        *("--die-with-parent", *(() if box.is_tty else ("--new-session",))),
        *("--info-fd", str(_INFO_FD), "--block-fd", str(_BLOCK_FD)),
        *("--ro-bind", "/usr", "/usr", *_root_folders()),
        # Read-only: where the gateway is root, the kernel's own settings in /proc/sys believe the sandbox to be it, and
        # one of them names a program that the machine runs as root.
        *("--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"),
        *("--size", str(settings.tmp_mb * 1_048_576), "--perms", "1777", "--tmpfs", "/tmp"),  # noqa: S108
        *("--dir", "/etc", *_etc(shares_network=settings.network == "host")),
        *("--perms", "0644", "--ro-bind-data", str(_PASSWD_FD), "/etc/passwd"),
        *("--perms", "0644", "--ro-bind-data", str(_GROUP_FD), "/etc/group"),
        *("--dir", "/var", "--symlink", "/tmp", "/var/tmp", "--dir", "/run"),  # noqa: S108
        *(part for path in settings.read_only_binds for part in ("--ro-bind", path, path)),
        *("--bind" if box.is_writable else "--ro-bind", str(box.folder), WORKSPACE),
        *_hide(box),
        # The root is a tmpfs, too; from here on nothing can be added to it, so it cannot be filled.
        *("--remount-ro", "/", "--chdir", box.cwd, "--clearenv"),
    )


def without_descriptors(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The same without the options that name descriptors, for who has none to give."""
    left = list(arguments)
    for option, count in (("--info-fd", 1), ("--block-fd", 1), ("--ro-bind-data", 2), ("--ro-bind-data", 2)):
        at = left.index(option)
        # What sets the permissions of the next entry goes with that entry.
        del left[at - 2 if left[at - 2] == "--perms" else at : at + 1 + count]
    return tuple(left)


def _end_each_by_nul(arguments: tuple[str, ...]) -> str:
    """The form of `--args`. Raises ToolFailure for what would be read as more options than were meant."""
    if any("\0" in argument for argument in arguments):
        raise ToolFailure("the sandbox's paths and variables may hold no NUL character; tell the operator")
    return "".join([f"{argument}\0" for argument in arguments])


def _root_folders() -> Iterable[str]:
    for name in _ROOT_FOLDERS:
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))


def _etc(*, shares_network: bool) -> Iterable[str]:
    for name in (*_ETC, *(_ETC_OF_NETWORK if shares_network else ())):
        path = Path("/etc", name)
        if path.exists():
            yield from ("--ro-bind", str(path.resolve()), str(path))


def _hide(box: Box) -> Iterable[str]:
    """Nothing in the place of what must not be seen of a workspace that holds it, as a home folder holds the state."""
    folder = box.folder.resolve()
    for path in map(Path.resolve, box.hidden):
        if path == folder or not path.is_relative_to(folder):
            continue
        shown = f"{WORKSPACE}/{path.relative_to(folder)}"
        if path.is_dir():
            yield from ("--perms", "0000", "--tmpfs", shown)
        elif path.exists():
            yield from ("--ro-bind", "/dev/null", shown)


def _environment(env: Mapping[str, str]) -> Iterable[str]:
    for name, value in env.items():
        yield from ("--setenv", name, value)
