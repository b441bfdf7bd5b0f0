"""The questions of onboarding, for a person at a terminal. Nothing is written here: what comes out is a plan."""

import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

from openclaw_gateway.agents.agent import DEFAULT_NAME
from openclaw_gateway.cli.config_file import ConfigFile
from openclaw_gateway.cli.console import CommandFailed, Console, end_by_sigterm
from openclaw_gateway.cli.first_config import new_token
from openclaw_gateway.cli.onboard_model import ask_model, not_blank
from openclaw_gateway.cli.onboard_plan import ChosenModel, LocalPlan, RemotePlan
from openclaw_gateway.cli.prompts import Choice, Prompts
from openclaw_gateway.config.key_path import look_up
from openclaw_gateway.config.load import Loaded

_RISK = (
    "An agent acts on what a model says, with your rights on this machine, and what the model reads can talk it into "
    "things. You are asked before commands run, unless you choose otherwise."
)
_BINDS: tuple[Choice[str], ...] = (
    Choice("loopback", "This machine only"),
    Choice("lan", "Every interface: others can reach it"),
)
_MODES: tuple[Choice[str], ...] = (
    Choice("ask", "Ask me before a command runs"),
    Choice("allowlist", "Run what I have allowed, refuse the rest"),
    Choice("deny", "Run none"),
    Choice("full", "Run everything, never ask"),
)
# How long a provider may take to list its models.
TRY_S = 10.0


def converse(
    given: LocalPlan | RemotePlan, file: ConfigFile, console: Console, *, knows_risk: bool, flow: str | None
) -> LocalPlan | RemotePlan:
    """Ask a person for what was not given. flow: "quickstart" asks for the model only, None leaves that to the person.

    Raises CommandFailed when the person says no.
    """
    end_by_sigterm()
    current = file.read()
    console.note(f"{file.path} {'is there: what you do not change stays' if current.exists else 'will be written'}.")
    prompts = Prompts(is_coloured=console.is_coloured)
    if not knows_risk:
        console.note(textwrap.fill(_RISK, prompts.columns))
        if not prompts.confirm("Go on?", default=False):
            raise CommandFailed("nothing was written")
    if isinstance(given, RemotePlan):
        return _ask_remote(given, prompts)
    asker = _Asker(current, file, prompts, console)
    plan = asker.ask(given, is_short=flow == "quickstart" or (flow is None and asker.wants_short()))
    if not current.exists:
        plan = plan.settled(current.workspace)
    console.note(_summarise(file.imagine(plan.patch(is_new=not current.exists)), plan))
    if not prompts.confirm("Write this?", default=True):
        raise CommandFailed("nothing was written")
    return plan


@dataclass(frozen=True, slots=True)
class _Asker:
    """The questions about a gateway that runs here."""

    current: Loaded
    file: ConfigFile
    prompts: Prompts
    console: Console

    def wants_short(self) -> bool:
        """Whether the person wants to be asked for the model only."""
        rest = "the rest stays" if self.current.exists else "good defaults for the rest"
        choices = (Choice("model", f"The model; {rest}"), Choice("all", "Everything"))
        return self.prompts.choose("What do you want to choose?", choices) == "model"

    def ask(self, given: LocalPlan, *, is_short: bool) -> LocalPlan:
        """Ask for what is missing in the plan."""
        plan = given
        if plan.model is None and plan.asks_model:
            plan = replace(plan, model=ask_model(self.current, self._try, self.prompts, self.console))
        if is_short:
            return plan if self.current.exists else replace(plan, is_chat_on=True)
        while True:
            asked = _ask_gateway(plan, self.current, self.prompts)
            trouble = self._foresee(asked)
            if trouble is None:
                return _ask_agent(asked, self.current, self.prompts)
            self.console.warn(f"a gateway would not start so: {trouble}")
            plan = replace(plan, port=None, bind=None, auth_mode=None, secret=None)  # what an option said, too

    def _foresee(self, plan: LocalPlan) -> str | None:
        settled = plan if self.current.exists else plan.settled(self.current.workspace)
        return self.file.foresee(settled.patch(is_new=not self.current.exists)).objection

    def _try(self, model: ChosenModel) -> str | None:
        """Why the provider cannot be asked, or None."""
        from openclaw_gateway.cli.provider_probe import probe_providers

        loaded = self.file.imagine(LocalPlan(model=model).patch(is_new=not self.current.exists))
        (probe,) = probe_providers(loaded, [model.provider], timeout_s=TRY_S)
        return None if probe.ok else probe.line


