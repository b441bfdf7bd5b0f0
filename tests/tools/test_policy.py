"""Verdicts on tools, with the rule that gave each."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.config.schema import Tools
from openclaw_gateway.config.schema.tools import AgentTools, ProfiledPolicy
from openclaw_gateway.config.schema.values import AllowDeny
from openclaw_gateway.tools.policy import Occasion, Policy, Verdict, find_provider, find_sender, judge, list_rules
from openclaw_gateway.tools.tool_names import NEVER_INVOKED, NOT_INVOKED

OWN = "agents.entries.ops.tools"


def verdict_on(tool: str, tools: Any = None, agent: Any = None, occasion: Any = None, **more: Any) -> Verdict:
    """The verdict for the agent `ops`, from JSON as the config has it."""
    policy = Policy("ops", msgspec.convert(tools or {}, Tools), msgspec.convert(agent or {}, AgentTools), **more)
    return judge(tool, list_rules(policy, Occasion(**(occasion or {}))))


UP = {"model": "Up/Tiny"}
EVE = {"sender": "eve"}
BOXED = {"is_sandboxed": True}


@pytest.mark.parametrize(
    ("tool", "tools", "agent", "occasion", "denied_by"),
    [
        pytest.param("any", {}, {}, {}, None, id="silence"),
        # 1, the profile
        pytest.param("exec", {"profile": "messaging"}, {}, {}, "tools.profile: messaging", id="profile"),
        pytest.param("exec", {"profile": "minimal"}, {"profile": "coding"}, {}, None, id="own profile replaces"),
        pytest.param(
            "exec", {"profile": "full"}, {"profile": "minimal"}, {}, f"{OWN}.profile: minimal", id="own is narrower"
        ),
        pytest.param("x", {"profile": "minimal", "alsoAllow": ["x"]}, {}, {}, None, id="also allowed"),
        pytest.param("x", {"profile": "minimal"}, {"alsoAllow": ["x"]}, {}, None, id="agent also allows"),
        pytest.param("srv__x", {"profile": "coding"}, {}, {}, None, id="tools of servers"),
        pytest.param(
            "browser", {}, {}, {}, "no tools.profile: optional tools need full", id="optional without a profile"
        ),
        pytest.param("browser", {"profile": "full"}, {}, {}, None, id="optional with full"),
        pytest.param("browser", {"alsoAllow": ["browser"]}, {}, {}, None, id="optional by name"),
        pytest.param("browser", {"profile": "coding"}, {}, {}, "tools.profile: coding", id="optional with coding"),
        # 2, the provider's profile
        pytest.param(
            "exec",
            {"byProvider": {"up": {"profile": "minimal"}}},
            {},
            UP,
            "tools.byProvider.up.profile: minimal",
            id="profile of a provider",
        ),
        pytest.param(
            "exec", {"byProvider": {"up": {"profile": "minimal"}}}, {}, {"model": "other/tiny"}, None, id="another one"
        ),
        pytest.param(
            "exec",
            {"byProvider": {"up": {"profile": "minimal"}, "up/tiny": {"profile": "coding"}}},
            {},
            UP,
            None,
            id="the model before its provider",
        ),
        pytest.param(
            "x", {"byProvider": {"up": {"profile": "minimal", "alsoAllow": ["x"]}}}, {}, UP, None, id="adds there"
        ),
        pytest.param(
            "x",
            {"profile": "minimal", "byProvider": {"up": {"alsoAllow": ["x"]}}},
            {},
            UP,
            "tools.profile: minimal",
            id="a provider cannot widen",
        ),
        pytest.param(
            "exec",
            {"byProvider": {"up": {"profile": "coding"}}},
            {"byProvider": {"UP": {"profile": "minimal"}}},
            UP,
            f"{OWN}.byProvider.UP.profile: minimal",
            id="own profile of a provider replaces",
        ),
        # 3 to 6, the lists
        pytest.param("exec", {"deny": ["EX*"]}, {}, {}, "tools.deny", id="denied"),
        pytest.param("a", {"allow": ["a"], "deny": ["a"]}, {}, {}, "tools.deny", id="deny wins"),
        pytest.param("b", {"allow": ["a"]}, {}, {}, "tools.allow", id="not listed"),
        pytest.param("b", {"allow": []}, {}, {}, "tools.allow", id="nothing listed"),
        pytest.param("apply_patch", {"allow": ["write"]}, {}, {}, None, id="a patch is writing"),
        pytest.param("apply_patch", {"deny": ["write"]}, {}, {}, None, id="no writing, but patches"),
        pytest.param(
            "a", {"byProvider": {"up": {"deny": ["a"]}}}, {}, UP, "tools.byProvider.up.deny", id="denied to a provider"
        ),
        pytest.param("b", {"allow": ["b"]}, {"deny": ["b"]}, {}, f"{OWN}.deny", id="the agent narrows"),
        pytest.param("b", {"deny": ["b"]}, {"allow": ["b"]}, {}, "tools.deny", id="the agent cannot widen"),
        pytest.param(
            "a",
            {},
            {"byProvider": {"up/tiny": {"allow": ["b"]}}},
            UP,
            f"{OWN}.byProvider.up/tiny.allow",
            id="the agent narrows for a model",
        ),
        # the sender
        pytest.param(
            "a", {"toolsBySender": {"id:eve": {"deny": ["a"]}}}, {}, EVE, "tools.toolsBySender.id:eve.deny", id="sender"
        ),
        pytest.param(
            "a", {"toolsBySender": {"*": {"deny": ["a"]}, "eve": {}}}, {}, EVE, None, id="a name before everybody"
        ),
        pytest.param(
            "a", {}, {"toolsBySender": {"*": {"allow": []}}}, EVE, f"{OWN}.toolsBySender.*.allow", id="everybody"
        ),
        pytest.param("a", {"toolsBySender": {"*": {"deny": ["a"]}}}, {}, {}, None, id="nobody"),
        # 7, the sandbox
        pytest.param("exec", {}, {}, BOXED, None, id="confined tools in a sandbox"),
        pytest.param("web_fetch", {}, {}, BOXED, "tools.sandbox.tools: built-in list", id="web in a sandbox"),
        pytest.param("srv__x", {}, {}, BOXED, "tools.sandbox.tools: built-in list", id="servers in a sandbox"),
        pytest.param(
            "web_fetch", {"sandbox": {"tools": {"alsoAllow": ["web_fetch"]}}}, {}, BOXED, None, id="let into a sandbox"
        ),
        pytest.param(
            "exec",
            {"sandbox": {"tools": {"allow": ["read"]}}},
            {},
            BOXED,
            "tools.sandbox.tools.allow",
            id="own list of the sandbox",
        ),
        pytest.param(
            "exec",
            {"sandbox": {"tools": {"deny": ["exec"]}}},
            {"sandbox": {"tools": {"deny": ["read"]}}},
            BOXED,
            None,
            id="the agent's list of the sandbox replaces",
        ),
        pytest.param("web_fetch", {"sandbox": {"tools": {"deny": ["*"]}}}, {}, {}, None, id="outside the sandbox"),
        # 8, subagents
        pytest.param("gateway", {"profile": "full"}, {}, {"depth": 1}, "never for subagents", id="subagent"),
        pytest.param("sessions_spawn", {}, {}, {"depth": 4}, None, id="may go deeper"),
        pytest.param(
            "sessions_spawn", {}, {}, {"depth": 5}, "never for subagents of the last depth", id="not any deeper"
        ),
        pytest.param(
            "read",
            {"subagents": {"tools": {"deny": ["read"]}}},
            {},
            {"depth": 1},
            "tools.subagents.tools.deny",
            id="denied to subagents",
        ),
        pytest.param("read", {"subagents": {"tools": {"deny": ["read"]}}}, {}, {}, None, id="not denied to others"),
        # the run
        pytest.param("b", {}, {}, {"cap": ("a",)}, "the run's own list", id="cap"),
        pytest.param("a", {"deny": ["a"]}, {}, {"cap": ("a",)}, "tools.deny", id="a cap cannot widen"),
    ],
)
def test_runs(tool: str, tools: Any, agent: Any, occasion: Any, denied_by: str | None) -> None:
    """Each step can only narrow, deny always wins, and the rule is told."""
    verdict = verdict_on(tool, tools, agent, occasion)
    assert (verdict.is_allowed, None if verdict.is_allowed else verdict.rule) == (denied_by is None, denied_by)


@pytest.mark.parametrize(
    ("tools", "rule"),
    [
        pytest.param({}, "no rule", id="nothing said"),
        pytest.param({"deny": ["write"]}, "no rule", id="not denied"),
        pytest.param({"profile": "coding"}, "tools.profile: coding", id="by the profile"),
        pytest.param({"profile": "coding", "allow": ["read"]}, "tools.allow", id="by the last list"),
    ],
)
def test_allowed_by(tools: Any, rule: str) -> None:
    """Of an allowed tool the last list is told that names it."""
    assert verdict_on("read", tools) == Verdict(is_allowed=True, rule=rule)


def test_commands_that_are_never_run_are_not_offered() -> None:
    """With the mode deny there is no exec, and nothing to follow up; files stay."""
    assert verdict_on("exec", exec_mode="deny") == Verdict(is_allowed=False, rule="tools.exec.mode: deny")
    assert not verdict_on("process", exec_mode="deny").is_allowed
    assert verdict_on("read", exec_mode="deny").is_allowed


def test_read_only_sandbox_has_no_tools_that_write() -> None:
    """What would only be refused is not offered."""
    for tool in ("write", "edit", "apply_patch"):
        assert verdict_on(tool, occasion=BOXED, is_read_only=True).rule == "sandbox.workspaceAccess: ro"
        assert verdict_on(tool, is_read_only=True).is_allowed
    assert verdict_on("read", occasion=BOXED, is_read_only=True).is_allowed


LIFTABLE = "not by a single call; gateway.tools.allow may lift that"


@pytest.mark.parametrize(
    ("tool", "rules", "is_owner", "denied_by"),
    [
        pytest.param("web_fetch", {}, False, None, id="harmless"),
        pytest.param("exec", {}, True, LIFTABLE, id="built-in denial"),
        pytest.param("Exec", {}, True, LIFTABLE, id="case"),
        pytest.param("exec", {"allow": ["exec"]}, True, None, id="owner lifts it"),
        pytest.param("automations", {"allow": ["*"]}, False, "gateway.tools.allow, for owners only", id="not an owner"),
        pytest.param("exec", {"allow": ["exec"], "deny": ["exec"]}, True, "gateway.tools.deny", id="deny wins"),
        pytest.param("web_fetch", {"deny": ["web_*"]}, True, "gateway.tools.deny", id="denied by config"),
        pytest.param("read", {"allow": ["read"]}, True, "never by a single call", id="files are out of reach"),
        pytest.param("apply_patch", {"allow": ["write"]}, True, LIFTABLE, id="a patch is not lifted by another name"),
    ],
)
def test_single_calls(tool: str, rules: Any, is_owner: bool, denied_by: str | None) -> None:
    """The built-in denials hold until the config lifts one, for an owner; some hold always."""
    occasion = {"is_invoked": True, "is_owner": is_owner}
    verdict = verdict_on(tool, occasion=occasion, invoked=msgspec.convert(rules, AllowDeny))
    assert (verdict.is_allowed, None if verdict.is_allowed else verdict.rule) == (denied_by is None, denied_by)


def test_keys_are_found_from_the_narrow_to_the_wide() -> None:
    """A model before its provider, whose ids may hold slashes; a sender with a kind before one without."""
    policies = {"Router": Tools(deny=("a",)), "router/vendor/big": Tools(deny=("b",))}
    assert find_provider(policies, "router/Vendor/Big") == ("router/vendor/big", policies["router/vendor/big"])
    assert find_provider(policies, "router/vendor/small") == ("Router", policies["Router"])
    assert find_provider(policies, "route") is None
    assert find_sender({"eve": Tools(), "id:eve": Tools(deny=("a",))}, "eve") == ("id:eve", Tools(deny=("a",)))
    assert find_sender({"*": Tools()}, "") is None


NAMES = st.sampled_from([*NEVER_INVOKED, *NOT_INVOKED, "web_fetch", "srv__x", "browser"])
PATTERNS = st.lists(NAMES | st.sampled_from(["*", "group:fs", "group:runtime", "s*"])).map(tuple)
OCCASIONS = st.builds(
    Occasion,
    model=st.sampled_from(["", "up/tiny"]),
    sender=st.sampled_from(["", "eve"]),
    is_sandboxed=st.booleans(),
    depth=st.integers(0, 5),
    is_invoked=st.booleans(),
    is_owner=st.booleans(),
)


@given(NAMES, st.none() | PATTERNS, PATTERNS, PATTERNS, OCCASIONS)
def test_more_rules_never_allow_more(tool: str, allow: Any, deny: Any, more: Any, occasion: Occasion) -> None:
    """Whoever adds a denial, a cap, a sandbox or an agent's list takes away, whatever else is set; a guest never gets
    more than an owner.
    """

    def is_allowed(occasion: Occasion = occasion, *, denied: Any = deny, **agent: Any) -> bool:
        policy = Policy("ops", Tools(allow=allow, deny=denied), AgentTools(**agent), AllowDeny(allow, deny))
        return judge(tool, list_rules(policy, occasion)).is_allowed

    replace = msgspec.structs.replace
    assert is_allowed() >= is_allowed(denied=(*deny, *more))
    assert is_allowed() >= is_allowed(allow=more)
    assert is_allowed() >= is_allowed(by_provider={"up": ProfiledPolicy(deny=more)})
    assert is_allowed() >= is_allowed(replace(occasion, cap=more))
    assert is_allowed(replace(occasion, is_sandboxed=False)) >= is_allowed(replace(occasion, is_sandboxed=True))
    assert is_allowed(replace(occasion, is_invoked=False)) >= is_allowed(replace(occasion, is_invoked=True))
    assert is_allowed(replace(occasion, is_owner=True)) >= is_allowed(replace(occasion, is_owner=False))
