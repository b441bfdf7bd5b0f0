"""`commands.list`: the commands that messages may hold, for clients that complete them."""

from typing import Literal

import msgspec

from openclaw_gateway.commands.table import COMMANDS, Command
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, SessionKeyText
from openclaw_gateway.endpoints.table import Call


class CommandsListParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which of them. All are the same for every session, agent and provider here."""

    session_key: SessionKeyText | None = None
    agent_id: AgentIdText | None = None
    provider: str | None = None
    scope: Literal["text", "native", "both"] = "both"
    include_args: bool = True


async def commands_list(call: Call[CommandsListParams]) -> dict[str, object]:
    """The rows of the table; none where the config turns commands off."""
    if not call.services.prepared.config.commands.text:
        return {"commands": ()}
    return {"commands": [_tell(row, with_args=call.params.include_args) for row in COMMANDS]}


def _tell(row: Command, *, with_args: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "name": row.name,
        "nativeName": row.name,
        "textAliases": [f"/{word}" for word in (row.name, *row.aliases)],
        "description": row.description,
        "category": row.category,
        "source": "native",
        "scope": "both",
        "acceptsArgs": bool(row.args),
    }
    if with_args and row.args:
        told["args"] = [{"name": "args", "description": row.args, "type": "string"}]
    return told