def _ask_remote(given: RemotePlan, prompts: Prompts) -> RemotePlan:
    """Where the gateway is, and what lets us in."""
    url = given.url or prompts.text("WebSocket address of the gateway:", "wss://", objection=_not_a_gateway)
    if given.token is not None or not prompts.confirm("Is there a token to enter?", default=True):
        return RemotePlan(url, given.token)
    return RemotePlan(url, prompts.secret("Its token:", objection=not_blank))


def _summarise(planned: Loaded, plan: LocalPlan) -> str:
    """What will hold, in lines for a person; planned is the configuration as it would be. It holds no secret."""
    from openclaw_gateway.cli.outlook import look_ahead

    outlook = look_ahead(planned)
    mode = planned.auth_mode or "token"
    secret = f"a new {mode}" if plan.secret is not None else f"the {mode} it has"
    workspace = plan.workspace or planned.workspace
    return "\n".join(
        (
            f"  Model      {outlook.model_line}",
            f"  Gateway    {planned.bind}, port {planned.port}, {secret}",
            f"  HTTP       /v1/chat/completions, /v1/responses: {'on' if outlook.is_chat_on else 'off'}",
            f"  Commands   {planned.config.tools.exec.mode}",
            f"  Agent      {outlook.agent}",
            f"  Workspace  {workspace}",
        )
    )


def _ask_gateway(given: LocalPlan, current: Loaded, prompts: Prompts) -> LocalPlan:
    plan = given
    if plan.port is None:
        port = int(prompts.text("Port of the gateway:", str(current.port), objection=_not_a_port))
        plan = replace(plan, port=None if current.exists and port == current.port else port)
    if plan.bind is None:
        bind = current.config.gateway.bind
        is_other = bind is not None and bind not in ("loopback", "lan")
        kept: list[Choice[str]] = [Choice(bind, f"As it is: {bind}")] if bind and is_other else []
        plan = replace(plan, bind=prompts.choose("Who may reach it?", [*kept, *_BINDS], first=bind))
    if plan.auth_mode is None:
        plan = _ask_secret(plan, current, prompts)
    if plan.is_chat_on is None:
        is_on = current.config.gateway.http.endpoints.chat_completions.enabled or not current.exists
        wanted = prompts.confirm("Turn on the OpenAI-compatible endpoints?", default=is_on)
        plan = replace(plan, is_chat_on=None if current.exists and wanted == is_on else wanted)
    return plan


def _ask_secret(plan: LocalPlan, current: Loaded, prompts: Prompts) -> LocalPlan:
    mode = current.auth_mode or "token"
    kept = current.exists and (mode == "none" or look_up(current.source.tree, ("gateway", "auth", mode))[0])
    ways: list[Choice[str]] = [Choice("keep", f"As it is: {mode}")] if kept else []
    ways += [
        Choice("generate", "A token that is generated now"),
        Choice("token", "A token that I enter"),
        Choice("password", "A password that I enter"),
    ]
    way = prompts.choose("How do callers prove themselves?", ways)
    if way == "keep":
        return plan
    if way == "generate":
        return replace(plan, auth_mode="token", secret=new_token())
    return replace(plan, auth_mode=way, secret=prompts.secret(f"The {way}:", objection=not_blank))


def _ask_agent(given: LocalPlan, current: Loaded, prompts: Prompts) -> LocalPlan:
    plan = given
    mode = current.config.tools.exec.mode
    kept: list[Choice[str]] = [] if mode in {choice.value for choice in _MODES} else [Choice(mode, f"As it is: {mode}")]
    chosen = prompts.choose("May agents run commands?", [*kept, *_MODES], first=mode)
    plan = replace(plan, exec_mode=None if chosen == mode and current.exists else chosen)
    if not current.exists and plan.agent_name is None:
        plan = replace(plan, agent_name=prompts.text("Name of the agent:", DEFAULT_NAME, objection=not_blank))
    if not current.exists and plan.workspace is None:
        folder = prompts.text("Folder for its files:", str(current.workspace), objection=not_blank)
        plan = replace(plan, workspace=Path(folder).expanduser().absolute())
    return plan


def _not_a_port(text: str) -> str | None:
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535:
        return None
    return "Expected a number from 1 to 65535."


def _not_a_gateway(text: str) -> str | None:
    scheme, sign, host = text.partition("://")
    return None if sign and host and scheme in ("ws", "wss") else "Expected ws://host:port or wss://host:port."
