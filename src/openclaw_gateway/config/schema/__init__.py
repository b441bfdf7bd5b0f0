"""What a config file may say: one struct per object of the file, its fields in snake_case, its defaults the original's.

Every struct refuses keys it does not know. Parts that this gateway does not have are typed `NoEffect`: they load, and
`Loaded.ignored_keys` names them. A `Secret` field holds plain text after loading, whatever form the file gave it.
Source: OpenClaw docs/gateway/configuration-reference.md.
"""

from openclaw_gateway.config.schema.agents import (
    AgentDefaults,
    AgentEntry,
    Agents,
    Compaction,
    ContextPruning,
    ModelSettings,
    RunLimits,
    Subagents,
    SystemAgent,
)
from openclaw_gateway.config.schema.gateway import (
    Auth,
    ChatCompletionsEndpoint,
    Endpoints,
    FileFetch,
    Gateway,
    Http,
    ImageFetch,
    RateLimit,
    ResponsesEndpoint,
    Tls,
    TrustedProxy,
)
from openclaw_gateway.config.schema.memory import MemoryRemote, MemorySearch
from openclaw_gateway.config.schema.models import Api, Compat, Cost, ModelEntry, Models, Provider, ProviderRequest
from openclaw_gateway.config.schema.operation import Commands, Env, Logging, Messages
from openclaw_gateway.config.schema.root import Config
from openclaw_gateway.config.schema.sandbox import Bubblewrap, Docker, Sandbox
from openclaw_gateway.config.schema.secrets import ExecSecrets, FileSecrets, SecretRef, Secrets
from openclaw_gateway.config.schema.session import Reset, Session
from openclaw_gateway.config.schema.tools import Exec, McpServer, ToolPolicy, Tools, WebFetch, WebSearch
from openclaw_gateway.config.schema.values import ModelChoice, NoEffect, Secret, Section

__all__ = [
    "AgentDefaults",
    "AgentEntry",
    "Agents",
    "Api",
    "Auth",
    "Bubblewrap",
    "ChatCompletionsEndpoint",
    "Commands",
    "Compaction",
    "Compat",
    "Config",
    "ContextPruning",
    "Cost",
    "Docker",
    "Endpoints",
    "Env",
    "Exec",
    "ExecSecrets",
    "FileFetch",
    "FileSecrets",
    "Gateway",
    "Http",
    "ImageFetch",
    "Logging",
    "McpServer",
    "MemoryRemote",
    "MemorySearch",
    "Messages",
    "ModelChoice",
    "ModelEntry",
    "ModelSettings",
    "Models",
    "NoEffect",
    "Provider",
    "ProviderRequest",
    "RateLimit",
    "Reset",
    "ResponsesEndpoint",
    "RunLimits",
    "Sandbox",
    "Secret",
    "SecretRef",
    "Secrets",
    "Section",
    "Session",
    "Subagents",
    "SystemAgent",
    "Tls",
    "ToolPolicy",
    "Tools",
    "TrustedProxy",
    "WebFetch",
    "WebSearch",
]
