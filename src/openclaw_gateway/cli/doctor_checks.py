"""What `openclaw doctor` looks at. Each check goes from the surroundings to findings; none changes anything."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from openclaw_gateway.cli.foresight import foresee_start
from openclaw_gateway.config.environment import Environment
from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.load import LaunchOptions, Loaded, Paths, build
from openclaw_gateway.config.source import Source, read_source

Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Finding(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Something to know or to mend. path: of the configuration or of a file. fix_hint: what to do."""

    check_id: str
    severity: Severity
    message: str
    path: str = ""
    fix_hint: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """loaded: None when the configuration cannot be used, for the reason in `invalid`."""

    paths: Paths
    options: LaunchOptions
    environment: Environment
    source: Source | None
    loaded: Loaded | None
    invalid: ConfigInvalid | None


Check = Callable[[Patient], Iterator[Finding]]


def examine(options: LaunchOptions, environment: Environment, paths: Paths) -> Patient:
    """Read what there is, without its secrets."""
    try:
        source = read_source(paths.config_path, paths.include_roots)
        loaded = build(source, paths, options, environment, wanted=())
    except ConfigInvalid as invalid:
        return Patient(paths, options, environment, None, None, invalid)
    return Patient(paths, options, environment, source, loaded, None)


def check_config(patient: Patient) -> Iterator[Finding]:
    """Can the configuration be used, and does it say that a gateway runs here?"""
    if patient.invalid is not None:
        for issue in patient.invalid.issues:
            yield Finding("config", "error", f"{issue.message}{issue.hint}", issue.path, "openclaw config validate")
        return
    loaded = patient.loaded
    if loaded is None:
        return
    if not loaded.exists:
        yield Finding("config", "warning", "there is no configuration", str(loaded.path), "openclaw setup")
    elif loaded.config.gateway.mode is None:
        hint = "openclaw config set gateway.mode local"
        yield Finding("config", "error", "the gateway will not start: gateway.mode is not set", "gateway.mode", hint)
    for warning in loaded.warnings:
        yield Finding("config", "warning", warning)


def check_files(patient: Patient) -> Iterator[Finding]:
    """May others read what is private, and may we write where we must?"""
    for path in private_paths(patient.paths):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OTHERS:
            message = f"other users of this machine may use it (mode {mode:04o})"
            yield Finding("files", "warning", message, str(path), f"chmod go= {path}, or openclaw doctor --fix")
    folder = patient.paths.state_dir
    if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("files", "error", "the state folder cannot be written", str(folder))
    if os.path.lexists(folder) and not folder.is_dir():
        yield Finding("files", "error", "the state folder is no folder", str(folder))


def private_paths(paths: Paths) -> list[Path]:
    """What holds secrets or conversations, as far as it is there."""
    files = (".env", "gateway-token", "exec-approvals.json")
    named = [paths.state_dir, paths.config_path, *[paths.state_dir / name for name in files]]
    folders = [paths.state_dir / name for name in ("state", "logs", "deleted-sessions")]
    return [path for path in (*named, *folders) if path.exists() and not path.is_symlink()]


def check_start(patient: Patient) -> Iterator[Finding]:
    """Would a gateway start with this bind and these credentials, and are they strong?"""
    if patient.source is None:
        return
    foresight = foresee_start(patient.source, patient.paths, patient.options, patient.environment)
    if foresight.objection is not None:
        yield Finding("start", "error", f"the gateway will refuse to start: {foresight.objection}", "gateway.auth")
    for warning in foresight.warnings:
        hint = "a long random value, for instance of: openssl rand -hex 24" if "shorter" in warning else ""
        yield Finding("start", "warning", warning, "gateway.auth", hint)


def check_port(patient: Patient) -> Iterator[Finding]:
    """Is the port free, or our own gateway's?"""
    loaded = patient.loaded
    if loaded is None or loaded.config.gateway.mode == "remote":
        return
    from openclaw_gateway.sessions.folder_lock import find_holder

    if find_holder(loaded.state_dir / "state") is not None:
        return  # it runs, and has its port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", loaded.port))
        except OSError as error:
            message = f"port {loaded.port} cannot be used: {error.strerror}"
            yield Finding("port", "error", message, "gateway.port", "openclaw config set gateway.port <another>")


