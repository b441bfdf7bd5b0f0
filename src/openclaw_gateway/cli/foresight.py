"""Whether a gateway would start with a configuration; nothing is started, and no program is asked for secrets."""

from typing import NamedTuple

from openclaw_gateway.auth.start_check import UnsafeStart
from openclaw_gateway.config.environment import Environment
from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.key_path import look_up
from openclaw_gateway.config.load import LaunchOptions, Paths, build
from openclaw_gateway.config.secrets import GATEWAY_SECRETS
from openclaw_gateway.config.source import Source


class Foresight(NamedTuple):
    """warnings: what a start would warn of, and what it lacks now. objection: why it would refuse, whatever is done."""

    warnings: tuple[str, ...]
    objection: str | None


def foresee_start(source: Source, paths: Paths, options: LaunchOptions, environment: Environment) -> Foresight:
    """Do the checks of a start that concern bind and credentials. Raises nothing for a source that is valid."""
    if _keeps_secrets_elsewhere(source):
        return Foresight((), None)
    try:
        loaded = build(source, paths, options, environment, wanted=GATEWAY_SECRETS)
    except ConfigInvalid as invalid:  # a reference to a variable that is not set here may be set where it will run
        return Foresight(tuple(issue.for_person() for issue in invalid.issues), None)
    if loaded.config.gateway.mode == "remote":
        return Foresight((), None)
    token, password = loaded.gateway_token, loaded.gateway_password
    if not (token or password) and loaded.auth_mode in (None, "token") and loaded.bind == "loopback":
        return Foresight((), None)  # one is made at the start
    from openclaw_gateway.wire.door import check_config

    try:
        verdict = check_config(loaded)
    except UnsafeStart as unsafe:
        return Foresight((), unsafe.reason)
    return Foresight(verdict.warnings, None)


def _keeps_secrets_elsewhere(source: Source) -> bool:
    """Whether token or password are in a file or asked of a program."""
    values = [look_up(source.tree, path)[1] for path in GATEWAY_SECRETS]
    return any(isinstance(value, dict) and value.get("source") != "env" for value in values)
