"""The methods of this gateway, in one place."""

from openclaw_gateway.auth.scopes import ADMIN, APPROVALS, READ, WRITE
from openclaw_gateway.endpoints.gateway.absent_parts import (
    AnyParams,
    cron_list,
    plugin_approval_list,
    question_list,
    task_suggestions_list,
)
from openclaw_gateway.endpoints.gateway.agent import agent, agent_scope
from openclaw_gateway.endpoints.gateway.agent_params import AgentParams
from openclaw_gateway.endpoints.gateway.agent_wait import AgentWaitParams, agent_wait
from openclaw_gateway.endpoints.gateway.agents_change import (
    AgentsCreateParams,
    AgentsDeleteParams,
    AgentsUpdateParams,
    agents_create,
    agents_delete,
    agents_update,
)
from openclaw_gateway.endpoints.gateway.agents_files import (
    AgentsFilesGetParams,
    AgentsFilesListParams,
    AgentsFilesSetParams,
    agents_files_get,
    agents_files_list,
    agents_files_set,
)
from openclaw_gateway.endpoints.gateway.agents_list import AgentIdentityParams, agent_identity_get, agents_list
from openclaw_gateway.endpoints.gateway.chat_abort import ChatAbortParams, chat_abort
from openclaw_gateway.endpoints.gateway.chat_history import (
    ChatHistoryParams,
    ChatMessageGetParams,
    chat_history,
    chat_message_get,
)
from openclaw_gateway.endpoints.gateway.chat_inject import ChatInjectParams, chat_inject
from openclaw_gateway.endpoints.gateway.chat_send import (
    ChatSendParams,
    SessionsSendParams,
    chat_send,
    chat_send_scope,
    sessions_send,
)
from openclaw_gateway.endpoints.gateway.commands_list import CommandsListParams, commands_list
from openclaw_gateway.endpoints.gateway.config_methods import (
    ConfigApplyParams,
    ConfigPatchParams,
    ConfigSetParams,
    config_apply,
    config_get,
    config_patch,
    config_schema,
    config_set,
)
from openclaw_gateway.endpoints.gateway.config_schema_lookup import ConfigSchemaLookupParams, config_schema_lookup
from openclaw_gateway.endpoints.gateway.device_events import PAIRING
from openclaw_gateway.endpoints.gateway.device_methods import (
    DeviceParams,
    NoDeviceParams,
    RenameParams,
    RequestParams,
    RevokeParams,
    RotateParams,
    device_pair_approve,
    device_pair_list,
    device_pair_reject,
    device_pair_remove,
    device_pair_rename,
    device_token_revoke,
    device_token_rotate,
    gateway_identity_get,
)
from openclaw_gateway.endpoints.gateway.exec_approvals import (
    ApprovalIdParams,
    ApprovalRequestParams,
    ApprovalResolveParams,
    ExecApprovalsSetParams,
    exec_approval_get,
    exec_approval_list,
    exec_approval_request,
    exec_approval_resolve,
    exec_approval_wait,
    exec_approvals_get,
    exec_approvals_set,
)
from openclaw_gateway.endpoints.gateway.health import HealthParams, health
from openclaw_gateway.endpoints.gateway.logs_tail import LogsTailParams, logs_tail
from openclaw_gateway.endpoints.gateway.models_list import ModelsListParams, models_list
from openclaw_gateway.endpoints.gateway.presence import SystemPresenceParams, system_presence
from openclaw_gateway.endpoints.gateway.sessions_abort import SessionsAbortParams, sessions_abort
from openclaw_gateway.endpoints.gateway.sessions_change import (
    SessionsCompactParams,
    SessionsCreateParams,
    SessionsDeleteParams,
    SessionsResetParams,
    sessions_compact,
    sessions_create,
    sessions_create_scope,
    sessions_delete,
    sessions_delete_scope,
    sessions_reset,
)
from openclaw_gateway.endpoints.gateway.sessions_cleanup import SessionsCleanupParams, sessions_cleanup
from openclaw_gateway.endpoints.gateway.sessions_patch import SessionsPatchParams, sessions_patch, sessions_patch_scope
from openclaw_gateway.endpoints.gateway.sessions_read import (
    SessionsDescribeParams,
    SessionsGetParams,
    SessionsListParams,
    SessionsPreviewParams,
    SessionsResolveParams,
    sessions_describe,
    sessions_get,
    sessions_list,
    sessions_preview,
    sessions_resolve,
)
from openclaw_gateway.endpoints.gateway.sessions_search import SessionsSearchParams, sessions_search
from openclaw_gateway.endpoints.gateway.sessions_subscribe import (
    MessagesSubscribeParams,
    MessagesUnsubscribeParams,
    NoParams,
    messages_subscribe,
    messages_unsubscribe,
    sessions_subscribe,
    sessions_unsubscribe,
)
from openclaw_gateway.endpoints.gateway.skills_status import SkillsStatusParams, skills_status
from openclaw_gateway.endpoints.gateway.status import StatusParams, status
from openclaw_gateway.endpoints.gateway.tools_methods import (
    ToolsCatalogParams,
    ToolsEffectiveParams,
    ToolsInvokeOnce,
    ToolsInvokeParams,
    tools_catalog,
    tools_effective,
)
from openclaw_gateway.endpoints.gateway.usage import (
    SessionsUsageParams,
    UsageCostParams,
    sessions_usage,
    usage_cost,
    usage_status,
)
from openclaw_gateway.endpoints.table import Method, MethodSpec, MethodTable