def check_models(patient: Patient) -> Iterator[Finding]:
    """Is there a model, and does each that is in use have its key?"""
    loaded = patient.loaded
    if loaded is None or loaded.config.gateway.mode == "remote":
        return
    from openclaw_gateway.agents.agent import build_agents
    from openclaw_gateway.cli.models_status import find_models_status

    seen = set()
    for agent in build_agents(loaded.config, loaded.state_dir).values():
        status = find_models_status(loaded, agent.model)
        if not status.resolved_default and not status.problems:
            yield Finding(
                "models", "error", f"agent {agent.id} has no model", "agents.defaults.model", "openclaw models set"
            )
        for problem in status.problems:
            yield Finding("models", "error", f"agent {agent.id}: {problem}", fix_hint="openclaw models set")
        for auth in status.missing:
            if auth.provider not in seen:
                seen.add(auth.provider)
                yield Finding("models", "error", f"{auth.provider} has no key", fix_hint=auth.detail)


def check_providers(patient: Patient) -> Iterator[Finding]:
    """Are the providers in use there? Asks them, so only with --deep."""
    loaded = patient.loaded
    if loaded is None or loaded.config.gateway.mode == "remote":
        return
    from openclaw_gateway.cli.models_status import find_models_status
    from openclaw_gateway.cli.provider_probe import probe_providers
    from openclaw_gateway.config.load import load

    in_use = find_models_status(loaded, loaded.config.agents.defaults.model).providers_in_use
    try:
        with_secrets = load(patient.options, patient.environment)
    except ConfigInvalid as invalid:
        yield Finding("providers", "error", f"secrets cannot be opened: {invalid.issues[0].message}")
        return
    for probe in probe_providers(with_secrets, in_use, timeout_s=8.0):
        if not probe.ok:
            yield Finding("providers", "error", probe.line, f"models.providers.{probe.provider}")


def check_commands(patient: Patient) -> Iterator[Finding]:
    """Who decides about the commands of agents?"""
    loaded = patient.loaded
    if loaded is None or loaded.config.gateway.mode == "remote":
        return
    agents, shared = loaded.config.agents, "tools.exec.mode"
    modes = {shared: loaded.config.tools.exec.mode}
    # Whose mode it is, and whether all of these are confined in all their sessions.
    is_confined = {shared: agents.defaults.sandbox.mode == "all"}
    for name, entry in agents.entries.items():
        path = shared
        if entry.tools.exec is not None:
            path = f"agents.entries.{name}.tools.exec.mode"
            modes[path] = entry.tools.exec.mode
        sandbox = entry.sandbox or agents.defaults.sandbox
        is_confined[path] = is_confined.get(path, True) and sandbox.mode == "all"
    for path, mode in modes.items():
        if mode == "full" and is_confined[path]:
            yield Finding("commands", "info", "commands run without a question, confined to a sandbox", path)
        elif mode == "full":
            message = "every command of an agent runs unasked"
            yield Finding("commands", "warning", message, path, f"openclaw config set {path} ask")
        elif mode == "auto":
            yield Finding("commands", "info", "auto asks a person: no model reviews commands here", path)


def check_sandbox(patient: Patient) -> Iterator[Finding]:
    """Do the sandboxes work that the agents are to be confined to? Tries them."""
    loaded = patient.loaded
    if loaded is None or loaded.config.gateway.mode == "remote":
        return
    agents = loaded.config.agents
    entries = {f"agents.entries.{name}.sandbox": entry.sandbox for name, entry in agents.entries.items()}
    in_use = {"agents.defaults.sandbox": agents.defaults.sandbox, **entries}
    for path, sandbox in in_use.items():
        if sandbox is None or sandbox.mode == "off":
            continue
        from openclaw_gateway.tools.sandbox.probe import find_fault

        if fault := find_fault(sandbox):
            yield Finding("sandbox", "error", f"no command will run: {fault}", path)
        elif sandbox.backend == "bubblewrap" and os.geteuid() == 0:
            message = "the gateway runs as root, for which the kernel keeps fewer limits; give it a user of its own"
            yield Finding("sandbox", "info", message, path)


# In the order in which one would look.
CHECKS: dict[str, Check] = {
    "config": check_config,
    "files": check_files,
    "start": check_start,
    "port": check_port,
    "models": check_models,
    "commands": check_commands,
    "sandbox": check_sandbox,
    "providers": check_providers,
}
DEEP = frozenset(("providers",))
