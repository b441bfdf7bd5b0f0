"""`docs/reference/policy.md`, written from the functions that decide: `openclaw agents tools --table`."""

from pathlib import Path
from typing import Final, get_args

from openclaw_gateway.config.schema import Sandbox
from openclaw_gateway.config.schema.tools import Exec, Files, Profile, Tools, Web
from openclaw_gateway.config.schema.values import AllowDeny
from openclaw_gateway.tools.permission.gate import Gate
from openclaw_gateway.tools.permission.terms import Terms, combine_terms
from openclaw_gateway.tools.policy import Occasion, Policy, judge, list_rules
from openclaw_gateway.tools.shelf import ToolParts, ToolSettings, make_tools

_YES, _NO = "yes", "-"

_INTRODUCTION: Final = """# Which tools an agent may use

Written by `make docs` from the functions that decide; a test compares it with them. What the configuration of an
installation makes of it, with the rule for each tool: `openclaw agents tools --agent ID --explain`.

A tool that an agent may not use is not shown to its model, and a call of it anyway finds nothing. The rules are asked
in this order; each can only take tools away, and the first that does is the one that is told:

1. `tools.profile`, or the agent's own instead of it, with what both say in `alsoAllow`. Without a profile only the
   optional tools are missing.
2. The `profile` of `tools.byProvider.<provider/model>`, else of `tools.byProvider.<provider>`, or the agent's own
   instead of it.
3. `tools.deny` and `tools.allow`.
4. Those of `tools.byProvider`.
5. The agent's own.
6. Those of the agent's `byProvider`.
7. `tools.toolsBySender.<id:name, name or *>`, then the agent's. Who speaks is a device's id, `shared-secret` or
   `anonymous`.
8. In a sandbox `tools.sandbox.tools`, or the agent's own instead of it. Without `allow` there the tools of the column
   "sandbox" are in, and `alsoAllow` adds to them. `workspaceAccess: "ro"` takes `write`, `edit` and `apply_patch` away.
9. In sessions that agents started: some tools never, and `tools.subagents.tools`.
10. `tools.exec.mode: "deny"` takes `exec` and `process` away.
11. For a single call from outside (`POST /tools/invoke`, `tools.invoke`): `gateway.tools` and what is built in.

Names have no case, `*` stands for anything, `group:…` for its members. `bash` is `exec`, `image` is `view_image`,
`update_plan` is `progress_card`, `cron` is `automations`. Who is allowed `write` is allowed `apply_patch`. A list of
allowed tools that leaves none ends the run before the model is asked, with the error `no_tools_left`, unless the caller
brings tools. A stand-in that takes over in a run is shown the first model's tools without those that it may not use
itself.
"""


def write_policy_page() -> str:
    """The whole page, ending in a line end."""
    tools = list(_make())
    profiles: list[Profile | None] = [None, *get_args(Profile)]
    head = ["tool", "no profile", *filter(None, profiles), "sandbox", "subagent", "deepest subagent"]
    runs = [
        [f"`{tool}`", *(_judge(tool, Tools(profile=profile)) for profile in profiles), *_places(tool)] for tool in tools
    ]
    calls = [[f"`{tool}`", *_calls(tool)] for tool in tools]
    parts = [
        _INTRODUCTION,
        "## In a run\n\nColumns beside the profiles: with no profile, in that place.\n",
        _table(head, runs),
        "## By a single call, over HTTP and WebSocket\n",
        "With no profile. In the last two columns `gateway.tools.allow` names the tool.\n",
        _table(["tool", "by anybody", "lifted, by others", "lifted, by owners"], calls),
        "## Commands, by `tools.exec.mode`\n",
        "The approvals file can only make it stricter, and so can `ask` of a call.\n",
        _table(["mode", "`exec` is shown", "listed and safe commands", "other commands", "nobody answers"], _modes()),
    ]
    return "\n".join(parts)


def _make() -> list[str]:
    nowhere = Path("/nonexistent")
    settings = ToolSettings("main", nowhere, Exec(), Files(), Web(), Sandbox(), nowhere)
    return [*make_tools(settings, ToolParts(Gate.of(nowhere, lambda: 0)))]


def _judge(tool: str, tools: Tools | None = None, occasion: Occasion | None = None, exec_mode: str = "ask") -> str:
    policy = Policy("main", tools or Tools(), exec_mode=exec_mode)
    return _YES if judge(tool, list_rules(policy, occasion or Occasion())).is_allowed else _NO


def _places(tool: str) -> list[str]:
    occasions = (Occasion(is_sandboxed=True), Occasion(depth=1), Occasion(depth=Policy("main").max_depth))
    return [_judge(tool, None, occasion) for occasion in occasions]


def _calls(tool: str) -> list[str]:
    lifted = Policy("main", invoked=AllowDeny(allow=(tool,)))
    cases = [(Policy("main"), False), (lifted, False), (lifted, True)]
    verdicts = [judge(tool, list_rules(policy, Occasion(is_invoked=True, is_owner=owner))) for policy, owner in cases]
    return [_YES if verdict.is_allowed else _NO for verdict in verdicts]


def _modes() -> list[list[str]]:
    rows = []
    for mode in ("deny", "allowlist", "ask", "auto", "full"):
        terms = combine_terms(Exec(mode=mode), Terms("full", "off"), None)
        rows.append([f"`{mode}`", _judge("exec", exec_mode=mode), *_verdicts(terms)])
    return rows


def _verdicts(terms: Terms) -> list[str]:
    listed = "refused" if terms.security == "deny" else "run"
    if terms.security == "full":
        return [listed, "run", "nobody is asked"]
    if terms.ask == "off":
        return [listed, "refused", "nobody is asked"]
    return [listed, "a person is asked", "refused"]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
