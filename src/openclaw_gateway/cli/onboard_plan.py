"""What onboarding was told, by options or by answers, and the configuration that this makes; pure."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from openclaw_gateway.agents.agent import DEFAULT_NAME
from openclaw_gateway.cli.first_config import Section, new_token, tools_section


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """provider: its id. entry: what `models.providers` says of it, empty where the gateway knows enough. model: the
    model's id there.
    """

    provider: str
    entry: Section = field(repr=False)  # it may hold a key
    model: str

    @property
    def ref(self) -> str:
        """For `agents.defaults.model`."""
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True)
class RemotePlan:
    """A client of a gateway elsewhere. url: its WebSocket address."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)

    @property
    def variables(self) -> tuple[str, ...]:
        """None: nothing is looked up in the environment."""
        return ()

    def patch(self, *, is_new: bool) -> Section:  # noqa: ARG002 - the same for both
        """What the configuration says then."""
        token = {} if self.token is None else {"token": self.token}
        return {"gateway": {"mode": "remote", "remote": {"url": self.url, "transport": "direct", **token}}}


@dataclass(frozen=True, slots=True)
class LocalPlan:
    """A gateway that runs here, its model and its agent. None: as it is, or as it is by default.

    secret: the token or password of auth_mode, or a reference to it. is_chat_on: both OpenAI-compatible endpoints.
    asks_model: a person who is asked is asked for one, too. has_bootstrap: first files are written into workspaces.
    """

    workspace: Path | None = None
    agent_name: str | None = None
    model: ChosenModel | None = None
    asks_model: bool = True
    port: int | None = None
    bind: str | None = None
    auth_mode: str | None = None
    secret: object = field(default=None, repr=False)
    is_chat_on: bool | None = None
    exec_mode: str | None = None
    has_bootstrap: bool = True

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that the configuration counts on then."""
        secrets = (None if self.model is None else self.model.entry.get("apiKey"), self.secret)
        return tuple(str(secret["id"]) for secret in secrets if isinstance(secret, dict))

    def settled(self, workspace: Path) -> "LocalPlan":
        """With what a first configuration needs beyond it, a token among that. workspace: unless it names one."""
        mode = self.auth_mode or "token"
        secret = new_token() if self.secret is None and mode != "none" else self.secret
        return replace(
            self,
            workspace=self.workspace or workspace,
            agent_name=self.agent_name or DEFAULT_NAME,
            bind=self.bind or "loopback",
            auth_mode=mode,
            secret=secret,
        )

    def patch(self, *, is_new: bool) -> Section:
        """What the configuration says then. What is not named here stays."""
        agents = self._agents()
        patch: Section = {"gateway": self._gateway(), **({"agents": agents} if agents else {})}
        if self.model is not None and self.model.entry:
            patch["models"] = {"providers": {self.model.provider: self.model.entry}}
        tools: Section = {"profile": "full", **tools_section()} if is_new else {}
        if self.exec_mode is not None:
            tools["exec"] = {"mode": self.exec_mode}
        return {**patch, "tools": tools} if tools else patch

    def _gateway(self) -> Section:
        gateway: Section = {"mode": "local"}
        named = {"port": self.port, "bind": self.bind}
        gateway.update({key: value for key, value in named.items() if value is not None})
        if self.auth_mode is not None:
            secret = {} if self.secret is None else {self.auth_mode: self.secret}
            gateway["auth"] = {"mode": self.auth_mode, **secret}
        if self.is_chat_on is not None:
            endpoints = {name: {"enabled": self.is_chat_on} for name in ("chatCompletions", "responses")}
            gateway["http"] = {"endpoints": endpoints}
        return gateway

    def _agents(self) -> Section:
        agent: Section = {}
        if self.agent_name is not None:
            agent = {"name": self.agent_name, "identity": {"name": self.agent_name}}
        if self.workspace is not None:
            agent["workspace"] = str(self.workspace)
        defaults: Section = {} if self.has_bootstrap else {"skipBootstrap": True}
        if self.model is not None:
            defaults["model"] = {"primary": self.model.ref}
        return {
            **({"entries": {"main": agent}} if agent else {}),
            **({"defaults": defaults} if defaults else {}),
        }


def reference(variable: str) -> Section:
    """A secret that stays in the environment."""
    return {"source": "env", "provider": "default", "id": variable}
