"""What a person does after a configuration was written: what is missing in it, where its token is, how to start."""

from openclaw_gateway.cli.console import Console
from openclaw_gateway.cli.launch import command_line
from openclaw_gateway.config.key_path import look_up
from openclaw_gateway.config.load import LaunchOptions, Loaded


def tell_next_steps(loaded: Loaded, options: LaunchOptions, console: Console) -> None:
    """Notes on stderr."""
    from openclaw_gateway.cli.outlook import CHAT_KEY, look_ahead  # half of a command's imports, used at its end

    outlook = look_ahead(loaded)
    if outlook.model:
        console.note(f"Model: {outlook.model_line}")
    else:
        console.warn(f"{outlook.problem}, or run: {command_line(options, 'onboard')}")
    if where := _where_is_the_secret(loaded):
        console.note(where)
    if outlook.is_chat_on:
        console.note("POST /v1/chat/completions is on.")
    else:
        turn_on = command_line(options, f"config set {CHAT_KEY} true")
        console.note(f"POST /v1/chat/completions is off. Turn it on with: {turn_on}")
    console.note(f"Start the gateway with: {command_line(options, 'gateway')}")
    console.note(f"Then ask it with: {command_line(options, 'agent --message hi')}")


def _where_is_the_secret(loaded: Loaded) -> str:
    mode = loaded.auth_mode or "token"
    found, secret = look_up(loaded.source.tree, ("gateway", "auth", mode))
    if not found:
        return ""
    if isinstance(secret, dict):
        return f"The {mode} comes from {secret.get('source')} {secret.get('id')}."
    return f"The {mode} is in {loaded.path}, under gateway.auth.{mode}."
