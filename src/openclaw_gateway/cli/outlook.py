"""What a gateway of a configuration does for whoever asks it: which agent, with which model, over which endpoints.

Said at the start, and by the commands that write a configuration, so that nobody finds out by a failing request.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw_gateway.agents.agent import Agent, build_agents
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.config.schema import Config
from openclaw_gateway.models.catalog import Catalog
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.known_providers import KNOWN_PROVIDERS
from openclaw_gateway.models.unusable_model import UnusableModel
from openclaw_gateway.routing.resolve import AgentIndex, agent_index

CHAT_KEY = "gateway.http.endpoints.chatCompletions.enabled"
_VARIABLES = [known.key_variable for known in KNOWN_PROVIDERS.values()]
NO_MODEL = (
    f"no model is configured: set agents.defaults.model to provider/model, or set {', '.join(_VARIABLES[:-1])} or "
    f"{_VARIABLES[-1]}"
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """agent: the default one's id and name, or why there is none. model: provider/model, empty when there is none.

    chosen_by: why this model, when nobody named it. problem: why the model cannot be asked.
    """

    agent: str
    model: str
    chosen_by: str
    problem: str | None
    is_chat_on: bool

    @property
    def model_line(self) -> str:
        """The model in a person's words."""
        return f"{self.model or 'none'}{f' ({self.chosen_by})' if self.chosen_by else ''}"


def look_ahead(loaded: Loaded) -> Outlook:
    """The outlook of a configuration that nobody runs yet. Nothing of a run is built for it, tools least of all."""
    config = loaded.config
    agents = build_agents(config, loaded.state_dir)
    index = agent_index(agents, config.agents.defaults.system_agent.agent_id)
    return outlook_of(config, agents, index, Catalog.build(config, loaded.provider_keys, HttpClient()))


def outlook_of(config: Config, agents: Mapping[str, Agent], index: AgentIndex, catalog: Catalog) -> Outlook:
    """The outlook of what was made of a configuration."""
    agent_id = index.default_id
    agent = agents[agent_id or index.ids[0]]
    first = catalog.candidates(agent.model, None)[0]
    model = f"{first.provider}/{first.id}" if first.provider else first.id
    return Outlook(
        agent=f"{agent.id} ({agent.name})" if agent_id else f"none of {', '.join(index.ids)}: name one",
        model=model,
        chosen_by="" if agent.model.primary or not model else _why(config, first.provider),
        problem=None if not isinstance(first, UnusableModel) else first.reason if model else NO_MODEL,
        is_chat_on=config.gateway.http.endpoints.chat_completions.enabled,
    )


def _why(config: Config, provider_id: str) -> str:
    provider = config.models.providers.get(provider_id)
    if provider is not None and provider.models:
        return "the first of models.providers; agents.defaults.model chooses another"
    return f"the key of {provider_id} is there; agents.defaults.model chooses another"
