"""The variables that a config may use: those of the process, of `.env` files, of the file itself, of a login shell."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from openclaw_gateway.config.dotenv import read_dotenv

# A folder that someone happens to stand in may not bring credentials, nor change how programs run.
_NOT_FROM_WORKING_FOLDER = (
    r"(?i:OPENCLAW_.*|.*_(?:API_KEYS?|API_KEY_.*|TOKEN|SECRET|PASSWORD|BASE_URL|PROXY)|PATH|HOME|SHELL"
    r"|(?:LD|DYLD|SSL|PYTHON|NODE)_.*)"
)
# Providers that work without an entry in the config as soon as their key is there.
KNOWN_PROVIDERS = ("openai", "anthropic", "openrouter", "gemini", "google")


class Environment(msgspec.Struct, frozen=True):
    """The process's surroundings, captured once. home, cwd: absolute. is_container: in Docker, Podman or Kubernetes."""

    variables: Mapping[str, str]
    home: Path
    cwd: Path
    is_container: bool = False

    def __repr__(self) -> str:
        return f"Environment(home={str(self.home)!r}, cwd={str(self.cwd)!r})"  # variables hold secrets

    def get(self, name: str) -> str | None:
        """A variable of the process; an empty one counts as not set."""
        return self.variables.get(name) or None

    def is_on(self, name: str) -> bool:
        """Whether a switch is set: 1, true, yes or on."""
        return (self.get(name) or "").strip().lower() in ("1", "true", "yes", "on")

    def path(self, text: str) -> Path:
        """A path as a person writes it: `~` is the home folder, a relative one starts at the working folder."""
        if text == "~" or text.startswith("~/"):
            return self.home / text[2:]
        return self.cwd / text


def merge_variables(environment: Environment, state_dir: Path, env_section: object) -> dict[str, str]:
    """All variables, highest first: process, ./.env, state folder's .env, the file's `env`, a login shell.

    env_section: the tree at `env`; what is wrong in it is told elsewhere.
    """
    merged = dict(environment.variables)
    if environment.cwd != state_dir:
        for name, value in read_dotenv(environment.cwd / ".env").items():
            if not re.fullmatch(_NOT_FROM_WORKING_FOLDER, name):
                merged.setdefault(name, value)
    for name, value in read_dotenv(state_dir / ".env").items():
        merged.setdefault(name, value)
    section = env_section if isinstance(env_section, dict) else {}
    own = section.get("vars")
    for name, own_value in (own if isinstance(own, dict) else {}).items():
        if isinstance(own_value, str):
            merged.setdefault(name, own_value)
    shell = section.get("shellEnv")
    shell = shell if isinstance(shell, dict) else {}
    if shell.get("enabled") is True or environment.is_on("OPENCLAW_LOAD_SHELL_ENV"):
        timeout_ms = shell.get("timeoutMs", 15_000)
        for name, value in _ask_shell(environment, timeout_ms if isinstance(timeout_ms, int) else 15_000).items():
            merged.setdefault(name, value)
    return merged


def _ask_shell(environment: Environment, timeout_ms: int) -> dict[str, str]:
    """The variables that a login shell sets; none when it fails or takes too long."""
    import subprocess

    shell = environment.get("SHELL") or "/bin/sh"
    if not Path(shell).is_absolute():
        return {}
    try:
        answer = subprocess.run(  # noqa: S603 - the user's own shell, and the user asked for it
            [shell, "-l", "-c", "env -0"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_ms / 1000,
            env=dict(environment.variables),
            check=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    pairs = (line.partition("=") for line in answer.stdout.decode(errors="replace").split("\0"))
    return {name: value for name, sign, value in pairs if name and sign and value}


def find_provider_keys(provider_ids: Mapping[str, object], variables: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """API keys of providers by id: OPENCLAW_LIVE_<P>_KEY alone, or else <P>_API_KEYS, <P>_API_KEY, <P>_API_KEY_*.

    All of them, each key once, in this order; never an empty tuple.
    """
    numbered: dict[str, list[str]] = {}
    for name in sorted(variables):
        before, mark, _ = name.partition("_API_KEY_")
        if mark:
            numbered.setdefault(before, []).append(variables[name])
    keys = {}
    for provider_id in {**dict.fromkeys(KNOWN_PROVIDERS), **provider_ids}:
        name = re.sub(r"[^A-Z0-9]+", "_", provider_id.upper())
        live = variables.get(f"OPENCLAW_LIVE_{name}_KEY", "")
        usual = (
            *re.split(r"[\s,;]+", variables.get(f"{name}_API_KEYS", "")),
            variables.get(f"{name}_API_KEY", ""),
            *numbered.get(name, ()),
        )
        found = tuple(dict.fromkeys(text.strip() for text in ((live,) if live.strip() else usual) if text.strip()))
        if found:
            keys[provider_id] = found
    return keys
