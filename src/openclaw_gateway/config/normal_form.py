"""One form for what the file may say in several, so that everything behind it knows only that one.

A model as "provider/model" becomes an object, a proxy as a URL too, `agents.list[]` becomes `agents.entries`, loose
variables in `env` move to `env.vars`. Only the tree in memory changes; the user's file stays as it is.
"""

from openclaw_gateway.config.key_path import KeyPath
from openclaw_gateway.config.slots import find_slots
from openclaw_gateway.config.validate import Fault

MODEL_CHOICES = (
    ("agents", "defaults", "model"),
    ("agents", "defaults", "utilityModel"),
    ("agents", "defaults", "imageModel"),
    ("agents", "defaults", "pdfModel"),
    ("agents", "defaults", "subagents", "model"),
    ("agents", "entries", "*", "model"),
    ("agents", "entries", "*", "utilityModel"),
    ("agents", "entries", "*", "subagents", "model"),
    ("agents", "entries", "*", "tools", "exec", "reviewer", "model"),
    ("tools", "exec", "reviewer", "model"),
)
PROXIES = (("models", "providers", "*", "request", "proxy"),)
Moves = dict[KeyPath, KeyPath]


def normalise(tree: dict[str, object]) -> tuple[Moves, list[Fault]]:
    """Bring a tree into its one form, in place.

    Returns where moved parts stood in the file (new path to old), and what could not be moved.
    """
    moves: Moves = {}
    faults: list[Fault] = []
    _move_agents(tree.get("agents"), moves, faults)
    _move_variables(tree.get("env"), moves)
    for patterns, key in ((MODEL_CHOICES, "primary"), (PROXIES, "url")):
        for slot in find_slots(tree, patterns):
            if isinstance(slot.value, str):
                slot.replace({key: slot.value})
                moves[(*slot.path, key)] = slot.path
    return moves, faults


def _move_agents(agents: object, moves: Moves, faults: list[Fault]) -> None:
    if not isinstance(agents, dict) or not isinstance(agents.get("list"), list):
        return
    entries = agents.setdefault("entries", {})
    if not isinstance(entries, dict):
        return
    owner: str | None = None
    for index, entry in enumerate(agents.pop("list")):
        place: KeyPath = ("agents", "list", index)
        if not isinstance(entry, dict):
            faults.append(Fault(place, "Invalid input: expected object", expected="object"))
            continue
        agent_id = entry.pop("id", None)
        if not isinstance(agent_id, str) or not agent_id:
            faults.append(Fault((*place, "id"), "Invalid input: expected string", expected="the agent's id"))
        elif agent_id in entries:
            faults.append(Fault((*place, "id"), f'There is another agent with the id "{agent_id}"'))
        else:
            moves["agents", "entries", agent_id] = place
            # The older form had an owner always: the flagged agent, else the first one.
            if entry.pop("default", False) is True or owner is None:
                owner = agent_id
            entries[agent_id] = entry
    _name_owner(agents, owner, len(entries))


def _name_owner(agents: dict[str, object], owner: str | None, count: int) -> None:
    defaults = agents.setdefault("defaults", {})
    if owner is not None and count > 1 and isinstance(defaults, dict):
        defaults.setdefault("systemAgent", {"agentId": owner})


def _move_variables(env: object, moves: Moves) -> None:
    if not isinstance(env, dict):
        return
    loose = [name for name, value in env.items() if name not in ("vars", "shellEnv") and isinstance(value, str)]
    variables = env.setdefault("vars", {}) if loose else None
    if isinstance(variables, dict):
        for name in loose:
            variables.setdefault(name, env.pop(name))
            moves["env", "vars", name] = ("env", name)
