"""What an agent's own section leaves unsaid."""

from pathlib import Path

from tests.config.folder import load_text

CONFIG = """{
  tools: { exec: { mode: "deny", timeoutSeconds: 60, applyPatch: { enabled: false, allowModels: ["p/m"] } } },
  agents: {
    defaults: {
      sandbox: { mode: "all", backend: "bubblewrap" },
      subagents: { model: { primary: "p/s", fallbacks: ["p/t"] }, maxSpawnDepth: 2 },
    },
    entries: {
      own: {
        tools: { exec: { timeoutSeconds: 5, applyPatch: { allowModels: ["p/n"] } } },
        sandbox: { scope: "session" },
        subagents: { model: "p/u" },
      },
      plain: {},
    },
  },
}"""


def test_one_key_of_an_agent_keeps_what_is_forbidden_to_all(tmp_path: Path) -> None:
    """An agent's time limit for commands does not bring back the commands that nobody may run."""
    own = load_text(tmp_path, CONFIG).config.agents.entries["own"]
    assert own.tools.exec is not None
    assert (own.tools.exec.mode, own.tools.exec.timeout_seconds) == ("deny", 5)
    assert (own.tools.exec.apply_patch.enabled, own.tools.exec.apply_patch.allow_models) == (False, ("p/n",))
    assert own.sandbox is not None
    assert (own.sandbox.mode, own.sandbox.backend, own.sandbox.scope) == ("all", "bubblewrap", "session")


def test_a_choice_of_models_is_taken_whole(tmp_path: Path) -> None:
    """An agent's own model does not get the fallbacks of somebody else's."""
    subagents = load_text(tmp_path, CONFIG).config.agents.entries["own"].subagents
    assert subagents is not None
    assert subagents.model is not None
    assert (subagents.model.primary, subagents.model.fallbacks, subagents.max_spawn_depth) == ("p/u", None, 2)


def test_an_agent_that_says_nothing_has_no_section(tmp_path: Path) -> None:
    """Nothing is copied to where nothing was written."""
    plain = load_text(tmp_path, CONFIG).config.agents.entries["plain"]
    assert (plain.tools.exec, plain.sandbox, plain.subagents) == (None, None, None)
