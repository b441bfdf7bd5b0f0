"""The tools of one agent on one occasion: what its model is shown, what a call finds, why the others are not there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from openclaw_gateway.asking import ToolSpec
from openclaw_gateway.config.schema.sandbox import Sandbox
from openclaw_gateway.tools.policy import Occasion, Policy, Rule, Verdict, find_provider, find_sender, judge, list_rules
from openclaw_gateway.tools.sandbox.boxes import is_sandboxed
from openclaw_gateway.tools.tool import Tool

# An occasion is told apart by what the config names, so there are few; caps of runs are the exception.
MAX_KEPT = 256

_SUBAGENT = ":subagent:"


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What an agent may use. specs: the same tools as its model is shown them. denied: name -> rule, of the rest.

    spec_chars: about how many characters of a prompt the specs take.
    shelf: all tools that there are, whoever may use them. names: of those allowed. rules: that were asked. emptied_by:
    key of a written list of allowed tools when nothing is left; an agent that was meant to have tools does not go to
    work without any.
    """

    shelf: Mapping[str, Tool]
    tools: Mapping[str, Tool]
    specs: tuple[ToolSpec, ...]
    spec_chars: int
    denied: Mapping[str, str]
    names: tuple[str, ...]
    rules: tuple[Rule, ...]
    emptied_by: str | None


def fill_toolbox(shelf: Mapping[str, Tool], rules: tuple[Rule, ...]) -> Toolbox:
    """Sort the tools by what the rules say of them."""
    allowed: dict[str, Tool] = {}
    denied: dict[str, str] = {}
    for name, tool in shelf.items():
        verdict = judge(name, rules)
        if verdict.is_allowed:
            allowed[name] = tool
        else:
            denied[name] = verdict.rule
    specs = tuple([ToolSpec(tool.name, tool.description, tool.parameters) for tool in allowed.values()])
    emptied_by = None if allowed else next((rule.key for rule in rules if rule.is_written), None)
    return Toolbox(shelf, allowed, specs, count_spec_chars(specs), denied, tuple(allowed), rules, emptied_by)


def count_spec_chars(specs: Sequence[ToolSpec]) -> int:
    """About how many characters of a prompt these tools take."""
    return sum([len(spec.description or "") + len(spec.parameters or b"") for spec in specs])


@dataclass(slots=True)
class Toolboxes:
    """The toolboxes of one agent, each filled once for a revision of the config.

    shelf: all tools that there are. sandbox: the agent's.
    """

    shelf: Mapping[str, Tool]
    policy: Policy
    sandbox: Sandbox = field(default_factory=Sandbox)
    _kept: dict[Occasion, Toolbox] = field(default_factory=dict)
    _names_anybody: bool = field(init=False)

    def __post_init__(self) -> None:
        tools, agent = self.policy.tools, self.policy.agent
        named = (tools.by_provider, agent.by_provider, tools.tools_by_sender, agent.tools_by_sender)
        self._names_anybody = any(named)

    def find(self, session_key: str, model: str = "", sender: str = "", cap: tuple[str, ...] | None = None) -> Toolbox:
        """The one for a turn of a session. model: `provider/model` that is asked, "" for the tools that no model
        is needed for. sender: who spoke. cap: the turn's own list of tools.
        """
        if not self._names_anybody:
            model = sender = ""
        occasion = self.occasion(session_key, model, sender, cap)
        toolbox = self._kept.get(occasion)
        if toolbox is None:
            toolbox = fill_toolbox(self.shelf, list_rules(self.policy, occasion))
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[occasion] = toolbox
        return toolbox

    def occasion(
        self, session_key: str, model: str = "", sender: str = "", cap: tuple[str, ...] | None = None
    ) -> Occasion:
        """What the config can tell apart of it: a model or sender that it does not name is like any other."""
        tools, agent = self.policy.tools, self.policy.agent
        if model and not (find_provider(tools.by_provider, model) or find_provider(agent.by_provider, model)):
            model = ""
        if sender and not (find_sender(tools.tools_by_sender, sender) or find_sender(agent.tools_by_sender, sender)):
            sender = ""
        return Occasion(
            model=model,
            sender=sender,
            is_sandboxed=is_sandboxed(self.sandbox, self.policy.agent_id, session_key),
            depth=session_key.count(_SUBAGENT),
            cap=cap,
        )

    def judge_call(self, name: str, session_key: str, *, sender: str = "", is_owner: bool) -> Verdict:
        """Whether a single call from outside may use a tool in a session. is_owner: the caller may lift the built-in
        denials.
        """
        occasion = msgspec.structs.replace(self.occasion(session_key, "", sender), is_invoked=True, is_owner=is_owner)
        return judge(name, list_rules(self.policy, occasion))
