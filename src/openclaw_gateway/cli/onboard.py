"""`openclaw onboard`: a configuration with a model, written after questions, or without any for `--non-interactive`.

Options, document and effects are the original's (OpenClaw docs/cli/onboard.md and OpenClaw
docs/start/wizard-cli-automation.md) for the parts that exist here. What options name is not asked. A model that options
name is not tried; the gateway tells at the first turn what is wrong with it.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from openclaw_gateway import COMPATIBLE_VERSION
from openclaw_gateway.cli.config_file import ConfigFile
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.first_config import CustomEndpoint, Section
from openclaw_gateway.cli.launch import launch_options
from openclaw_gateway.cli.next_steps import tell_next_steps
from openclaw_gateway.cli.onboard_plan import ChosenModel, LocalPlan, RemotePlan, reference
from openclaw_gateway.cli.options import common_options, filled, port_number
from openclaw_gateway.cli.prompts import can_ask
from openclaw_gateway.cli.workspaces import set_up_workspaces
from openclaw_gateway.config.load import DEFAULT_PORT, DEV_PORT, Loaded
from openclaw_gateway.models.known_providers import KEYS

# Parts that do not exist here: to skip them is what happens anyway.
_SKIPPABLE = ("channels", "skills", "search", "health", "ui", "hooks", "daemon")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of `onboard`."""
    parser = subparsers.add_parser(
        "onboard",
        help="write a configuration with a model",
        parents=[common_options()],
        description="Write a configuration with a model, after asking you. One that exists is changed.",
    )
    parser.add_argument("--non-interactive", action="store_true", help="ask nothing; needs --accept-risk")
    parser.add_argument("--accept-risk", action="store_true", help="agents act on what models say: you know")
    parser.add_argument("--mode", choices=["local", "remote"], default="local", help="a gateway here, or elsewhere")
    parser.add_argument(
        "--flow", choices=["quickstart", "manual", "advanced"], help="quickstart: ask for the model only"
    )
    parser.add_argument("--workspace", metavar="FOLDER", type=filled, help="where the agent keeps its files")
    parser.add_argument("--agent-name", metavar="NAME", type=filled, help="the agent's name (OpenClaw)")
    _add_model_options(parser)
    _add_gateway_options(parser)
    service = parser.add_mutually_exclusive_group()
    service.add_argument("--install-daemon", action="store_true", help="refused: there is no service control yet")
    service.add_argument("--no-install-daemon", action="store_true", help="accepted, without effect")
    parser.add_argument("--skip-bootstrap", action="store_true", help="write no first files into workspaces")
    for part in _SKIPPABLE:
        parser.add_argument(f"--skip-{part}", action="store_true", help="accepted")


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("model")
    group.add_argument("--auth-choice", metavar="ID", help="skip: no model")
    for _, provider, _ in KEYS:
        group.add_argument(f"--{provider}-api-key", metavar="KEY", type=filled, help=f"use {provider}, with this key")
    group.add_argument("--custom-base-url", metavar="URL", type=_http_url, help="a model's server of your own")
    group.add_argument("--custom-model-id", metavar="ID", type=filled, help="the model's id there")
    group.add_argument("--custom-api-key", metavar="KEY", type=filled, help="the key there, if it needs one")
    group.add_argument("--custom-provider-id", metavar="ID", type=filled, help="its name in the configuration")
    group.add_argument(
        "--custom-compatibility",
        choices=["openai", "openai-responses", "anthropic"],
        default="openai",
        help="what it speaks",
    )
    sight = group.add_mutually_exclusive_group()
    sight.add_argument("--custom-image-input", action="store_true", help="it reads images")
    sight.add_argument("--custom-text-input", action="store_true", help="it reads text only")
    group.add_argument(
        "--secret-input-mode",
        choices=["plaintext", "ref"],
        default="plaintext",
        help="ref: keys stay in the environment",
    )


def _add_gateway_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("gateway")
    group.add_argument("--gateway-port", type=port_number, help="TCP port (18789)")
    group.add_argument(
        "--gateway-bind", choices=["loopback", "lan", "auto", "custom"], help="where to listen (loopback)"
    )
    group.add_argument("--gateway-auth", choices=["token", "password"], help="how callers prove themselves (token)")
    secret = group.add_mutually_exclusive_group()
    secret.add_argument("--gateway-token", metavar="TOKEN", type=filled, help="else one is generated")
    secret.add_argument("--gateway-token-ref-env", metavar="NAME", type=filled, help="variable that holds the token")
    secret.add_argument("--gateway-password", metavar="PASSWORD", type=filled, help="the shared password")
    group.add_argument("--remote-url", metavar="URL", type=filled, help="with --mode remote: its WebSocket address")
    group.add_argument("--remote-token", metavar="TOKEN", type=filled, help="with --mode remote: its token")


def run(args: argparse.Namespace, console: Console) -> int:
    """Write the configuration and the folders, and say what was chosen."""
    _check(args)
    file = ConfigFile(args)
    current = file.read()
    plan = _remote(args) if args.mode == "remote" else _local(args)
    if not args.non_interactive:
        from openclaw_gateway.cli.onboard_dialogue import converse

        plan = converse(plan, file, console, knows_risk=args.accept_risk, flow=args.flow)
    if isinstance(plan, LocalPlan) and not current.exists:
        plan = plan.settled(current.workspace)
    return _write(args, plan, current, file, console)


