"""The questions of onboarding about the model: which one, its key, and whether its provider takes it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from openclaw_gateway.cli.console import Console
from openclaw_gateway.cli.first_config import CustomEndpoint, Section
from openclaw_gateway.cli.onboard_plan import ChosenModel, reference
from openclaw_gateway.cli.prompts import Choice, Prompts
from openclaw_gateway.config.key_path import look_up
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.models.catalog import DEMO_MODEL, DEMO_PROVIDER
from openclaw_gateway.models.discovery import Discovered, find_keys, find_local, list_models
from openclaw_gateway.models.forms import openai_url
from openclaw_gateway.models.known_providers import KEYS

LISTING_S = 5.0

# What a provider says to what was chosen: None when it answers.
Check = Callable[[ChosenModel], str | None]
_Other = Literal["keep", "custom", "demo", "none"]
_Option = Discovered | tuple[str, str, str] | _Other


def ask_model(current: Loaded, check: Check, prompts: Prompts, console: Console) -> ChosenModel | None:
    """Ask until a provider answers, or the person wants it all the same. None: as it is. check: asks the provider."""
    model = current.config.agents.defaults.model
    primary = model.primary if model else None
    console.note("Looking for models ...")
    options = list(_options(primary, current.variables))
    while True:
        chosen = _ask_one(prompts.choose("Which model?", options), current, prompts)
        if chosen is None or chosen.provider == DEMO_PROVIDER:
            return chosen
        if isinstance(chosen.entry.get("apiKey"), dict):
            return chosen  # the variable may be set later
        console.note(f"Asking {chosen.provider} ...")
        trouble = check(chosen)
        if trouble is None:
            console.note(f"{chosen.provider} answers.")
            return _with_known_models(chosen, current)
        console.warn(trouble)
        if prompts.choose("And now?", (Choice("again", "Choose again"), Choice("use", "Use it all the same"))) == "use":
            return _with_known_models(chosen, current)


def _options(primary: str | None, variables: Mapping[str, str]) -> Iterator[Choice[_Option]]:
    if primary:
        yield Choice("keep", f"Keep {primary}")
    for found in [*find_keys(variables), *asyncio.run(find_local())]:
        yield Choice(found, found.description)
    for variable, provider, model in KEYS:
        yield Choice((variable, provider, model), f"{provider}, with a key of yours")
    yield Choice("custom", "A model server of your own")
    yield Choice("demo", "The demo: scripted answers, no key")
    if not primary:
        yield Choice("none", "None yet")


def _ask_one(option: _Option, current: Loaded, prompts: Prompts) -> ChosenModel | None:
    match option:
        case "keep" | "none":
            return None
        case "demo":
            return ChosenModel(DEMO_PROVIDER, {}, DEMO_MODEL)
        case "custom":
            return _ask_custom(prompts)
        case Discovered():
            return ChosenModel(option.provider_id, dict(option.provider), option.ref.partition("/")[2])
        case (variable, provider, model):
            entry = _ask_key(variable, provider, current, prompts)
            return ChosenModel(provider, entry, prompts.text("Model id:", model, objection=not_blank))


def _ask_key(variable: str, provider: str, current: Loaded, prompts: Prompts) -> Section:
    """The provider's entry: with its key, with the name of a variable, or as it is."""
    kept = look_up(current.source.tree, ("models", "providers", provider, "apiKey"))[0]
    ways: list[Choice[str]] = [Choice("keep", "Keep the one it has")] if kept else []
    ways += [
        Choice("enter", "Enter it now; only you can read the file"),
        Choice("variable", f"I set {variable} myself"),
    ]
    way = prompts.choose(f"Where is the key of {provider}?", ways)
    if way == "keep":
        return {}
    if way == "variable":
        return {"apiKey": reference(variable)}
    return {"apiKey": prompts.secret(f"Key of {provider}:", objection=_not_a_key)}


def _ask_custom(prompts: Prompts) -> ChosenModel:
    url = prompts.text("Its address:", "http://127.0.0.1:8000/v1", objection=_not_an_address).rstrip("/")
    spoken = prompts.choose(
        "What does it speak?",
        [
            Choice("openai", "OpenAI chat completions"),
            Choice("openai-responses", "OpenAI responses"),
            Choice("anthropic", "Anthropic messages"),
        ],
    )
    has_key = prompts.confirm("Does it need a key?", default=False)
    key = prompts.secret("Its key:", objection=_not_a_key) if has_key else None
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    listed = asyncio.run(list_models(openai_url(url).removesuffix("/chat/completions"), headers, LISTING_S))
    choices = [*(Choice(model, model) for model in listed), Choice("", "Another")]
    model = prompts.choose("Which of its models?", choices) if listed else ""
    endpoint = CustomEndpoint(
        url,
        model or prompts.text("Model id:", objection=not_blank),
        api_key=key,
        compatibility=spoken,
        accepts_images=prompts.confirm("Does it read images?", default=False),
    )
    return ChosenModel(endpoint.provider, endpoint.entry(), endpoint.model_id)


def _with_known_models(chosen: ChosenModel, current: Loaded) -> ChosenModel:
    """Models that the configuration lists of this provider stay listed."""
    listed, models = (
        look_up(current.source.tree, ("models", "providers", chosen.provider, "models"))[1],
        chosen.entry.get("models"),
    )
    if not isinstance(listed, list) or not isinstance(models, list):
        return chosen
    others = [model for model in listed if not isinstance(model, dict) or model.get("id") != chosen.model]
    return replace(chosen, entry={**chosen.entry, "models": [*others, *models]})


def not_blank(text: str) -> str | None:
    """The objection to no text."""
    return None if text else "Say something, or Ctrl-C."


def _not_a_key(text: str) -> str | None:
    """Keys go into a header: one line of visible ASCII."""
    if text.isascii() and text.isprintable() and text and " " not in text:
        return None
    return "A key is one word of letters, digits and signs."


def _not_an_address(text: str) -> str | None:
    try:
        address = urlsplit(text)
        is_good = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:
        is_good = False
    return None if is_good else "Expected http://... or https://..."
