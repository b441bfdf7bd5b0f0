"""`agents.*.sandbox`: where an agent's commands and files are confined, and to what."""

# ruff: noqa: RUF012 - msgspec gives each instance its own copy of an empty dict

from typing import Annotated, Literal

from msgspec import Meta

from openclaw_gateway.config.schema.values import NoEffect, NonNegative, Positive, PositiveNumber, Section

AbsolutePath = Annotated[str, Meta(pattern=r"^/[^\x00]*$", description="An absolute path.")]


class SandboxPrune(Section, frozen=True):
    """When unused sandboxes are removed."""

    idle_hours: NonNegative | None = None
    max_age_days: NonNegative | None = None


class Bubblewrap(Section, frozen=True):
    """The sandbox of bubblewrap: namespaces of this machine, no image and no daemon.

    network: "none" leaves a loopback of its own, "host" is the machine's network. Limits hold for all processes of one
    command together, file_mb for one file, tmp_mb for /tmp. cpu_seconds, min_free_mb: 0 is no limit; less free than
    min_free_mb on the disk of the workspace ends the command. read_only_binds: folders shown beside the system's.
    """

    network: Literal["none", "host"] = "none"
    pids: Positive = 256
    memory_mb: Positive = 2_048
    cpu_seconds: NonNegative = 0
    file_mb: Positive = 1_024
    tmp_mb: Positive = 256
    min_free_mb: NonNegative = 512
    read_only_binds: tuple[AbsolutePath, ...] = ()
    env: dict[str, str] = {}


class Docker(Section, frozen=True):
    """The sandbox of Docker: one container for each command, from an image that is there.

    cpus: of the machine, 0.5 is half of one. tmpfs, binds, dns, extra_hosts: as `docker run` takes them.
    """

    image: str = "openclaw-sandbox:bookworm-slim"
    workdir: AbsolutePath = "/workspace"
    network: str = "none"
    read_only_root: bool = True
    cap_drop: tuple[str, ...] = ("ALL",)
    tmpfs: tuple[str, ...] = ("/tmp", "/var/tmp", "/run")  # noqa: S108 - in the container
    user: str | None = None
    env: dict[str, str] = {}
    pids_limit: NonNegative | None = None
    memory: str | int | None = None
    memory_swap: str | int | None = None
    cpus: PositiveNumber | None = None
    binds: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    extra_hosts: tuple[str, ...] = ()
    seccomp_profile: str | None = None
    apparmor_profile: str | None = None
    container_prefix: NoEffect = None
    setup_command: NoEffect = None
    ulimits: NoEffect = None
    gpus: NoEffect = None
    dangerously_allow_reserved_container_targets: NoEffect = None
    dangerously_allow_external_bind_sources: NoEffect = None
    dangerously_allow_container_namespace_join: NoEffect = None


class Sandbox(Section, frozen=True):
    """Where an agent's commands run. backend: "bubblewrap" or "docker"; commands fail under any other name."""

    mode: Literal["off", "non-main", "all"] = "off"
    scope: Literal["session", "agent", "shared"] = "agent"
    backend: str = "docker"
    workspace_access: Literal["none", "ro", "rw"] = "none"
    session_tools_visibility: Literal["spawned", "all"] = "spawned"
    workspace_root: str | None = None
    prune: SandboxPrune = SandboxPrune()
    bubblewrap: Bubblewrap = Bubblewrap()
    docker: Docker = Docker()
    ssh: NoEffect = None
    browser: NoEffect = None
