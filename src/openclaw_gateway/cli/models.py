"""`openclaw models`: which models there are, whether they can be asked, and which one is asked first."""

import argparse
from dataclasses import dataclass

from openclaw_gateway.agents.agent import build_agents
from openclaw_gateway.cli.columns import columns
from openclaw_gateway.cli.config_file import ConfigFile
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.model_choice import (
    SETTINGS,
    choose_fallbacks,
    choose_primary,
    list_aliases,
    open_catalog,
    resolve_model,
)
from openclaw_gateway.cli.models_running import RunningModel, ask_running
from openclaw_gateway.cli.models_status import find_models_status
from openclaw_gateway.cli.options import common_options, filled, milliseconds
from openclaw_gateway.cli.provider_auth import find_provider_auth
from openclaw_gateway.cli.target import is_own_gateway
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.config.write import Change, Written
from openclaw_gateway.models.catalog import DEMO_PROVIDER, CatalogRow
from openclaw_gateway.models.provider import is_self_hosted


@dataclass(frozen=True, slots=True)
class _Model:
    """One entry of the list. available: its provider has what it needs, as far as that can be told."""

    key: str
    name: str
    input: str
    context_window: int | None
    local: bool
    available: bool
    tags: tuple[str, ...]
    is_cooling: bool = False

    @property
    def provider(self) -> str:
        """Its provider's id."""
        return self.key.partition("/")[0]

    def document(self) -> dict[str, object]:
        """The original's entry (OpenClaw docs/cli/models.md, "models list")."""
        return {
            "key": self.key,
            "name": self.name,
            "input": self.input,
            "contextWindow": self.context_window,
            "local": self.local,
            "available": self.available,
            "tags": self.tags,
        }


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`models` without an action is `models status`, so both take its options."""
    parser = subparsers.add_parser(
        "models", help="list models, choose one, and see whether it can be asked", parents=[common_options(), _status()]
    )
    parser.set_defaults(agent=None, check=False, probe=False, probe_timeout=8000, plain=False)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")

    def action(name: str, line: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=line, parents=[common_options()])

    actions.add_parser("status", help="what is asked, and with which keys", parents=[common_options(), _status()])
    listing = action("list", "the models of the configuration")
    listing.add_argument("--all", action="store_true", help="accepted: every model that is known is listed")
    listing.add_argument("--local", action="store_true", help="only those on machines of one's own")
    listing.add_argument("--provider", metavar="ID", type=filled, help="only those of this provider")
    listing.add_argument("--plain", action="store_true", help="only their names")
    action("set", "choose the default model").add_argument("model", metavar="MODEL", type=filled)
    for name, line in (("aliases", "short names of models"), ("fallbacks", "whom to ask when the default model fails")):
        parts = action(name, line).add_subparsers(dest="part", metavar="ACTION")
        parts.add_parser("list", help="print them", parents=[common_options()])
        add = parts.add_parser("add", help="add one", parents=[common_options()])
        remove = parts.add_parser("remove", help="take one away", parents=[common_options()])
        if name == "aliases":
            add.add_argument("alias", metavar="ALIAS", type=filled)
            remove.add_argument("alias", metavar="ALIAS", type=filled)
        else:
            remove.add_argument("model", metavar="MODEL", type=filled)
            parts.add_parser("clear", help="take all away", parents=[common_options()])
        add.add_argument("model", metavar="MODEL", type=filled)


def _status() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument("--agent", metavar="ID", type=filled, help="of this agent instead of the defaults")
    options.add_argument("--check", action="store_true", help="exit with 1 when a model in use cannot be asked")
    options.add_argument("--probe", action="store_true", help="also ask the providers in use whether they are there")
    options.add_argument("--probe-timeout", metavar="MS", type=milliseconds, help="milliseconds for each (8000)")
    options.add_argument("--plain", action="store_true", help="only the model's name")
    return options


def run(args: argparse.Namespace, console: Console) -> int:
    """Do the action."""
    actions = {"status": _tell_status, "list": _list, "set": _set, "aliases": _aliases, "fallbacks": _fallbacks}
    return actions[args.action or "status"](args, console)


def _tell_status(args: argparse.Namespace, console: Console) -> int:
    loaded = ConfigFile(args).read()
    choice = loaded.config.agents.defaults.model
    if args.agent is not None:
        agents = {agent_id.lower(): agent for agent_id, agent in build_agents(loaded.config, loaded.state_dir).items()}
        if args.agent.lower() not in agents:
            raise CommandFailed(
                f'Unknown agent id "{args.agent}". Use "openclaw agents list" to see configured agents.'
            )
        choice = agents[args.agent.lower()].model
    running = (ask_running(args, console) if is_own_gateway(args) else None) or ()
    status = find_models_status(loaded, choice, running)
    probes = []
    if args.probe:
        from openclaw_gateway.cli.launch import load_for_client
        from openclaw_gateway.cli.provider_probe import probe_providers

        with_keys = load_for_client(args, with_all_secrets=True)
        with console.working("Asking providers"):
            probes = probe_providers(with_keys, status.providers_in_use, timeout_s=args.probe_timeout / 1000)
    if console.is_json:
        console.document({**status.document(), **({"probes": probes} if args.probe else {})})
    elif args.plain:
        console.answer(status.resolved_default)
    else:
        for line in status.lines():
            console.answer(line)
        for probe in probes:
            console.answer(f"probe      {probe.line}")
    is_ready = status.is_ready and all(probe.ok for probe in probes)
    return Exit.FAILED if args.check and not is_ready else Exit.OK


def _list(args: argparse.Namespace, console: Console) -> int:
    loaded = ConfigFile(args).read()
    running = ask_running(args, console)
    rows = _list_configured(loaded) if running is None else [_tell_running(loaded, model) for model in running]
    rows = [
        row
        for row in rows
        if args.provider in (None, row.provider)
        and (row.local or not args.local)
        # The demo is nobody's model who does not say so.
        and (row.provider != DEMO_PROVIDER or row.tags)
    ]
    if console.is_json:
        console.document({"count": len(rows), "models": [row.document() for row in rows]})
        return Exit.OK
    if args.plain:
        cells = [[row.key] for row in rows]
    else:
        cells = [[row.key, row.input, str(row.context_window or "-"), _state(row), ", ".join(row.tags)] for row in rows]
    for line in columns(cells):
        console.answer(line)
    if not rows:
        console.note("No models are listed; one that is not can be chosen all the same: openclaw models set.")
    return Exit.OK


def _state(row: _Model) -> str:
    return "available" if row.available else "cooling down" if row.is_cooling else "no key"


def _list_configured(loaded: Loaded) -> list[_Model]:
    """What the configuration says by itself."""
    catalog = open_catalog(loaded)
    default_ref = catalog.default_ref
    return [_tell(loaded, row, is_default=row.ref == default_ref) for row in catalog.list()]


def _tell_running(loaded: Loaded, model: RunningModel) -> _Model:
    """What the gateway says; where a provider is, it does not say, but this configuration may know."""
    return _Model(
        key=model.ref,
        name=model.name or model.id,
        input="+".join(model.input),
        context_window=model.context_window,
        local=_is_local(loaded, model.provider),
        available=model.available,
        tags=(*model.tags, f"alias:{model.alias}") if model.alias else model.tags,
        is_cooling=model.unavailable_reason == "cooldown",
    )


def _is_local(loaded: Loaded, provider_id: str) -> bool:
    provider = loaded.config.models.providers.get(provider_id)
    address = provider.base_url if provider else None
    return provider_id == DEMO_PROVIDER or (address is not None and is_self_hosted(address))


def _tell(loaded: Loaded, row: CatalogRow, *, is_default: bool) -> _Model:
    choice = loaded.config.agents.defaults.model
    fallbacks = (choice.fallbacks or ()) if choice else ()
    tags = ["default"] if is_default else []
    tags += [f"fallback#{number}" for number, ref in enumerate(fallbacks, start=1) if ref in (row.ref, row.alias)]
    tags += [f"alias:{row.alias}"] if row.alias else []
    return _Model(
        key=row.ref,
        name=row.name,
        input="+".join(row.input),
        context_window=row.context_window,
        local=_is_local(loaded, row.provider),
        available=find_provider_auth(loaded, row.provider).is_ready,
        tags=tuple(tags),
    )


# --- Changing --------------------------------------------------------------------------------------------------------


def _set(args: argparse.Namespace, console: Console) -> int:
    file = ConfigFile(args)
    loaded = file.read()
    model = resolve_model(loaded, args.model)
    if model.is_unlisted:
        console.warn(f"{model.ref} is not among the models that its provider lists; it is asked for all the same")
    written = file.change([choose_primary(loaded, model.ref)])
    return _report(console, written, {"defaultModel": model.ref}, f"Default model: {model.ref}")


def _aliases(args: argparse.Namespace, console: Console) -> int:
    file = ConfigFile(args)
    loaded = file.read()
    aliases = list_aliases(loaded)
    match args.part:
        case "add":
            ref = resolve_model(loaded, args.model).ref
            if aliases.get(args.alias, ref) != ref or "/" in args.alias:
                raise CommandFailed(
                    f"{args.alias!r} holds a slash, as models do"
                    if "/" in args.alias
                    else f"{args.alias!r} means {aliases[args.alias]}: remove it first"
                )
            written = file.change([Change((*SETTINGS, ref, "alias"), args.alias)])
            return _report(console, written, {"alias": args.alias, "model": ref}, f"{args.alias} means {ref}")
        case "remove":
            if args.alias not in aliases:
                raise CommandFailed(f"there is no alias {args.alias!r}: openclaw models aliases list shows them")
            written = file.change([Change((*SETTINGS, aliases[args.alias], "alias"), is_removal=True)])
            return _report(console, written, {"removed": args.alias}, f"Removed {args.alias}")
    if console.is_json:
        console.document({"aliases": aliases})
    for line in columns([*aliases.items()]) if not console.is_json else ():
        console.answer(line)
    return Exit.OK


def _fallbacks(args: argparse.Namespace, console: Console) -> int:
    file = ConfigFile(args)
    loaded = file.read()
    choice = loaded.config.agents.defaults.model
    refs = list((choice.fallbacks or ()) if choice else ())
    match args.part:
        case "add":
            ref = resolve_model(loaded, args.model).ref
            refs = [*refs, ref] if ref not in refs else refs
        case "remove":
            named = args.model if args.model in refs else resolve_model(loaded, args.model).ref
            if named not in refs:
                raise CommandFailed(f"{named} is no fallback: openclaw models fallbacks list shows them")
            refs.remove(named)
        case "clear":
            refs = []
        case _:
            if console.is_json:
                console.document({"fallbacks": refs})
            for ref in refs if not console.is_json else ():
                console.answer(ref)
            return Exit.OK
    written = file.change([choose_fallbacks(loaded, refs)])
    return _report(console, written, {"fallbacks": refs}, f"Fallbacks: {', '.join(refs) or 'none'}")


def _report(console: Console, written: Written, document: dict[str, object], line: str) -> int:
    if console.is_json:
        console.document({"ok": True, "changed": written.is_changed, "file": str(written.file), **document})
        return Exit.OK
    if written.is_changed:
        console.answer(f"Updated config: {written.file}")
        console.answer(f"Backup: {written.file}.bak")
    console.answer(line)
    return Exit.OK
