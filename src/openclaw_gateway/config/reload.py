"""A config that changed while the gateway runs: what of it can be taken over at once, decided from two values alone.

An edit is taken over as a whole or not at all, so that what is in force is always a config that somebody wrote: if one
of its changes needs a restart, the others wait with it.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple

import msgspec

from openclaw_gateway.config.issues import ConfigInvalid, Issue
from openclaw_gateway.config.key_path import KeyPath, format_key_path
from openclaw_gateway.config.load import Loaded, load

# Whether a change below this path can be taken over while the gateway runs. The longest path that fits decides; what
# none fits needs a restart. Source: OpenClaw docs/gateway/configuration.md, "What hot-applies vs what needs a restart".
_IS_HOT: Mapping[KeyPath, bool] = {
    ("$schema",): True,
    ("agents",): True,
    ("agents", "defaults", "maxConcurrent"): False,  # the lanes are as wide as they were made
    ("auth",): True,
    ("commands",): True,
    ("diagnostics",): True,
    ("env",): True,
    ("gateway", "allowRealIpFallback"): True,
    ("gateway", "auth", "identityScopes"): True,
    ("gateway", "auth", "password"): True,
    ("gateway", "auth", "rateLimit"): True,
    ("gateway", "auth", "token"): True,
    ("gateway", "auth", "trustedProxy"): True,
    ("gateway", "controlUi", "allowedOrigins"): True,
    ("gateway", "controlUi", "dangerouslyAllowHostHeaderOriginFallback"): True,
    ("gateway", "http"): True,
    ("gateway", "publicOrigin"): True,
    ("gateway", "reload"): True,
    ("gateway", "remote"): True,
    ("gateway", "tools"): True,
    ("gateway", "trustedProxies"): True,
    ("logging", "consoleLevel"): True,
    ("logging", "level"): True,
    ("mcp",): True,
    ("memory",): True,
    ("messages",): True,
    ("meta",): True,
    ("models",): True,
    ("secrets",): True,
    ("session",): True,
    ("skills",): True,
    ("tools",): True,
}
_PORT: KeyPath = ("gateway", "port")
_BIND: KeyPath = ("gateway", "bind")
_MODE: KeyPath = ("gateway", "auth", "mode")
_TOKEN: KeyPath = ("gateway", "auth", "token")
_PASSWORD: KeyPath = ("gateway", "auth", "password")
_PROVIDERS: KeyPath = ("models", "providers")

State = Literal["current", "invalid", "restartRequired", "notApplied"]


class Changes(NamedTuple):
    """The paths that changed, spelled as in messages. hot: can be taken over now; restart: cannot."""

    hot: tuple[str, ...]
    restart: tuple[str, ...]


class ConfigState(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Which config is in force, and what is to be said of the one on disk.

    running, on_disk: revisions, SHA-256 in hex, "" for no file. state: "current" (they are one), "invalid" (problems
    say why), "restartRequired" (restart_paths say for what), "notApplied" (gateway.reload.mode is off).
    is_last_good: the gateway was started with the last config that worked, because the one on disk did not.
    """

    running: str
    on_disk: str
    state: State = "current"
    problems: tuple[str, ...] = ()
    restart_paths: tuple[str, ...] = ()
    is_last_good: bool = False


class NotTaken(Exception):
    """A valid config that this gateway may not run with; the text says why."""


def load_again(running: Loaded) -> Loaded:
    """The config as its files say it now, under the command line and environment of the start. Raises ConfigInvalid."""
    new = load(running.options, running.environment)
    if running.exists and not new.exists:
        raise ConfigInvalid(new.path, (Issue("<root>", "the file is gone", file=new.path.name),))
    old_token, token = running.gateway_token, new.gateway_token
    if token is not None and old_token is not None and token.origin == old_token.origin == "generated":
        return msgspec.structs.replace(new, gateway_token=old_token)
    return new


def compare(old: Loaded, new: Loaded) -> Changes:
    """Tell the changes between two configs apart."""
    from openclaw_gateway.config.shape import find_without_effect

    # The command line and the environment may overrule these, so what counts is what came out.
    settled = {
        _PORT: old.port == new.port,
        _BIND: old.bind == new.bind,
        _MODE: _auth_mode(old) == _auth_mode(new) and not _lost_token(old, new),
    }
    restart = [path for path, is_same in settled.items() if not is_same]
    # The environment's files may bring these too, and then no key of the config changes.
    brought = {
        _TOKEN: old.gateway_token == new.gateway_token,
        _PASSWORD: old.gateway_password == new.gateway_password,
        _PROVIDERS: old.all_provider_keys == new.all_provider_keys,
    }
    hot = [path for path, is_same in brought.items() if not is_same]
    idle = {*find_without_effect(old.source.tree), *find_without_effect(new.source.tree)}
    for path in _changed(msgspec.to_builtins(old.config), msgspec.to_builtins(new.config), ()):
        if path not in settled and path not in hot and not _is_idle(path, idle):
            (hot if is_hot(path) else restart).append(path)
    return Changes(tuple(map(format_key_path, hot)), tuple(map(format_key_path, restart)))


def _auth_mode(loaded: Loaded) -> str:
    return loaded.auth_mode or ("password" if loaded.gateway_password and not loaded.gateway_token else "token")


def _lost_token(old: Loaded, new: Loaded) -> bool:
    """A token that is made up is told to the operator at a start, so one is made at a start only."""
    made = new.gateway_token is not None and new.gateway_token.origin == "generated"
    return made and new.gateway_token != old.gateway_token


def _is_idle(path: KeyPath, idle: Collection[KeyPath]) -> bool:
    """Whether the path is, or is below, one of those that have no effect here."""
    return any(path[:length] in idle for length in range(1, len(path) + 1))


def is_hot(path: KeyPath) -> bool:
    """Whether a change at this path can be taken over while the gateway runs."""
    rules = (_IS_HOT.get(path[:length]) for length in range(len(path), 0, -1))
    return next((rule for rule in rules if rule is not None), False)


def _changed(old: object, new: object, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            if key not in old or key not in new:
                yield (*path, key)
            else:
                yield from _changed(old[key], new[key], (*path, key))
    elif old != new:
        yield path
