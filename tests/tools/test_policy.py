"""Verdicts on tools, with the rule that gave each."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.config.schema import Tools
from openclaw_gateway.config.schema.tools import AgentTools
from openclaw_gateway.config.schema.values import AllowDeny
from openclaw_gateway.tools.policy import (
    DENIED_OVER_HTTP,
    NEVER_OVER_HTTP,
    Verdict,
    judge_for_agent,
    judge_over_http,
)

NOTHING_AGAINST = "no rule against it"


@pytest.mark.parametrize(
    ("tool", "tools", "agent", "allowed", "rule"),
    [
        pytest.param("any", {}, None, True, NOTHING_AGAINST, id="silence"),
        pytest.param("exec", {"deny": ["exec"]}, None, False, "tools.deny", id="denied"),
        pytest.param("exec", {"deny": ["EX*"]}, None, False, "tools.deny", id="glob without case"),
        pytest.param("exec", {"deny": ["e?ec", "[e]xec", "exe"]}, None, True, NOTHING_AGAINST, id="only * is a glob"),
        pytest.param("edit", {"deny": ["group:fs"]}, None, False, "tools.deny", id="group"),
        pytest.param("a", {"allow": ["a"], "deny": ["a"]}, None, False, "tools.deny", id="deny wins"),
        pytest.param("b", {"allow": ["a"]}, None, False, "tools.allow", id="not listed"),
        pytest.param("b", {"allow": []}, None, False, "tools.allow", id="nothing listed"),
        pytest.param("apply_patch", {"allow": ["write"]}, None, True, NOTHING_AGAINST, id="a patch is writing"),
        pytest.param("apply_patch", {"deny": ["write"]}, None, True, NOTHING_AGAINST, id="no writing, but patches"),
        pytest.param("progress_card", {"deny": ["update_plan"]}, None, False, "tools.deny", id="other name"),
        pytest.param("exec", {"deny": ["bash"]}, None, False, "tools.deny", id="older name of exec"),
        pytest.param("b", {"allow": ["b"]}, {"deny": ["b"]}, False, "agent tools.deny", id="the agent narrows"),
        pytest.param("b", {"deny": ["b"]}, {"allow": ["b"]}, False, "tools.deny", id="the agent cannot widen"),
        pytest.param("exec", {"profile": "messaging"}, None, False, "profile messaging", id="profile"),
        pytest.param("exec", {"profile": "minimal"}, {"profile": "coding"}, True, NOTHING_AGAINST, id="own profile"),
        pytest.param("x", {"profile": "minimal", "alsoAllow": ["x"]}, None, True, NOTHING_AGAINST, id="also allowed"),
        pytest.param("x", {"profile": "minimal"}, {"alsoAllow": ["x"]}, True, NOTHING_AGAINST, id="agent also allows"),
        pytest.param("srv__x", {"profile": "coding"}, None, True, NOTHING_AGAINST, id="tools of servers"),
        pytest.param("srv__x", {"deny": ["bundle-mcp"]}, None, False, "tools.deny", id="no tools of servers"),
        pytest.param("web_fetch", {"allow": ["group:openclaw"]}, None, True, NOTHING_AGAINST, id="built in"),
        pytest.param("exec", {"allow": ["group:openclaw"]}, None, False, "tools.allow", id="built in, without runtime"),
    ],
)
def test_for_agent(tool: str, tools: Any, agent: Any, allowed: bool, rule: str) -> None:
    """Each step can only narrow, deny always wins, and the rule is told."""
    entry = None if agent is None else msgspec.convert(agent, AgentTools)
    assert judge_for_agent(tool, msgspec.convert(tools, Tools), entry) == Verdict(allowed, rule)


@pytest.mark.parametrize(
    ("tool", "rules", "is_owner", "allowed", "rule"),
    [
        pytest.param("web_fetch", {}, False, True, NOTHING_AGAINST, id="harmless"),
        pytest.param("exec", {}, True, False, "denied over HTTP", id="built-in denial"),
        pytest.param("Exec", {}, True, False, "denied over HTTP", id="case"),
        pytest.param("exec", {"allow": ["exec"]}, True, True, "gateway.tools.allow", id="owner lifts it"),
        pytest.param("cron", {"allow": ["*"]}, False, False, "gateway.tools.allow, for owners only", id="not an owner"),
        pytest.param("exec", {"allow": ["exec"], "deny": ["exec"]}, True, False, "gateway.tools.deny", id="deny wins"),
        pytest.param("web_fetch", {"deny": ["web_*"]}, True, False, "gateway.tools.deny", id="denied by config"),
        pytest.param("read", {"allow": ["read"]}, True, False, "never over HTTP", id="files are out of reach"),
    ],
)
def test_over_http(tool: str, rules: Any, is_owner: bool, allowed: bool, rule: str) -> None:
    """The built-in denials hold until the config lifts one, for an owner; some hold always."""
    assert judge_over_http(tool, msgspec.convert(rules, AllowDeny), is_owner=is_owner) == Verdict(allowed, rule)


NAMES = st.sampled_from([*NEVER_OVER_HTTP, *DENIED_OVER_HTTP, "web_fetch", "srv__x"])
PATTERNS = st.lists(NAMES | st.sampled_from(["*", "group:fs", "group:runtime", "s*"])).map(tuple)


@given(NAMES, st.none() | PATTERNS, PATTERNS, PATTERNS)
def test_more_denials_never_allow_more(tool: str, allow: Any, deny: Any, more: Any) -> None:
    """Whoever adds to a deny list takes away, whatever else is set; a guest never gets more than an owner."""
    for is_owner in (True, False):
        before = judge_over_http(tool, AllowDeny(allow=allow, deny=deny), is_owner=is_owner)
        after = judge_over_http(tool, AllowDeny(allow=allow, deny=(*deny, *more)), is_owner=is_owner)
        assert before.is_allowed >= after.is_allowed
    guest = judge_over_http(tool, AllowDeny(allow=allow, deny=deny), is_owner=False)
    assert judge_over_http(tool, AllowDeny(allow=allow, deny=deny), is_owner=True).is_allowed >= guest.is_allowed
    before = judge_for_agent(tool, Tools(allow=allow, deny=deny), None)
    assert before.is_allowed >= judge_for_agent(tool, Tools(allow=allow, deny=(*deny, *more)), None).is_allowed
