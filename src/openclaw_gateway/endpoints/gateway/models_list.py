"""`models.list`: what may be chosen as a model."""

from typing import Literal

import msgspec

from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, choose_agent
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.models.catalog import CatalogRow


class ModelsListParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """All views are the same list, as every model that is known is configured. agent_id: must be one."""

    agent_id: AgentIdText | None = None
    include_provider_capabilities: bool = False
    prepared_only: bool = False
    refresh: bool = False
    view: Literal["default", "configured", "provider-config", "all"] = "default"


async def models_list(call: Call[ModelsListParams]) -> dict[str, object]:
    """The catalog, in the config's order."""
    prepared = call.services.prepared
    if call.params.agent_id is not None:
        choose_agent(prepared.index, call.params.agent_id)
    return {"models": [_tell(row) for row in prepared.catalog.list()]}


def _tell(row: CatalogRow) -> dict[str, object]:
    told: dict[str, object] = {
        "id": row.id,
        "name": row.name,
        "provider": row.provider,
        "input": row.input,
        "reasoning": row.reasoning,
    }
    if row.alias is not None:
        told["alias"] = row.alias
    if row.context_window is not None:
        told["contextWindow"] = row.context_window
    return told
