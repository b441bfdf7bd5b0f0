"""The methods of this gateway, in one place."""

from openclaw_gateway.auth.scopes import READ, WRITE
from openclaw_gateway.endpoints.gateway.agent import agent, agent_scope
from openclaw_gateway.endpoints.gateway.agent_params import AgentParams
from openclaw_gateway.endpoints.gateway.agent_wait import AgentWaitParams, agent_wait
from openclaw_gateway.endpoints.gateway.chat_abort import ChatAbortParams, chat_abort
from openclaw_gateway.endpoints.gateway.health import HealthParams, health
from openclaw_gateway.endpoints.gateway.status import StatusParams, status
from openclaw_gateway.endpoints.table import MethodSpec, MethodTable


def build_table() -> MethodTable:
    """Every method with its scope, params and function."""
    return MethodTable(
        [
            MethodSpec("agent", scope=agent_scope, params=AgentParams, function=agent),
            MethodSpec("agent.wait", scope=WRITE, params=AgentWaitParams, function=agent_wait),
            MethodSpec("chat.abort", scope=WRITE, params=ChatAbortParams, function=chat_abort),
            MethodSpec("health", scope=READ, params=HealthParams, function=health),
            MethodSpec("status", scope=READ, params=StatusParams, function=status),
        ]
    )
