"""Which tools may be used: pure functions from the config and an occasion to rules, and from a name to a verdict.

The config's lists become rules in one fixed order. Each rule can only take tools away, so a denial anywhere is final,
and the first rule that takes a tool away is the one that is told. Every way in asks here and nowhere else: runs, the
tool methods of both transports, and `openclaw agents tools`. Source: OpenClaw docs/tools/policy.md and OpenClaw
docs/gateway/tools-invoke-http-api.md.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeVar

import msgspec

from openclaw_gateway.config.schema.tools import AgentTools, ProfiledPolicy, ToolPolicy, Tools
from openclaw_gateway.config.schema.values import AllowDeny
from openclaw_gateway.tools.tool_names import (
    IN_SANDBOX,
    NEVER_INVOKED,
    NOT_FOR_LAST_SUBAGENTS,
    NOT_FOR_SUBAGENTS,
    NOT_INVOKED,
    OPTIONAL,
    PROFILES,
    canonical,
    is_named,
)

NO_RULE = "no rule"

PolicyT = TypeVar("PolicyT", bound=ToolPolicy)


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """Whether a tool may be used. rule: the key of the config, or the name of the built-in list, that said so; of an
    allowed tool the last list that names it, "no rule" if there is none.
    """

    is_allowed: bool
    rule: str


class Rule(msgspec.Struct, frozen=True, gc=False):
    """One list. key: where it stands. patterns: an "allow" list leaves only what it names, a "deny" list takes that
    away, but not what `unless` names. is_written: somebody wrote it as a list of allowed tools, beyond a profile.
    """

    key: str
    effect: Literal["allow", "deny"]
    patterns: tuple[str, ...]
    unless: tuple[str, ...] = ()
    is_written: bool = False

    def takes_away(self, tool: str) -> bool:
        """Whether the tool is lost here."""
        if self.effect == "deny":
            return is_named(tool, self.patterns) and not is_named(tool, self.unless)
        return not self.lists(tool)

    def lists(self, tool: str) -> bool:
        """Whether an allow list names the tool. Who may write files may write them by a patch."""
        if is_named(tool, self.patterns):
            return True
        return canonical(tool) == "apply_patch" and is_named("write", self.patterns)


class Policy(msgspec.Struct, frozen=True):
    """All that the config says of one agent's tools. agent: its own part. invoked: `gateway.tools`. exec_mode: of its
    commands. is_read_only: its sandbox shows the workspace, and keeps it as it is. max_depth: of agents that started
    agents.
    """

    agent_id: str
    tools: Tools = Tools()
    agent: AgentTools = AgentTools()
    invoked: AllowDeny = AllowDeny()
    exec_mode: str = "ask"
    is_read_only: bool = False
    max_depth: int = 5


class Occasion(msgspec.Struct, frozen=True):
    """Who asks for tools, and where.

    model: `provider/model` that is shown them, "" for a call without a model. sender: whose message it is, as a
    credential's name, "" if nobody's. depth: 0 in a conversation, 1 in what it started, and so on. cap: the run's own
    list. is_invoked: a single call from outside instead of a run; is_owner: by a caller who may lift the denials
    for those.
    """

    model: str = ""
    sender: str = ""
    is_sandboxed: bool = False
    depth: int = 0
    cap: tuple[str, ...] | None = None
    is_invoked: bool = False
    is_owner: bool = False


def judge(tool: str, rules: tuple[Rule, ...]) -> Verdict:
    """The verdict of the first rule that takes the tool away; without one it may be used."""
    listed_by = NO_RULE
    for rule in rules:
        if rule.takes_away(tool):
            return Verdict(is_allowed=False, rule=rule.key)
        if rule.effect == "allow":
            listed_by = rule.key
    return Verdict(is_allowed=True, rule=listed_by)


def list_rules(policy: Policy, occasion: Occasion) -> tuple[Rule, ...]:
    """Everything that holds on an occasion, in the order in which it is asked."""
    return tuple(_rules(policy, occasion))


def find_provider(by_provider: Mapping[str, PolicyT], model: str) -> tuple[str, PolicyT] | None:
    """What is said of a model, with its key: `provider/model` before `provider`, without case."""
    if not by_provider or not model:
        return None
    said = {key.strip().lower(): (key, own) for key, own in by_provider.items()}
    lower = model.lower()
    return said.get(lower) or said.get(lower.partition("/")[0])


def find_sender(by_sender: Mapping[str, PolicyT], sender: str) -> tuple[str, PolicyT] | None:
    """What is said of a sender, with its key: `id:<name>` before `<name>` before `*`, which means every known one."""
    if not by_sender or not sender:
        return None
    for key in (f"id:{sender}", sender, "*"):
        if key in by_sender:
            return key, by_sender[key]
    return None


def _rules(policy: Policy, occasion: Occasion) -> Iterator[Rule]:
    tools, agent, own = policy.tools, policy.agent, f"agents.entries.{policy.agent_id}.tools"
    yield from _profile(("tools", tools), (own, agent))
    shared_say = find_provider(tools.by_provider, occasion.model)
    own_say = find_provider(agent.by_provider, occasion.model)
    shared_place = (f"tools.byProvider.{shared_say[0]}", shared_say[1]) if shared_say else None
    own_place = (f"{own}.byProvider.{own_say[0]}", own_say[1]) if own_say else None
    yield from _provider_profile(shared_place, own_place)
    yield from _lists("tools", tools)
    if shared_place:
        yield from _lists(*shared_place)
    yield from _lists(own, agent)
    if own_place:
        yield from _lists(*own_place)
    for place, by_sender in (("tools", tools.tools_by_sender), (own, agent.tools_by_sender)):
        said = find_sender(by_sender, occasion.sender)
        if said:
            yield from _lists(f"{place}.toolsBySender.{said[0]}", said[1])
    if occasion.is_sandboxed:
        yield from _sandbox(policy, own)
    if occasion.depth:
        yield from _subagent(policy, occasion.depth)
    if policy.exec_mode == "deny":
        # Nothing can be started, so there is nothing to follow up either.
        key = f"{own}.exec.mode" if agent.exec is not None else "tools.exec.mode"
        yield Rule(f"{key}: deny", "deny", ("exec", "process"))
    if occasion.cap is not None:
        yield Rule("the run's own list", "allow", occasion.cap, is_written=True)
    if occasion.is_invoked:
        yield from _invoked(policy.invoked, is_owner=occasion.is_owner)


_Place = tuple[str, ProfiledPolicy]


def _profile(shared: _Place, own: _Place) -> Iterator[Rule]:
    """An agent's own profile replaces the one for all; both places may add to whichever it is."""
    added = (*shared[1].also_allow, *own[1].also_allow)
    key, chosen = own if own[1].profile else shared
    if chosen.profile is None:
        yield Rule("no tools.profile: optional tools need full", "deny", OPTIONAL, unless=added)
    else:
        yield Rule(f"{key}.profile: {chosen.profile}", "allow", (*PROFILES[chosen.profile], *added))


