"""The command line of Docker: one container for each command. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from openclaw_gateway.config.schema.sandbox import Docker

PLACES = ("/usr/bin/docker", "/usr/local/bin/docker", "/bin/docker")


@dataclass(frozen=True, slots=True)
class Container:
    """What one command is confined to. name: unique. folder: shown at the workdir. cwd: in the container."""

    name: str
    settings: Docker
    folder: Path
    is_writable: bool
    cwd: str
    owner: tuple[int, int]
    is_tty: bool = False
    has_input: bool = False


def run_arguments(box: Container, argv: tuple[str, ...], env: Mapping[str, str]) -> tuple[str, ...]:
    """The arguments of `docker` that run a command. env: its environment beside the image's."""
    settings = box.settings
    user = settings.user or f"{box.owner[0]}:{box.owner[1]}"
    access = "" if box.is_writable else ":ro"
    return (
        *("run", "--rm", "--init", "--pull", "never", "--name", box.name, "--label", "openclaw.sandbox=1"),
        *(("--tty",) if box.is_tty else ()),
        *(("--interactive",) if box.is_tty or box.has_input else ()),
        *("--network", settings.network, "--security-opt", "no-new-privileges"),
        *(("--read-only",) if settings.read_only_root else ()),
        *_each("--cap-drop", settings.cap_drop),
        *_each("--tmpfs", settings.tmpfs),
        *("--user", user, "--workdir", box.cwd),
        *("--volume", f"{box.folder}:{settings.workdir}{access}"),
        *_each("--volume", settings.binds),
        *_limits(settings),
        *_each("--dns", settings.dns),
        *_each("--add-host", settings.extra_hosts),
        *_each("--security-opt", _profiles(settings)),
        *_each("--env", [f"{name}={value}" for name, value in {**settings.env, **env}.items()]),
        *(settings.image, *argv),
    )


def remove_arguments(name: str) -> tuple[str, ...]:
    """The arguments that end a container: it does not end with the `docker run` that started it."""
    return ("rm", "--force", "--volumes", name)


def _limits(settings: Docker) -> Iterable[str]:
    for option, value in (
        ("--pids-limit", settings.pids_limit),
        ("--memory", settings.memory),
        ("--memory-swap", settings.memory_swap),
        ("--cpus", settings.cpus),
    ):
        if value is not None:
            yield from (option, f"{value:g}" if isinstance(value, float) else str(value))


def _profiles(settings: Docker) -> Iterable[str]:
    if settings.seccomp_profile:
        yield f"seccomp={settings.seccomp_profile}"
    if settings.apparmor_profile:
        yield f"apparmor={settings.apparmor_profile}"


def _each(option: str, values: Iterable[str]) -> Iterable[str]:
    for value in values:
        yield from (option, value)
