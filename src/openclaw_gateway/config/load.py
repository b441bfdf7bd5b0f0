"""From command line, environment and file to one frozen value. Nobody else reads the environment.

    environment = read_environment()
    loaded = load(LaunchOptions(profile="work"), environment)
    loaded.config.gateway.http.endpoints.chat_completions.enabled

The order: find the file, read it with its includes, bring it into one form, fill in variables and secrets, validate.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from openclaw_gateway.config.environment import Environment, find_provider_keys, merge_variables
from openclaw_gateway.config.inherit import inherit
from openclaw_gateway.config.issues import ENVIRONMENT, ConfigInvalid, Issue
from openclaw_gateway.config.key_path import KeyPath, format_key_path
from openclaw_gateway.config.normal_form import Moves, normalise
from openclaw_gateway.config.profile import PROFILE_NAME_RULE, is_profile_name
from openclaw_gateway.config.schema import Config, NoEffect
from openclaw_gateway.config.secrets import ALL_SECRETS, GATEWAY_SECRETS, REMOTE_SECRETS, resolve_secrets
from openclaw_gateway.config.slots import Pattern
from openclaw_gateway.config.source import Source, read_source
from openclaw_gateway.config.substitute import Substitution, Unusable
from openclaw_gateway.config.validate import Fault, validate

DEFAULT_PORT = 18_789
DEV_PORT = 19_001
GENERATED_TOKEN_BYTES = 24

Bind = Literal["auto", "lan", "loopback", "custom", "tailnet"]
ConfiguredMode = Literal["none", "token", "password", "trusted-proxy"]
Origin = Literal["option", "config", "environment", "generated"]

# Variables of parts that we do not have need not exist.
_UNFILLED_ROOTS = frozenset(
    name
    for name, field in zip(Config.__struct_encode_fields__, Config.__struct_fields__, strict=True)
    if Config.__annotations__[field] is NoEffect
)


class LaunchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says; None and False mean that it is silent."""

    profile: str | None = None
    dev: bool = False
    port: int | None = None
    bind: Bind | None = None
    auth: ConfiguredMode | None = None
    token: str | None = None
    password: str | None = None
    allow_unconfigured: bool = False

    def __repr__(self) -> str:
        return f"LaunchOptions(profile={self.profile!r}, dev={self.dev}, port={self.port})"  # not the secrets