def _provider_profile(shared: _Place | None, own: _Place | None) -> Iterator[Rule]:
    places = [place for place in (own, shared) if place is not None]
    chosen = next(((key, said.profile) for key, said in places if said.profile), None)
    if chosen is not None:
        added = [name for _, said in places for name in said.also_allow]
        yield Rule(f"{chosen[0]}.profile: {chosen[1]}", "allow", (*PROFILES[chosen[1]], *added))


def _lists(place: str, said: ToolPolicy) -> Iterator[Rule]:
    if said.deny:
        yield Rule(f"{place}.deny", "deny", said.deny)
    if said.allow is not None:
        yield Rule(f"{place}.allow", "allow", said.allow, is_written=bool(said.allow))


def _sandbox(policy: Policy, own: str) -> Iterator[Rule]:
    """An agent's own list for its sandbox replaces the one for all."""
    place, said = f"{own}.sandbox.tools", policy.agent.sandbox.tools
    if said is None:
        place, said = "tools.sandbox.tools", policy.tools.sandbox.tools or ToolPolicy()
    yield from _lists(place, said)
    if said.allow is None:
        yield Rule(f"{place}: built-in list", "allow", (*IN_SANDBOX, *said.also_allow))
    if policy.is_read_only:
        yield Rule("sandbox.workspaceAccess: ro", "deny", ("write", "edit", "apply_patch"))


def _subagent(policy: Policy, depth: int) -> Iterator[Rule]:
    yield Rule("never for subagents", "deny", NOT_FOR_SUBAGENTS)
    if depth >= policy.max_depth:
        yield Rule("never for subagents of the last depth", "deny", NOT_FOR_LAST_SUBAGENTS)
    if policy.tools.subagents.tools is not None:
        yield from _lists("tools.subagents.tools", policy.tools.subagents.tools)


def _invoked(said: AllowDeny, *, is_owner: bool) -> Iterator[Rule]:
    yield Rule("never by a single call", "deny", NEVER_INVOKED)
    if said.deny:
        yield Rule("gateway.tools.deny", "deny", tuple(said.deny))
    lifted = tuple(said.allow or ())
    yield Rule("not by a single call; gateway.tools.allow may lift that", "deny", NOT_INVOKED, unless=lifted)
    if not is_owner:
        yield Rule("gateway.tools.allow, for owners only", "deny", NOT_INVOKED)
