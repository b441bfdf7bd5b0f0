"""What the running gateway says of its models: it may have keys that this shell has not, and the other way round."""

import argparse

import msgspec

from openclaw_gateway.cli.answers import read
from openclaw_gateway.cli.console import CommandFailed, Console
from openclaw_gateway.cli.provider_auth import ProviderAuth
from openclaw_gateway.cli.target import connected

# The configuration has the answer too, so nobody is to wait long.
TIMEOUT_S = 3.0


class RunningModel(msgspec.Struct, frozen=True, rename="camel"):
    """One model of the gateway (docs/reference/protocol.md, "models.list")."""

    id: str
    provider: str
    name: str = ""
    alias: str | None = None
    input: tuple[str, ...] = ("text",)
    context_window: int | None = None
    tags: tuple[str, ...] = ()
    available: bool = True
    unavailable_reason: str | None = None

    @property
    def ref(self) -> str:
        """provider/model."""
        return f"{self.provider}/{self.id}"


class _Models(msgspec.Struct):
    models: tuple[RunningModel, ...]


def ask_running(args: argparse.Namespace, console: Console) -> tuple[RunningModel, ...] | None:
    """Its models; None where it does not answer, which is said on stderr."""
    params = {"agentId": args.agent} if args.agent else {}
    try:
        with connected(args, timeout_s=TIMEOUT_S) as gateway:
            return read(gateway.request("models.list", params, timeout_s=TIMEOUT_S), _Models).models
    except CommandFailed as failure:
        console.note(f"Told from the configuration alone: {failure.message}")
        return None


def as_running(auth: ProviderAuth, running: tuple[RunningModel, ...]) -> ProviderAuth:
    """The key of a provider as the gateway has it. Of a provider without models there it says nothing."""
    reasons = {model.unavailable_reason for model in running if model.provider == auth.provider}
    if "missing-auth" in reasons and auth.is_ready:
        return ProviderAuth(auth.provider, "missing", "the running gateway has none: start it anew")
    if reasons and "missing-auth" not in reasons and not auth.is_ready:
        return ProviderAuth(auth.provider, "env", "of the running gateway")
    return auth
