"""`openclaw models status`: what is asked first, what then, and whether each has the key that it needs."""

from dataclasses import dataclass

from openclaw_gateway.cli.model_choice import list_aliases, open_catalog
from openclaw_gateway.cli.models_running import RunningModel, as_running
from openclaw_gateway.cli.passed_over import PassedOverPlace, find_passed_over
from openclaw_gateway.cli.provider_auth import ProviderAuth, find_provider_auth, list_provider_auth
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.config.schema import ModelChoice
from openclaw_gateway.errors import NotFound


@dataclass(frozen=True, slots=True)
class ModelsStatus:
    """default: as the configuration says it, empty when it is silent. resolved_default: provider/model, or empty.

    problems: sentences about models in use that no key would help. passed_over: what failed a while ago.
    """

    loaded: Loaded
    default: str
    resolved_default: str
    fallbacks: tuple[str, ...]
    providers: tuple[ProviderAuth, ...]
    providers_in_use: tuple[str, ...]
    missing: tuple[ProviderAuth, ...]
    problems: tuple[str, ...]
    passed_over: tuple[PassedOverPlace, ...]

    @property
    def is_ready(self) -> bool:
        """Whether every model in use can be asked, as far as that can be told without asking."""
        return bool(self.resolved_default) and not self.missing and not self.problems

    def document(self) -> dict[str, object]:
        """The original's document (OpenClaw docs/cli/models.md, "models status"), for what exists here."""
        defaults = self.loaded.config.agents.defaults
        image, utility = defaults.image_model, defaults.utility_model
        return {
            "configPath": str(self.loaded.path),
            "agentDir": None,
            "defaultModel": self.default or None,
            "resolvedDefault": self.resolved_default or None,
            "fallbacks": self.fallbacks,
            "imageModel": image.primary if image else None,
            "imageFallbacks": (image.fallbacks or ()) if image else (),
            "utilityModel": {"ref": utility.primary, "source": "config"} if utility else None,
            "aliases": list_aliases(self.loaded),
            "allowed": defaults.model_policy.allow or (),
            "auth": {
                "storePath": None,
                "providersWithOAuth": (),
                "missingProvidersInUse": [auth.provider for auth in self.missing],
                "modelRouteIssues": self.problems,
                "runtimeAuthRoutes": (),
                "providers": [
                    {"provider": auth.provider, "effective": {"kind": auth.kind, "detail": auth.detail}}
                    for auth in self.providers
                ],
                "unusableProfiles": [place.document() for place in self.passed_over],
            },
        }

    def lines(self) -> list[str]:
        """For a person."""
        chosen = "" if self.default or not self.resolved_default else "  (nobody chose it: openclaw models set)"
        lines = [
            f"config     {self.loaded.path}",
            f"default    {self.resolved_default or 'none: openclaw models set provider/model'}{chosen}",
            f"fallbacks  {', '.join(self.fallbacks) or 'none'}",
        ]
        lines += [f"alias      {alias} = {ref}" for alias, ref in list_aliases(self.loaded).items()]
        lines += [f"provider   {auth.provider}: {_in_words(auth)}" for auth in self.providers]
        lines += [place.line() for place in self.passed_over]
        return [*lines, *(f"problem    {problem}" for problem in self.problems)]


def _in_words(auth: ProviderAuth) -> str:
    match auth.kind:
        case "missing":
            return f"no key ({auth.detail})"
        case "none":
            return auth.detail
    return f"key from {auth.kind} ({auth.detail})"


def find_models_status(
    loaded: Loaded, choice: ModelChoice | None, running: tuple[RunningModel, ...] = ()
) -> ModelsStatus:
    """The status of a choice of models: that of the defaults, or of an agent. running: what the gateway has."""
    catalog = open_catalog(loaded)
    primary = (choice.primary if choice else None) or ""
    at_hand = catalog.default_ref or next((model.ref for model in running if "default" in model.tags), "")
    fallbacks = (choice.fallbacks or ()) if choice else ()
    resolved, problems = [], []
    for ref in filter(None, (primary or at_hand, *fallbacks)):
        try:
            model = catalog.resolve(ref)
        except NotFound as error:
            problems.append(error.message)
        else:
            resolved.append(f"{model.provider}/{model.id}")
    in_use = tuple(dict.fromkeys(ref.partition("/")[0] for ref in resolved))
    providers = {auth.provider: auth for auth in list_provider_auth(loaded)}
    providers |= {name: find_provider_auth(loaded, name) for name in in_use}
    providers = {name: as_running(auth, running) for name, auth in providers.items()}
    return ModelsStatus(
        loaded=loaded,
        default=primary,
        resolved_default=resolved[0] if resolved and not (primary and problems) else "",
        fallbacks=fallbacks,
        providers=tuple(providers.values()),
        providers_in_use=in_use,
        missing=tuple(providers[name] for name in in_use if not providers[name].is_ready),
        problems=tuple(problems),
        passed_over=find_passed_over(loaded),
    )
