"""Methods of parts that do not exist here, in the shape that clients expect: empty lists, and nothing made up.

The original's terminal client asks some of them at connect.
"""

import msgspec

from openclaw_gateway.endpoints.gateway.sessions_subscribe import NoParams
from openclaw_gateway.endpoints.table import Call


class AnyParams(msgspec.Struct, frozen=True):
    """Whatever chooses among nothing."""


async def question_list(call: Call[NoParams]) -> dict[str, object]:  # noqa: ARG001
    """Agents ask no questions beside the chat."""
    return {"questions": ()}


async def plugin_approval_list(call: Call[AnyParams]) -> tuple[str, ...]:  # noqa: ARG001
    """There are no plugins that could ask."""
    return ()


async def task_suggestions_list(call: Call[AnyParams]) -> dict[str, object]:  # noqa: ARG001
    """Nothing suggests tasks."""
    return {"suggestions": ()}


async def cron_list(call: Call[AnyParams]) -> dict[str, object]:  # noqa: ARG001
    """There are no scheduled jobs."""
    return {"jobs": (), "total": 0, "offset": 0, "limit": 50, "hasMore": False, "nextOffset": None}
