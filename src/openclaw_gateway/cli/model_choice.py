"""Models as the configuration names them: what a name means, and the changes that choose another."""

from collections.abc import Sequence
from dataclasses import dataclass

from openclaw_gateway.cli.console import CommandFailed
from openclaw_gateway.config.key_path import look_up
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.config.write import Change
from openclaw_gateway.errors import NotFound
from openclaw_gateway.models.catalog import Catalog
from openclaw_gateway.models.http_client import HttpClient

MODEL = ("agents", "defaults", "model")
SETTINGS = ("agents", "defaults", "models")


@dataclass(frozen=True, slots=True)
class NamedModel:
    """ref: provider/model. is_unlisted: its provider lists models, and not this one."""

    ref: str
    is_unlisted: bool


def open_catalog(loaded: Loaded) -> Catalog:
    """The models of a configuration; nothing is connected."""
    return Catalog.build(loaded.config, loaded.provider_keys, HttpClient())


def resolve_model(loaded: Loaded, named: str) -> NamedModel:
    """What an alias, provider/model or the id of a listed model means. Raises CommandFailed."""
    catalog = open_catalog(loaded)
    try:
        model = catalog.resolve(named)
    except NotFound as error:
        provider, slash, _ = named.partition("/")
        reason = f'Unknown model provider "{provider}". ' if slash else ""
        raise CommandFailed(f"{reason}{error.message}") from error
    ref = f"{model.provider}/{model.id}"
    listed = {row.ref for row in catalog.list() if row.provider == model.provider}
    return NamedModel(ref, is_unlisted=bool(listed) and ref not in listed)


def choose_primary(loaded: Loaded, ref: str) -> Change:
    """Make it the default model, and keep what else is said there."""
    if isinstance(look_up(loaded.source.tree, MODEL)[1], dict):
        return Change((*MODEL, "primary"), ref)
    return Change(MODEL, {"primary": ref})


def choose_fallbacks(loaded: Loaded, refs: Sequence[str]) -> Change:
    """Make these the ones to ask when the default model fails."""
    choice = look_up(loaded.source.tree, MODEL)[1]
    if isinstance(choice, str):
        return Change(MODEL, {"primary": choice, "fallbacks": list(refs)})
    return Change((*MODEL, "fallbacks"), list(refs))


def list_aliases(loaded: Loaded) -> dict[str, str]:
    """Short name -> provider/model."""
    settings = loaded.config.agents.defaults.models
    return {model.alias: ref for ref, model in settings.items() if model.alias}
