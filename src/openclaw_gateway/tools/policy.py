"""Which tools may be used: pure functions from the config and a name to a verdict, with the rule that gave it.

Every step can only narrow, and a denial anywhere is final. Names are compared without case; a pattern may hold `*`,
`group:<name>` stands for its members. Source: OpenClaw docs/gateway/tools-invoke-http-api.md and OpenClaw
docs/tools/policy.md.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from openclaw_gateway.config.schema.tools import AgentTools, ToolPolicy, Tools
from openclaw_gateway.config.schema.values import AllowDeny


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """Whether a tool may be used. rule: the key of the config, or the name of the built-in list, that said so."""

    is_allowed: bool
    rule: str


GROUPS: Mapping[str, tuple[str, ...]] = {
    "group:fs": ("read", "write", "edit", "apply_patch", "ls"),
    "group:runtime": ("exec", "process", "code_execution"),
    "group:web": ("web_search", "web_fetch", "x_search"),
    "group:memory": ("memory_search", "memory_get"),
    "group:sessions": (
        "sessions", "sessions_list", "sessions_history", "sessions_search", "sessions_send", "sessions_spawn",
        "sessions_yield", "subagents", "session_status", "conversations_*", "suggest_task", "dismiss_task",
    ),
    "group:agents": (
        "agents_list", "get_goal", "create_goal", "update_goal", "progress_card", "ask_user", "skill_workshop",
    ),
    "group:automation": ("automations", "cron", "gateway", "plugins", "heartbeat_respond", "openclaw"),
    "group:messaging": ("message",),
    "group:ui": ("browser", "canvas", "terminal"),
    "group:nodes": ("nodes", "computer"),
    "group:media": ("view_image", "image_generate", "tts", "pdf"),
    # What a server of tools brings has the server's name in front.
    "group:plugins": ("*__*",),
    "bundle-mcp": ("*__*",),
}  # fmt: skip

PROFILES: Mapping[str, tuple[str, ...]] = {
    "minimal": ("session_status", "gateway"),
    "coding": (
        "group:fs", "group:runtime", "group:web", "group:sessions", "group:memory", "cron", "gateway", "get_goal",
        "create_goal", "update_goal", "progress_card", "ask_user", "skill_workshop", "view_image", "image_generate",
        "bundle-mcp",
    ),
    "messaging": (
        "group:messaging", "sessions", "sessions_list", "sessions_history", "sessions_search", "sessions_send",
        "sessions_spawn", "sessions_yield", "subagents", "session_status", "gateway", "ask_user", "bundle-mcp",
    ),
    "full": ("*",),
}  # fmt: skip

_OTHER_NAMES = {"update_plan": "progress_card", "image": "view_image", "bash": "exec"}

# Files and processes of this machine are never a mere HTTP call away.
NEVER_OVER_HTTP = frozenset({"read", "write", "edit", "ls", "process"})
DENIED_OVER_HTTP = frozenset(
    {
        "exec", "spawn", "shell", "fs_write", "fs_delete", "fs_move", "apply_patch", "sessions_spawn",
        "sessions_send", "cron", "gateway", "nodes",
    }
)  # fmt: skip


def judge_for_agent(tool: str, tools: Tools, agent: AgentTools | None) -> Verdict:
    """What the config says of a tool for an agent: profile, then `tools`, then the agent's own."""
    profile = (agent.profile if agent else None) or tools.profile
    if profile is not None:
        added = (*tools.also_allow, *(agent.also_allow if agent else ()))
        if not _matches(tool, (*PROFILES[profile], *added)):
            return Verdict(is_allowed=False, rule=f"profile {profile}")
    for place, policy in (("tools", tools), ("agent tools", agent)):
        if policy is not None and (verdict := _judge_step(tool, place, policy)):
            return verdict
    return Verdict(is_allowed=True, rule="no rule against it")


def judge_over_http(tool: str, rules: AllowDeny, *, is_owner: bool) -> Verdict:
    """What `POST /tools/invoke` adds: rules are `gateway.tools`. is_owner: the caller may lift the built-in denials."""
    name = _canonical(tool)
    if name in NEVER_OVER_HTTP:
        return Verdict(is_allowed=False, rule="never over HTTP")
    if _matches(name, rules.deny):
        return Verdict(is_allowed=False, rule="gateway.tools.deny")
    if name not in DENIED_OVER_HTTP:
        return Verdict(is_allowed=True, rule="no rule against it")
    if rules.allow is None or not _matches(name, rules.allow):
        return Verdict(is_allowed=False, rule="denied over HTTP")
    return Verdict(is_owner, "gateway.tools.allow" if is_owner else "gateway.tools.allow, for owners only")


def _judge_step(tool: str, place: str, policy: ToolPolicy) -> Verdict | None:
    if _matches(tool, policy.deny):
        return Verdict(is_allowed=False, rule=f"{place}.deny")
    if policy.allow is not None and not _is_listed(tool, policy.allow):
        return Verdict(is_allowed=False, rule=f"{place}.allow")
    return None


def _is_listed(tool: str, allow: tuple[str, ...]) -> bool:
    # Who may write files may write them by a patch; denying `write` says nothing about patches.
    return _matches(tool, allow) or (_canonical(tool) == "apply_patch" and _matches("write", allow))


def _matches(tool: str, patterns: Iterable[str]) -> bool:
    name = _canonical(tool)
    return any(_fits(name, _canonical(member)) for pattern in patterns for member in _members(pattern))


def _members(pattern: str) -> Iterable[str]:
    members = GROUPS.get(pattern.strip().lower())
    if members is not None:
        return members
    if pattern.strip().lower() == "group:openclaw":
        hidden = {*GROUPS["group:fs"], *GROUPS["group:runtime"], "canvas"}
        return [name for group in GROUPS.values() for name in group if name not in hidden and "__" not in name]
    return (pattern,)


def _fits(name: str, pattern: str) -> bool:
    if "*" not in pattern:
        return name == pattern
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


def _canonical(name: str) -> str:
    lower = name.strip().lower()
    return _OTHER_NAMES.get(lower, lower)
