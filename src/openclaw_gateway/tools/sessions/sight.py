"""Which sessions a session sees. What is out of sight is told like what is not there (security property P12).

`tools.sessions.visibility` says how far it goes: itself, what it spawned, its agent, or all; other agents' sessions
only where `tools.agentToAgent` allows both. Two kinds see no more than themselves and what they spawned, whatever the
config says: sandboxed ones, unless their sandbox says otherwise, and those that a client named after one of its users
or chats, for who speaks there is not the operator.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Literal

from openclaw_gateway.config.schema.sandbox import Sandbox
from openclaw_gateway.config.schema.tools import AgentToAgent, SessionTools
from openclaw_gateway.sessions.directory import RowFilter, SessionRow
from openclaw_gateway.sessions.search import SearchHit, SearchOrder
from openclaw_gateway.tools.sandbox.boxes import is_sandboxed
from openclaw_gateway.tools.sessions.port import SessionsPort
from openclaw_gateway.tools.tool import ToolContext, ToolFailure

Visibility = Literal["self", "tree", "agent", "all"]

# Sessions of users and chats that a client named, perhaps with the digest of the credential that they belong to.
_NAMED_BY_CLIENT: Final = re.compile(r"agent:[^:]+:open(?:ai|responses)-(?:user|chat)(?:@(?P<owner>[0-9a-f]+))?:")
_SPAWNED: Final = ":subagent:"
_MAX_SPAWNED: Final = 1_000
# Sessions are spawned from spawned ones, five levels at most.
_MAX_LEVELS: Final = 8
MAX_KEY_CHARS: Final = 512


@dataclass(frozen=True, slots=True)
class View:
    """What one session sees at one moment. keys: it sees only these, None for all that the rest allows."""

    own_key: str
    own_agent: str
    visibility: Visibility
    agents: AgentToAgent
    keys: frozenset[str] | None

    def sees(self, key: str, agent_id: str) -> bool:
        """Whether a session is in sight."""
        if key == self.own_key:
            return True
        if self.keys is not None:
            return key in self.keys
        if _owner_of(key) not in (None, _owner_of(self.own_key)):
            return False
        return self.sees_agent(agent_id)

    def sees_agent(self, agent_id: str) -> bool:
        """Whether sessions of an agent are in sight at all."""
        if agent_id == self.own_agent:
            return True
        return self.keys is None and self.visibility == "all" and may_talk(self.agents, self.own_agent, agent_id)


@dataclass(frozen=True, slots=True)
class Sight:
    """How far the sessions of one agent see, by one revision of the config. desk: None where nothing runs."""

    desk: SessionsPort | None
    rules: SessionTools
    agents: AgentToAgent
    sandbox: Sandbox

    @property
    def port(self) -> SessionsPort:
        """Whom to ask. Raises ToolFailure where nothing runs."""
        if self.desk is None:
            raise ToolFailure("no sessions are reachable here")
        return self.desk

    async def look(self, context: ToolContext) -> View:
        """What the session of a call sees now."""
        visibility = self._visibility(context)
        keys: frozenset[str] | None = None
        if visibility == "self":
            keys = frozenset()
        elif visibility == "tree":
            keys = frozenset([row.key for row in await self._list_spawned(context.session_key)])
        return View(context.session_key, context.agent_id, visibility, self.agents, keys)

    async def find(self, context: ToolContext, key: str) -> SessionRow:
        """A session by its key, which may leave out the own agent. Raises ToolFailure for one that is not in sight."""
        full = complete_key(key, context.agent_id)
        row = await self.port.store.directory.find_row(full)
        if row is None or not (await self.look(context)).sees(row.key, row.agent_id):
            raise ToolFailure(f"session not found: {key[:MAX_KEY_CHARS]}")
        return row

    async def search(self, context: ToolContext, query: str, limit: int, key: str | None = None) -> Sequence[SearchHit]:
        """What was said in sessions in sight, or in one of them."""
        view = await self.look(context)
        keys = view.keys if view.keys is None else view.keys | {view.own_key}
        if key is not None:
            keys = frozenset(((await self.find(context, key)).key,))
        agent_id = None if view.visibility == "all" else context.agent_id
        # More than wanted, because some may be out of sight.
        order = SearchOrder(query, agent_id, None if keys is None else tuple(keys), 4 * limit)
        found = await self.port.store.search.find(order)
        return [hit for hit in found.hits if view.sees(hit.session_key, hit.agent_id)][:limit]

    def _visibility(self, context: ToolContext) -> Visibility:
        is_clamped = _NAMED_BY_CLIENT.match(context.session_key) is not None or (
            self.sandbox.session_tools_visibility == "spawned"
            and is_sandboxed(self.sandbox, context.agent_id, context.session_key)
        )
        return "tree" if is_clamped and self.rules.visibility != "self" else self.rules.visibility

    async def _list_spawned(self, key: str) -> list[SessionRow]:
        """The sessions that were begun by a session, by those, and so on."""
        rows, _ = await self.port.store.directory.list_rows(RowFilter(search=_SPAWNED, limit=_MAX_SPAWNED))
        parents, spawned = {key}, []
        for _ in range(_MAX_LEVELS):
            children = [row for row in rows if row.settings.parent_session_key in parents and row.key not in parents]
            spawned += [row for row in children if row not in spawned]
            parents = {row.key for row in children}
        return spawned


def complete_key(text: str, agent_id: str) -> str:
    """The full form of a key as models write it: lower case, with the agent. Raises ToolFailure."""
    key = text.strip().lower()
    if not key or len(key) > MAX_KEY_CHARS or not key.isprintable():
        raise ToolFailure("sessionKey: expected a session's key, such as main or agent:<id>:main")
    return key if key.startswith("agent:") else f"agent:{agent_id.lower()}:{key}"


def may_talk(rules: AgentToAgent, one: str, other: str) -> bool:
    """Whether two agents may see each other's sessions and write to each other."""
    if not rules.enabled:
        return False
    return rules.allow is None or all(
        any(fnmatchcase(agent, pattern.lower()) for pattern in rules.allow) for agent in (one.lower(), other.lower())
    )


def _owner_of(key: str) -> str | None:
    match = _NAMED_BY_CLIENT.match(key)
    return match["owner"] if match else None