class Paths(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are. include_roots: folders besides the config's own that it may include files from."""

    config_path: Path
    state_dir: Path
    profile: str | None
    include_roots: tuple[Path, ...]


class Credential(msgspec.Struct, frozen=True):
    """A shared secret of the gateway and where it came from. "generated": for this start only."""

    value: str
    origin: Origin

    def __repr__(self) -> str:
        return f"Credential(origin={self.origin!r})"

    def place(self, kind: str) -> str:
        """Where a person finds it. kind: token or password."""
        match self.origin:
            case "option":
                return f"--{kind}"
            case "environment":
                return f"OPENCLAW_GATEWAY_{kind.upper()}"
            case "config":
                return f"gateway.auth.{kind}"
            case "generated":
                return f"the {kind} of this start"


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A config and everything that was decided on the way to it.

    source: the files it came from. variables: all that a tool or a skill may be given. auth_mode: None leaves the
    choice to the secrets that exist. workspace: base folder of the agents' workspaces. warnings: lines for a person.
    options: the command line that it was loaded under. refused: what is wrong with the file, if the last good config
    stands in for it.
    """

    config: Config
    options: LaunchOptions
    paths: Paths
    source: Source
    port: int
    bind: Bind
    auth_mode: ConfiguredMode | None
    gateway_token: Credential | None
    gateway_password: Credential | None
    gateway_url: str | None
    handshake_timeout_ms: int
    workspace: Path
    all_provider_keys: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, str]
    environment: Environment
    warnings: tuple[str, ...]
    inactive: tuple[KeyPath, ...] = ()
    refused: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Loaded(path={str(self.path)!r})"  # not the secrets

    @property
    def provider_keys(self) -> Mapping[str, str]:
        """The first key of each provider that has one in the environment."""
        return {provider_id: keys[0] for provider_id, keys in self.all_provider_keys.items()}

    @property
    def path(self) -> Path:
        """The config file."""
        return self.paths.config_path

    @property
    def state_dir(self) -> Path:
        """The folder of everything that the gateway keeps."""
        return self.paths.state_dir

    @property
    def exists(self) -> bool:
        """Whether there is a config file."""
        return self.source.exists

    @property
    def secret_places(self) -> dict[str, str]:
        """Where token and password are set, or would be; for messages."""
        secrets = {"token": self.gateway_token, "password": self.gateway_password}
        return {kind: secret.place(kind) if secret else f"gateway.auth.{kind}" for kind, secret in secrets.items()}

    @property
    def raw_hash(self) -> str:
        """SHA-256 of the config file's bytes in hex, "" without a file."""
        return self.source.raw_hash

    @property
    def ignored_keys(self) -> tuple[str, ...]:
        """Keys of the file that have no effect here, for one line in the log."""
        from openclaw_gateway.config.shape import find_without_effect

        without_effect = [*find_without_effect(self.source.tree), *self.inactive]
        return tuple(format_key_path(path) for path in without_effect)


def read_environment(variables: Mapping[str, str] | None = None) -> Environment:
    """Capture the process's surroundings, once. variables: instead of those of the process."""
    own = os.environ if variables is None else variables
    home = own.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises for users without a home
    try:
        cwd = Path.cwd()
    except FileNotFoundError:  # someone removed the folder that we stand in
        cwd = Path("/")
    is_container = "KUBERNETES_SERVICE_HOST" in own or any(map(os.path.exists, ("/.dockerenv", "/run/.containerenv")))
    return Environment(dict(own), cwd / home, cwd, is_container)


def locate(options: LaunchOptions, environment: Environment) -> Paths:
    """Where config and state are. Raises ConfigInvalid for a profile's name that cannot be a folder's."""
    profile = "dev" if options.dev else options.profile or environment.get("OPENCLAW_PROFILE")
    profile = None if profile == "default" else profile
    folder = ".openclaw" if profile is None else f".openclaw-{profile}"
    named = environment.get("OPENCLAW_STATE_DIR")
    state_dir = environment.path(named) if named else environment.home / folder
    if profile is not None and not is_profile_name(profile):
        name = "OPENCLAW_PROFILE" if options.profile is None else "--profile"
        issue = Issue(name, PROFILE_NAME_RULE, file=ENVIRONMENT, got=repr(profile[:80]))
        raise ConfigInvalid(state_dir, (issue,))
    config = environment.get("OPENCLAW_CONFIG_PATH")
    roots = (environment.get("OPENCLAW_INCLUDE_ROOTS") or "").split(os.pathsep)
    return Paths(
        config_path=environment.path(config) if config else state_dir / "openclaw.json",
        state_dir=state_dir,
        profile=profile,
        include_roots=tuple(environment.path(root) for root in roots if root),
    )


def load(options: LaunchOptions, environment: Environment, *, for_client: bool = False) -> Loaded:
    """Load the config. Raises ConfigInvalid.

    for_client: resolve only the secrets that a client of the gateway needs, and generate none.
    """
    paths = locate(options, environment)
    return build(
        read_source(paths.config_path, paths.include_roots), paths, options, environment, for_client=for_client
    )


def build(
    source: Source,
    paths: Paths,
    options: LaunchOptions,
    environment: Environment,
    *,
    for_client: bool = False,
    wanted: tuple[Pattern, ...] | None = None,
) -> Loaded:
    """Make a config out of a tree as the files say it; the source's tree stays as it is. Raises ConfigInvalid.

    wanted: the secrets to resolve, if neither all nor those of a client; then nothing is made ready for a start.
    """
    is_start = wanted is None and not for_client
    tree = _copy(source.tree)
    moves, faults = normalise(tree)
    variables = merge_variables(environment, paths.state_dir, tree.get("env"))
    substitution = _fill_in(tree, variables, faults)
    if wanted is None:
        wanted = GATEWAY_SECRETS + REMOTE_SECRETS if for_client else ALL_SECRETS
    resolution = resolve_secrets(tree, variables, wanted, {path for path, _ in substitution.unresolved})
    config = _finish(source, tree, moves, faults + resolution.faults)
    unset = [place for place in substitution.unresolved + resolution.unset if place[0] not in resolution.inactive]
    token, password = _gateway_secrets(config, options, variables)
    auth_mode = options.auth or config.gateway.auth.mode
    is_guarded = auth_mode != "none" and (token or password) is not None
    bind = options.bind or config.gateway.bind or _default_bind(environment, is_guarded=is_guarded)
    warnings = [] if for_client else [*source.duplicates(), *_advice(config, source, moves)]
    warnings += [f"{format_key_path(path)}: the variable {name} is not set" for path, name in unset]
    warnings += [*resolution.warnings, *(_exposures(config, source, options, bind) if is_start else ())]
    if is_start and not (options.token or options.password):
        _refuse_unset_secrets(source, unset, auth_mode)
    if is_start and not (token or password) and auth_mode in (None, "token") and bind == "loopback":
        token = Credential(os.urandom(GENERATED_TOKEN_BYTES).hex(), "generated")
        warnings.append("gateway.auth.token: none is set; a token was generated for this start only")
    return Loaded(
        config=config,
        options=options,
        paths=paths,
        source=source,
        port=_port(config, paths, options, variables),
        bind=bind,
        auth_mode=auth_mode,
        gateway_token=token,
        gateway_password=password,
        gateway_url=variables.get("OPENCLAW_GATEWAY_URL") or None,
        handshake_timeout_ms=_handshake_timeout_ms(config, variables),
        workspace=_workspace(config, paths, environment, variables),
        all_provider_keys=find_provider_keys(config.models.providers, variables),
        variables=variables,
        environment=environment,
        warnings=tuple(warnings),
        inactive=tuple(resolution.inactive),
    )


def _fill_in(tree: dict[str, object], variables: Mapping[str, str], faults: list[Fault]) -> Substitution:
    """Put variables in their places; returns what was filled in and what could not be."""
    substitution = Substitution(variables)
    try:
        for key, value in tree.items():
            if key not in _UNFILLED_ROOTS:
                tree[key] = substitution.apply(value, (key,))
    except Unusable as error:
        faults.append(Fault(error.path, error.message))
    return substitution


def _default_bind(environment: Environment, *, is_guarded: bool) -> Bind:
    """A container's loopback is out of everyone's reach, so there it is wider, but never without a secret."""
    return "auto" if environment.is_container and is_guarded else "loopback"


def _copy(tree: dict[str, object]) -> dict[str, object]:
    """A deep copy of objects and lists; copy.deepcopy takes ten times as long."""

    def copied(value: object) -> object:
        if isinstance(value, dict):
            return {key: copied(item) for key, item in value.items()}
        return [copied(item) for item in value] if isinstance(value, list) else value

    return {key: copied(item) for key, item in tree.items()}


def _finish(source: Source, tree: dict[str, object], moves: Moves, faults: list[Fault]) -> Config:
    """Validate; with any fault, raise all of them with their places in the files."""
    from openclaw_gateway.config.checks import check

    config = validate(tree)
    found = config if isinstance(config, list) else list(check(config, tree))
    if faults or found or isinstance(config, list):
        issues = {source.issue(fault, _moved_from(fault.path, moves)): None for fault in faults + found}
        raise ConfigInvalid(source.path, tuple(issues), tuple(source.duplicates()))
    if inherit(tree):
        complete = validate(tree)
        assert not isinstance(complete, list), "parts of a valid config make a valid config"
        return complete
    return config


def _advice(config: Config, source: Source, moves: Moves) -> list[str]:
    """What is probably a slip in the file, each with its place."""
    from openclaw_gateway.config.advice import advise

    return [source.issue(fault, _moved_from(fault.path, moves)).for_person() for fault in advise(config)]


def _exposures(config: Config, source: Source, options: LaunchOptions, bind: Bind) -> Iterator[str]:
    """Who can reach more than a person may have meant."""
    from openclaw_gateway.config.exposure import find_exposed

    yield from find_exposed(source)
    if bind == "auto" and options.bind is None and config.gateway.bind is None:
        yield "gateway.bind is not set, and in a container that is every interface: set it to lan or loopback"


def _refuse_unset_secrets(source: Source, unset: list[tuple[KeyPath, str]], auth_mode: ConfiguredMode | None) -> None:
    """A token made up in the place of one that the file names would let nobody in, and say so nowhere."""
    modes = ("token", "password") if auth_mode is None else (auth_mode,)
    issues = [
        source.issue(Fault(path, f"the variable {name} is not set: export it, or write the secret another way"))
        for path, name in unset
        if path in GATEWAY_SECRETS and path[-1] in modes
    ]
    if issues:
        raise ConfigInvalid(source.path, tuple(issues), tuple(source.duplicates()))


def _moved_from(path: KeyPath, moves: Moves) -> KeyPath:
    for length in range(len(path), 0, -1):
        if (old := moves.get(path[:length])) is not None:
            return old + path[length:]
    return path


def _gateway_secrets(
    config: Config, options: LaunchOptions, variables: Mapping[str, str]
) -> tuple[Credential | None, Credential | None]:
    def choose(option: str | None, configured: str | None, name: str) -> Credential | None:
        if option is not None:
            return Credential(option, "option")
        if configured is not None:
            return Credential(configured, "config")
        return Credential(variables[name], "environment") if variables.get(name) else None

    auth = config.gateway.auth
    return (
        choose(options.token, auth.token, "OPENCLAW_GATEWAY_TOKEN"),
        choose(options.password, auth.password, "OPENCLAW_GATEWAY_PASSWORD"),
    )


def _port(config: Config, paths: Paths, options: LaunchOptions, variables: Mapping[str, str]) -> int:
    if options.port is not None:
        return options.port
    if text := variables.get("OPENCLAW_GATEWAY_PORT"):
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65_535):
            shown = repr(text[:80])
            issue = Issue("OPENCLAW_GATEWAY_PORT", "expected a port from 1 to 65535", file=ENVIRONMENT, got=shown)
            raise ConfigInvalid(paths.config_path, (issue,))
        return int(text)
    if paths.profile == "dev":
        return DEV_PORT
    return config.gateway.port or DEFAULT_PORT


def _handshake_timeout_ms(config: Config, variables: Mapping[str, str]) -> int:
    text = variables.get("OPENCLAW_HANDSHAKE_TIMEOUT_MS", "")
    if text.isascii() and text.isdigit() and int(text[:9]) > 0:
        return int(text[:9])
    return config.gateway.handshake_timeout_ms or 15_000


def _workspace(config: Config, paths: Paths, environment: Environment, variables: Mapping[str, str]) -> Path:
    named = config.agents.defaults.workspace or variables.get("OPENCLAW_WORKSPACE_DIR")
    return environment.path(named) if named else paths.state_dir / "workspace"