def build_table() -> MethodTable:
    """Every method with its scope, params and function."""
    return MethodTable([*_runs(), *_sessions(), *_agents_and_models(), *_gateway(), *_devices(), *_absent()])


def _runs() -> list[Method]:
    return [
        MethodSpec("agent", scope=agent_scope, params=AgentParams, function=agent),
        MethodSpec("agent.wait", scope=WRITE, params=AgentWaitParams, function=agent_wait),
        MethodSpec("chat.abort", scope=WRITE, params=ChatAbortParams, function=chat_abort),
        MethodSpec("chat.history", scope=READ, params=ChatHistoryParams, function=chat_history),
        MethodSpec("chat.inject", scope=ADMIN, params=ChatInjectParams, function=chat_inject),
        MethodSpec("chat.message.get", scope=READ, params=ChatMessageGetParams, function=chat_message_get),
        MethodSpec("chat.send", scope=chat_send_scope, params=ChatSendParams, function=chat_send),
    ]


def _sessions() -> list[Method]:
    return [
        MethodSpec("sessions.abort", scope=WRITE, params=SessionsAbortParams, function=sessions_abort),
        MethodSpec("sessions.cleanup", scope=ADMIN, params=SessionsCleanupParams, function=sessions_cleanup),
        MethodSpec("sessions.compact", scope=ADMIN, params=SessionsCompactParams, function=sessions_compact),
        MethodSpec(
            "sessions.create", scope=sessions_create_scope, params=SessionsCreateParams, function=sessions_create
        ),
        MethodSpec(
            "sessions.delete", scope=sessions_delete_scope, params=SessionsDeleteParams, function=sessions_delete
        ),
        MethodSpec("sessions.describe", scope=READ, params=SessionsDescribeParams, function=sessions_describe),
        MethodSpec("sessions.get", scope=READ, params=SessionsGetParams, function=sessions_get),
        MethodSpec("sessions.list", scope=READ, params=SessionsListParams, function=sessions_list),
        MethodSpec(
            "sessions.messages.subscribe", scope=READ, params=MessagesSubscribeParams, function=messages_subscribe
        ),
        MethodSpec(
            "sessions.messages.unsubscribe",
            scope=READ,
            params=MessagesUnsubscribeParams,
            function=messages_unsubscribe,
        ),
        MethodSpec("sessions.patch", scope=sessions_patch_scope, params=SessionsPatchParams, function=sessions_patch),
        MethodSpec("sessions.preview", scope=READ, params=SessionsPreviewParams, function=sessions_preview),
        MethodSpec("sessions.reset", scope=ADMIN, params=SessionsResetParams, function=sessions_reset),
        MethodSpec("sessions.resolve", scope=READ, params=SessionsResolveParams, function=sessions_resolve),
        MethodSpec("sessions.search", scope=READ, params=SessionsSearchParams, function=sessions_search),
        MethodSpec("sessions.send", scope=WRITE, params=SessionsSendParams, function=sessions_send),
        MethodSpec("sessions.subscribe", scope=READ, params=SessionsListParams, function=sessions_subscribe),
        MethodSpec("sessions.unsubscribe", scope=READ, params=NoParams, function=sessions_unsubscribe),
        MethodSpec("sessions.usage", scope=READ, params=SessionsUsageParams, function=sessions_usage),
    ]


