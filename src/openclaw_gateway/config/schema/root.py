"""The whole file."""

import msgspec

from openclaw_gateway.config.schema.agents import Agents
from openclaw_gateway.config.schema.gateway import Gateway
from openclaw_gateway.config.schema.models import Models
from openclaw_gateway.config.schema.operation import (
    Commands,
    Credentials,
    Diagnostics,
    Env,
    Logging,
    Memory,
    Messages,
    Meta,
    Skills,
)
from openclaw_gateway.config.schema.secrets import Secrets
from openclaw_gateway.config.schema.session import Session
from openclaw_gateway.config.schema.tools import Mcp, Tools
from openclaw_gateway.config.schema.values import NoEffect, Section


class Config(Section, frozen=True):
    """The config file, loaded. `Config()` is what a missing file means."""

    schema_url: str | None = msgspec.field(name="$schema", default=None)
    meta: Meta = Meta()
    gateway: Gateway = Gateway()
    agents: Agents = Agents()
    models: Models = Models()
    session: Session = Session()
    tools: Tools = Tools()
    mcp: Mcp = Mcp()
    skills: Skills = Skills()
    messages: Messages = Messages()
    commands: Commands = Commands()
    memory: Memory = Memory()
    env: Env = Env()
    secrets: Secrets = Secrets()
    logging: Logging = Logging()
    diagnostics: Diagnostics = Diagnostics()
    auth: Credentials = Credentials()
    access_groups: NoEffect = None
    acp: NoEffect = None
    approvals: NoEffect = None
    attachments: NoEffect = None
    audio: NoEffect = None
    bindings: NoEffect = None
    broadcast: NoEffect = None
    browser: NoEffect = None
    canvas_host: NoEffect = None
    channels: NoEffect = None
    cli: NoEffect = None
    cloud_workers: NoEffect = None
    cron: NoEffect = None
    desktop: NoEffect = None
    discovery: NoEffect = None
    hooks: NoEffect = None
    media: NoEffect = None
    node_host: NoEffect = None
    plugins: NoEffect = None
    proxy: NoEffect = None
    security: NoEffect = None
    surfaces: NoEffect = None
    talk: NoEffect = None
    telemetry: NoEffect = None
    transcripts: NoEffect = None
    tts: NoEffect = None
    ui: NoEffect = None
    update: NoEffect = None
    web: NoEffect = None
    wizard: NoEffect = None
    worktree: NoEffect = None
    worktrees: NoEffect = None