def _write(
    args: argparse.Namespace, plan: LocalPlan | RemotePlan, current: Loaded, file: ConfigFile, console: Console
) -> int:
    """All that onboarding writes: the folders, then the configuration in one step, then first files of agents."""
    patch = plan.patch(is_new=not current.exists)
    foresight = file.foresee(patch)
    if foresight.objection:
        raise CommandFailed(f"a gateway would not start so, and nothing was written: {foresight.objection}")
    workspace = (plan.workspace if isinstance(plan, LocalPlan) else None) or current.workspace
    if isinstance(plan, LocalPlan):
        file.make_folders(workspace)
    file.merge({**patch, "wizard": _note_of_this_run(args)})
    written = file.read()
    if isinstance(plan, LocalPlan):
        set_up_workspaces(written, console)
    if console.is_json:
        console.document(_document(args, plan, workspace, written))
        return Exit.OK
    console.answer(f"Wrote {file.path}")
    for warning in foresight.warnings:
        console.warn(warning)
    for variable in plan.variables:
        if not written.variables.get(variable):
            console.note(f"Now export {variable}: the configuration names it and does not hold it.")
    if isinstance(plan, LocalPlan):
        tell_next_steps(written, launch_options(args), console)
    return Exit.OK


def _note_of_this_run(args: argparse.Namespace) -> Section:
    return {
        "lastRunAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lastRunVersion": COMPATIBLE_VERSION,
        "lastRunCommand": "onboard",
        "lastRunMode": args.mode,
    }


def _check(args: argparse.Namespace) -> None:
    """What no single option can say."""
    if not args.non_interactive and not can_ask():
        raise _usage("nobody can be asked here: say --non-interactive --accept-risk")
    if args.non_interactive and not args.accept_risk:
        raise _usage("agents act on what models say, with your rights: say that you know with --accept-risk")
    if args.install_daemon:
        raise CommandFailed(
            "--install-daemon: there is no service control yet; let your supervisor run openclaw gateway"
        )
    if args.non_interactive and args.mode == "remote" and args.remote_url is None:
        raise _usage("--mode remote needs --remote-url")
    if (args.custom_base_url is None) != (args.custom_model_id is None):
        raise _usage("--custom-base-url and --custom-model-id belong together")
    if args.gateway_auth == "password" and args.gateway_password is None:
        raise _usage("--gateway-auth password needs --gateway-password")
    keys = [provider for _, provider, _ in KEYS if _key_option(args, provider)]
    if len(keys) + (args.custom_base_url is not None) > 1:
        raise _usage("more than one model was given: choose one provider")


def _usage(message: str) -> CommandFailed:
    return CommandFailed(message, exit_code=Exit.USAGE)


def _key_option(args: argparse.Namespace, provider: str) -> str | None:
    key: str | None = getattr(args, f"{provider}_api_key")
    return key


def _remote(args: argparse.Namespace) -> RemotePlan:
    return RemotePlan(args.remote_url, args.remote_token)


def _local(args: argparse.Namespace) -> LocalPlan:
    """What the options name."""
    secret: object = args.gateway_token or args.gateway_password
    if args.gateway_token_ref_env is not None:
        secret = reference(args.gateway_token_ref_env)
    mode = args.gateway_auth
    if mode is None and secret is not None:
        mode = "token" if args.gateway_password is None else "password"
    return LocalPlan(
        workspace=Path(args.workspace).expanduser().absolute() if args.workspace else None,
        agent_name=args.agent_name,
        model=_model(args),
        asks_model=args.auth_choice != "skip",
        port=args.gateway_port,
        bind=args.gateway_bind,
        auth_mode=mode,
        secret=secret,
        has_bootstrap=not args.skip_bootstrap,
    )


def _model(args: argparse.Namespace) -> ChosenModel | None:
    is_reference = args.secret_input_mode == "ref"  # noqa: S105 - a way to keep secrets, not one
    if args.auth_choice == "skip":
        return None
    if args.custom_base_url is not None:
        endpoint = CustomEndpoint(
            args.custom_base_url,
            args.custom_model_id,
            api_key=reference("CUSTOM_API_KEY") if is_reference else args.custom_api_key,
            provider_id=args.custom_provider_id,
            compatibility=args.custom_compatibility,
            accepts_images=args.custom_image_input,
        )
        return ChosenModel(endpoint.provider, endpoint.entry(), endpoint.model_id)
    for variable, provider, model in KEYS:
        key = _key_option(args, provider)
        if key is not None:
            return ChosenModel(provider, {"apiKey": reference(variable) if is_reference else key}, model)
    return None


def _document(args: argparse.Namespace, plan: LocalPlan | RemotePlan, workspace: Path, written: Loaded) -> Section:
    """What was written, read back: what was not asked for has stayed."""
    gateway = written.config.gateway
    model = plan.model if isinstance(plan, LocalPlan) else None
    return {
        "ok": True,
        "mode": args.mode,
        "workspace": str(workspace),
        "authChoice": args.auth_choice or ("skip" if model is None else f"{model.provider}-api-key"),
        "gateway": {
            "port": gateway.port or (DEV_PORT if written.paths.profile == "dev" else DEFAULT_PORT),
            "bind": gateway.bind or "loopback",
            "authMode": gateway.auth.mode or "token",
            "tailscaleMode": "off",
        },
        "installDaemon": False,
        "skipSkills": args.skip_skills,
        "skipHealth": args.skip_health,
    }


def _http_url(text: str) -> str:
    from urllib.parse import urlsplit

    address = urlsplit(text)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise argparse.ArgumentTypeError(f"expected http://... or https://..., got {text!r}")
    return text.rstrip("/")
