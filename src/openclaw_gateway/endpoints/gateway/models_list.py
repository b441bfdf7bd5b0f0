"""`models.list`: what may be chosen as a model."""

from typing import Literal

import msgspec

from openclaw_gateway.config.schema import ModelChoice
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, choose_agent
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.models.catalog import Catalog, CatalogRow
from openclaw_gateway.runs.prepared import Prepared
from openclaw_gateway.runs.thinking import find_entry, supported_levels


class ModelsListParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """All views are the same list, as every model that is known is configured. agent_id: whose choice is told."""

    agent_id: AgentIdText | None = None
    include_provider_capabilities: bool = False
    prepared_only: bool = False
    refresh: bool = False
    view: Literal["default", "configured", "provider-config", "all"] = "default"


async def models_list(call: Call[ModelsListParams]) -> dict[str, object]:
    """The catalog, then what is chosen beyond it, each with what stands in its way just now."""
    prepared = call.services.prepared
    choice = prepared.config.agents.defaults.model or ModelChoice()
    if call.params.agent_id is not None:
        choice = prepared.agents[choose_agent(prepared.index, call.params.agent_id)].model
    rows = [*prepared.catalog.list(), *prepared.catalog.list_chosen(choice)]
    return {"models": [_tell(prepared, row, _tags(prepared.catalog, choice, row)) for row in rows]}


def _tags(catalog: Catalog, choice: ModelChoice, row: CatalogRow) -> list[str]:
    """What the model is to an agent with this choice."""
    names = (row.ref, row.alias)
    tags = ["default"] if (choice.primary or catalog.default_ref) in names else []
    return tags + [f"fallback#{place}" for place, ref in enumerate(choice.fallbacks or (), start=1) if ref in names]


def _tell(prepared: Prepared, row: CatalogRow, tags: list[str]) -> dict[str, object]:
    hindrance = prepared.catalog.find_hindrance(row)
    told: dict[str, object] = {
        "id": row.id,
        "name": row.name,
        "provider": row.provider,
        "input": row.input,
        "reasoning": row.reasoning,
        "available": hindrance is None,
        "tags": tags,
    }
    if hindrance is not None and hindrance.reason is not None:
        told["unavailableReason"] = hindrance.reason
    if hindrance is not None and hindrance.until_ms is not None:
        told["unavailableUntil"] = hindrance.until_ms
    if row.reasoning:
        levels = supported_levels(find_entry(prepared.config, row.ref))
        told["thinkingLevels"] = [{"id": level, "label": level} for level in levels]
    if row.alias is not None:
        told["alias"] = row.alias
    if row.context_window is not None:
        told["contextWindow"] = row.context_window
    return told
