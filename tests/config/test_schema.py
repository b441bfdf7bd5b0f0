"""The schema: its defaults, its strictness, and what of an original file it takes.

Covers config/schema/values.py, config/schema/gateway.py, config/schema/agents.py, config/schema/models.py,
config/schema/session.py, config/schema/tools.py, config/schema/operation.py, config/schema/secrets.py and
config/schema/root.py.
"""

from pathlib import Path

import msgspec
import pytest
from tests.config.folder import load_text

from openclaw_gateway.config.schema import Config, Http, Section

REALISTIC = Path(__file__).with_name("realistic.json5")


@pytest.mark.parametrize(
    ("path", "default"),
    [
        pytest.param("gateway.auth.rate_limit.max_attempts", 10, id="limiter"),
        pytest.param("gateway.auth.rate_limit.lockout_ms", 300_000, id="lockout"),
        pytest.param("gateway.http.endpoints.chat_completions.enabled", False, id="chat is off"),
        pytest.param("gateway.http.endpoints.chat_completions.images.allow_url", False, id="chat images"),
        pytest.param("gateway.http.endpoints.responses.images.allow_url", False, id="responses images"),
        pytest.param("gateway.http.endpoints.responses.files.allow_url", False, id="responses files"),
        pytest.param("gateway.http.endpoints.responses.files.max_bytes", 5_242_880, id="files"),
        pytest.param("agents.defaults.timeout_seconds", 172_800, id="run timeout"),
        pytest.param("agents.defaults.max_concurrent", None, id="lanes by CPU"),
        pytest.param("agents.defaults.compaction.mode", "safeguard", id="compaction"),
        pytest.param("agents.defaults.subagents.max_spawn_depth", 5, id="subagents"),
        pytest.param("session.reset_triggers", ("/new", "/reset"), id="reset"),
        pytest.param("session.maintenance.max_entries", 5_000, id="maintenance"),
        pytest.param("tools.exec.timeout_seconds", 1_800, id="exec"),
        pytest.param("tools.web.fetch.max_response_bytes", 750_000, id="fetch"),
        pytest.param("messages.queue.mode", "steer", id="queue"),
        pytest.param("logging.max_file_bytes", 104_857_600, id="log"),
        pytest.param("commands.restart", True, id="commands"),
        pytest.param("skills.limits.max_skills_in_prompt", 150, id="skills"),
    ],
)
def test_a_missing_file_means_these_defaults(path: str, default: object) -> None:
    """`Config()` has the defaults of the original."""
    value: object = Config()
    for name in path.split("."):
        value = getattr(value, name)
    assert value == default


def _sections(root: type[Section]) -> list[type[Section]]:
    return [root, *(found for child in root.__subclasses__() for found in _sections(child))]


@pytest.mark.parametrize("section", _sections(Section), ids=lambda section: section.__name__)
def test_every_object_is_strict_and_frozen(section: type[Section]) -> None:
    """No object of the file takes a key it does not know, and none changes after loading."""
    assert section.__struct_config__.forbid_unknown_fields
    assert section.__struct_config__.frozen
    assert all("_" not in field.encode_name.removeprefix("$") for field in msgspec.structs.fields(section))


def test_a_file_of_the_original_loads_unchanged(tmp_path: Path) -> None:
    """A file that uses many parts, also those that are not here, starts the gateway as it is."""
    loaded = load_text(tmp_path, REALISTIC.read_text(encoding="utf-8"), OPENROUTER_API_KEY="or-key", HOOK="h")
    config = loaded.config
    assert config.gateway.http.endpoints.chat_completions.enabled
    assert config.gateway.trusted_proxies == ("10.0.0.0/8",)
    assert config.models.providers["openrouter"].api_key == "or-key"
    assert config.models.providers["local"].models[0].compat.max_tokens_field == "max_tokens"
    assert config.agents.defaults.model is not None
    assert config.agents.defaults.model.fallbacks == ("local/qwen3:8b",)
    assert config.agents.entries["coder"].model is not None
    assert config.agents.entries["coder"].model.primary == "local/qwen3:8b"
    assert config.agents.entries["coder"].skills == ()
    assert config.tools.exec.apply_patch.workspace_only
    assert config.env.vars == {"EXTRA": "1", "TZ": "Europe/Vienna"}
    assert loaded.warnings == ()
    assert set(loaded.ignored_keys) >= {"channels", "plugins", "hooks", "talk", "wizard", "session.mainKey", "bindings"}


def test_names_of_session_headers_are_in_lower_case() -> None:
    """A header is found whatever case the file has it in, because requests bring names in lower case."""
    section = msgspec.convert({"sessionHeaders": ["X-Chat-Id", "x-other"]}, Http)
    assert section.session_headers == ("x-chat-id", "x-other")
