"""Does the sandbox work on this machine? Tried, not guessed: kernels, containers and distributions differ."""

import subprocess
from pathlib import Path

from openclaw_gateway.config.schema.sandbox import Bubblewrap, Sandbox
from openclaw_gateway.tools.sandbox import bubblewrap, docker
from openclaw_gateway.tools.sandbox.confine import INSTALL_BUBBLEWRAP, INSTALL_DOCKER

_TIMEOUT_S = 10.0
_NO_NAMESPACES = (
    "Unprivileged user namespaces seem to be off: see the sysctls user.max_user_namespaces, "
    "kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns; "
    "in a container they need --security-opt seccomp=unconfined --security-opt systempaths=unconfined"
)


def find_fault(sandbox: Sandbox) -> str:
    """Why commands cannot run in this sandbox, and what to do; "" if they can. Blocks for some milliseconds."""
    match sandbox.backend:
        case "bubblewrap":
            return _probe_bubblewrap(sandbox.bubblewrap)
        case "docker":
            return _probe_docker(sandbox.docker.image)
        case other:
            return f"sandbox.backend {other!r} is not supported here; it is bubblewrap or docker"


def _probe_bubblewrap(settings: Bubblewrap) -> str:
    program = bubblewrap.find_program()
    if program is None:
        return INSTALL_BUBBLEWRAP
    box = bubblewrap.Box(Path("/usr"), is_writable=False, cwd="/", settings=settings)
    # What is told to bubblewrap by descriptors needs a launcher, and says nothing about the system.
    said = _run(program, *bubblewrap.without_descriptors(bubblewrap.box_arguments(box)), "--", "/bin/true")
    if not said:
        return ""
    if "nown option" in said:
        return f"bubblewrap is too old, 0.8 is needed ({said})"
    hint = f". {_NO_NAMESPACES}" if "namespace" in said or "permission" in said.lower() else ""
    return f"bubblewrap does not work here: {said}{hint}"


def _probe_docker(image: str) -> str:
    program = next((path for path in docker.PLACES if Path(path).exists()), None)
    if program is None:
        return INSTALL_DOCKER
    said = _run(program, "image", "inspect", "--format", "{{.Id}}", image)
    return f"docker cannot use the image {image}: {said}" if said else ""


def _run(*argv: str) -> str:
    """What a program said when it failed; "" if it did not."""
    try:
        done = subprocess.run(  # noqa: S603 - a program at a known place, no shell
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            env={"PATH": "/usr/bin:/bin"},
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return done.stderr.decode(errors="replace").strip()[-300:] or f"it ended with code {done.returncode}"
