"""One form for what the file may say in several."""

from pathlib import Path

from tests.config.folder import load_text


def test_several_forms_become_one(tmp_path: Path) -> None:
    """Texts for models and proxies, loose variables and older lists load as the objects that the code knows."""
    config = load_text(
        tmp_path,
        """{
          env: { A: "1" },
          agents: {
            defaults: { model: "p/m", subagents: { model: "p/s" } },
            list: [{ id: "one", model: "p/x" }],
            entries: { two: { model: { fallbacks: ["p/y"] } } },
          },
          models: { providers: { p: { request: { proxy: "http://proxy:3128" } } } },
        }""",
    ).config
    assert config.env.vars == {"A": "1"}
    assert config.agents.defaults.model is not None
    assert config.agents.defaults.model.primary == "p/m"
    assert config.agents.defaults.subagents.model is not None
    assert config.agents.entries["one"].model is not None
    assert config.agents.entries["one"].model.fallbacks is None
    assert config.agents.entries["two"].model is not None
    assert config.agents.entries["two"].model.fallbacks == ("p/y",)
    assert config.models.providers["p"].request.proxy is not None
    assert config.models.providers["p"].request.proxy.url == "http://proxy:3128"


def test_an_older_list_keeps_its_owner(tmp_path: Path) -> None:
    """Of several agents the flagged one, else the first, answers when none is named; a set owner stays."""
    assert _owner(tmp_path, "list: [{id: 'a'}, {id: 'b', default: true}]") == "b"
    assert _owner(tmp_path, "list: [{id: 'a'}, {id: 'b'}]") == "a"
    assert _owner(tmp_path, "list: [{id: 'a'}]") is None
    assert _owner(tmp_path, "list: [{id: 'a'}, {id: 'b'}], defaults: {systemAgent: {agentId: 'b'}}") == "b"


def _owner(folder: Path, agents: str) -> str | None:
    return load_text(folder, f"{{agents: {{{agents}}}}}").config.agents.defaults.system_agent.agent_id