def _agents_and_models() -> list[Method]:
    return [
        MethodSpec("agent.identity.get", scope=READ, params=AgentIdentityParams, function=agent_identity_get),
        MethodSpec("agents.create", scope=ADMIN, params=AgentsCreateParams, function=agents_create),
        MethodSpec("agents.delete", scope=ADMIN, params=AgentsDeleteParams, function=agents_delete),
        MethodSpec("agents.files.get", scope=READ, params=AgentsFilesGetParams, function=agents_files_get),
        MethodSpec("agents.files.list", scope=READ, params=AgentsFilesListParams, function=agents_files_list),
        MethodSpec("agents.files.set", scope=ADMIN, params=AgentsFilesSetParams, function=agents_files_set),
        MethodSpec("agents.list", scope=READ, params=NoParams, function=agents_list),
        MethodSpec("agents.update", scope=ADMIN, params=AgentsUpdateParams, function=agents_update),
        MethodSpec("models.list", scope=READ, params=ModelsListParams, function=models_list),
        MethodSpec("tools.catalog", scope=READ, params=ToolsCatalogParams, function=tools_catalog),
        MethodSpec("tools.effective", scope=READ, params=ToolsEffectiveParams, function=tools_effective),
        MethodSpec("tools.invoke", scope=WRITE, params=ToolsInvokeParams, function=ToolsInvokeOnce().answer),
    ]


def _gateway() -> list[Method]:
    return [
        *_approvals(),
        MethodSpec("config.apply", scope=ADMIN, params=ConfigApplyParams, function=config_apply),
        MethodSpec("config.get", scope=READ, params=NoParams, function=config_get),
        MethodSpec("config.patch", scope=ADMIN, params=ConfigPatchParams, function=config_patch),
        MethodSpec("config.schema", scope=READ, params=NoParams, function=config_schema),
        MethodSpec("config.schema.lookup", scope=READ, params=ConfigSchemaLookupParams, function=config_schema_lookup),
        MethodSpec("config.set", scope=ADMIN, params=ConfigSetParams, function=config_set),
        MethodSpec("health", scope=READ, params=HealthParams, function=health),
        MethodSpec("logs.tail", scope=READ, params=LogsTailParams, function=logs_tail),
        MethodSpec("status", scope=READ, params=StatusParams, function=status),
        MethodSpec("system-presence", scope=READ, params=SystemPresenceParams, function=system_presence),
        MethodSpec("usage.cost", scope=READ, params=UsageCostParams, function=usage_cost),
        MethodSpec("usage.status", scope=READ, params=NoParams, function=usage_status),
    ]


def _devices() -> list[Method]:
    return [
        MethodSpec("device.pair.approve", scope=PAIRING, params=RequestParams, function=device_pair_approve),
        MethodSpec("device.pair.list", scope=PAIRING, params=NoDeviceParams, function=device_pair_list),
        MethodSpec("device.pair.reject", scope=PAIRING, params=RequestParams, function=device_pair_reject),
        MethodSpec("device.pair.remove", scope=PAIRING, params=DeviceParams, function=device_pair_remove),
        MethodSpec("device.pair.rename", scope=PAIRING, params=RenameParams, function=device_pair_rename),
        MethodSpec("device.token.revoke", scope=PAIRING, params=RevokeParams, function=device_token_revoke),
        MethodSpec("device.token.rotate", scope=PAIRING, params=RotateParams, function=device_token_rotate),
        MethodSpec("gateway.identity.get", scope=READ, params=NoDeviceParams, function=gateway_identity_get),
    ]


def _approvals() -> list[Method]:
    return [
        MethodSpec(
            "exec.approval.request", scope=APPROVALS, params=ApprovalRequestParams, function=exec_approval_request
        ),
        MethodSpec("exec.approval.waitDecision", scope=APPROVALS, params=ApprovalIdParams, function=exec_approval_wait),
        MethodSpec("exec.approval.get", scope=APPROVALS, params=ApprovalIdParams, function=exec_approval_get),
        MethodSpec("exec.approval.list", scope=APPROVALS, params=NoParams, function=exec_approval_list),
        MethodSpec(
            "exec.approval.resolve", scope=APPROVALS, params=ApprovalResolveParams, function=exec_approval_resolve
        ),
        MethodSpec("exec.approvals.get", scope=ADMIN, params=NoParams, function=exec_approvals_get),
        MethodSpec("exec.approvals.set", scope=ADMIN, params=ExecApprovalsSetParams, function=exec_approvals_set),
    ]


def _absent() -> list[Method]:
    return [
        MethodSpec("commands.list", scope=READ, params=CommandsListParams, function=commands_list),
        MethodSpec("cron.list", scope=READ, params=AnyParams, function=cron_list),
        MethodSpec("plugin.approval.list", scope=APPROVALS, params=AnyParams, function=plugin_approval_list),
        MethodSpec("question.list", scope="operator.questions", params=NoParams, function=question_list),
        MethodSpec("skills.status", scope=READ, params=SkillsStatusParams, function=skills_status),
        MethodSpec("taskSuggestions.list", scope=READ, params=AnyParams, function=task_suggestions_list),
    ]
