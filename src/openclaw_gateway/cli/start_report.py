"""What `openclaw gateway` says once it listens: where, for whom, with which agent and model, and what is off."""

from typing import TYPE_CHECKING

from openclaw_gateway.cli.console import Console
from openclaw_gateway.cli.generated_token import write_generated_token
from openclaw_gateway.cli.launch import command_line
from openclaw_gateway.cli.outlook import CHAT_KEY, outlook_of
from openclaw_gateway.config.load import LaunchOptions, Loaded

if TYPE_CHECKING:
    from openclaw_gateway.gateway import Gateway


def report_start(gateway: "Gateway", options: LaunchOptions, console: Console) -> None:
    """Lines for the operator; the addresses come last, for whoever waits for them."""
    loaded = gateway.loaded
    prepared = gateway.services.prepared
    outlook = outlook_of(prepared.config, prepared.agents, prepared.index, prepared.catalog)
    console.answer(f"bind: {_bind(loaded, options)}; auth: {_auth(gateway)}")
    if is_generated(loaded) and loaded.gateway_token is not None:
        path = write_generated_token(loaded.state_dir, loaded.gateway_token.value)
        console.answer(f"token of this start: in {path}; commands on this machine find it there")
    console.answer(f"default agent: {outlook.agent}; model: {outlook.model_line}")
    if outlook.problem:
        console.warn(f"no agent can answer: {outlook.problem}" if not outlook.model else outlook.problem)
    turn_on = command_line(options, f"config set {CHAT_KEY} true")
    console.answer("POST /v1/chat/completions: " + ("on" if outlook.is_chat_on else f"off; turn it on with: {turn_on}"))
    for host, port in gateway.addresses:
        console.answer(f"http server listening on {f'[{host}]' if ':' in host else host}:{port}")


def is_generated(loaded: Loaded) -> bool:
    """Whether the token was made for this start."""
    return loaded.gateway_token is not None and loaded.gateway_token.origin == "generated"


def _bind(loaded: Loaded, options: LaunchOptions) -> str:
    if loaded.bind == "auto" and options.bind is None and loaded.config.gateway.bind is None:
        return "auto, which is every interface: the default inside a container"
    return {"lan": "lan, which is every interface", "auto": "auto, which is every interface"}.get(
        loaded.bind, loaded.bind
    )


def _auth(gateway: "Gateway") -> str:
    mode = gateway.verdict.mode
    return mode if mode == "none" else f"{mode} ({gateway.loaded.secret_places[mode]})"
