"""`secrets`: where SecretRefs find their values. A ref stands in a secret field of the file; loading replaces it."""

# ruff: noqa: RUF012 - msgspec gives each instance its own copy of an empty dict

from typing import Annotated, Literal

from msgspec import Meta

from openclaw_gateway.config.schema.values import NoEffect, Positive, Section

Alias = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
EnvName = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,127}$")]
TimeoutMs = Annotated[int, Meta(ge=1, le=120_000)]
MaxBytes = Annotated[int, Meta(ge=1, le=20 * 1024 * 1024)]


class SecretRef(Section, frozen=True):
    """A secret by name: `{"source": "env", "provider": "default", "id": "OPENAI_API_KEY"}`."""

    source: Literal["env", "file", "exec", "store"]
    id: Annotated[str, Meta(min_length=1, max_length=4096)]
    provider: Alias | None = None


class EnvSecrets(Section, frozen=True, tag_field="source", tag="env"):
    """Variables of the environment. allowlist: None is all."""

    allowlist: tuple[EnvName, ...] | None = None


class FileSecrets(Section, frozen=True, tag_field="source", tag="file"):
    """A private file: JSON that ids point into, or one value."""

    path: Annotated[str, Meta(min_length=1)]
    mode: Literal["json", "singleValue"] = "json"
    timeout_ms: TimeoutMs = 5_000
    max_bytes: MaxBytes = 1_048_576


class ExecSecrets(Section, frozen=True, tag_field="source", tag="exec"):
    """A program that is asked on stdin and answers on stdout."""

    command: Annotated[str, Meta(min_length=1)]
    args: tuple[str, ...] = ()
    timeout_ms: TimeoutMs = 5_000
    no_output_timeout_ms: TimeoutMs | None = None
    max_output_bytes: MaxBytes = 1_048_576
    json_only: bool = True
    env: dict[str, str] = {}
    pass_env: tuple[EnvName, ...] = ()
    trusted_dirs: tuple[str, ...] = ()


class StoreSecrets(Section, frozen=True, tag_field="source", tag="store"):
    """Values in the state database; not available in this release."""


class SecretDefaults(Section, frozen=True):
    """The provider of a ref that names none, per source."""

    env: Alias = "default"
    file: Alias = "default"
    exec: Alias = "default"
    store: Alias = "default"


class Resolution(Section, frozen=True):
    """Bounds of resolving; read and ignored, every ref is resolved once at start."""

    max_provider_concurrency: Positive | None = None
    max_refs_per_provider: Positive | None = None
    max_batch_bytes: Positive | None = None


class Secrets(Section, frozen=True):
    """Where SecretRefs find their values."""

    providers: dict[str, EnvSecrets | FileSecrets | ExecSecrets | StoreSecrets] = {}
    defaults: SecretDefaults = SecretDefaults()
    resolution: Resolution = Resolution()
    egress_proxy: NoEffect = None
