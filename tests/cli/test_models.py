"""`openclaw models`: what the configuration says of models, and changes of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command import openclaw
from tests.cli.home import read_config, write_config

PROVIDERS = {
    "near": {
        "baseUrl": "http://127.0.0.1:9/v1",
        "models": [{"id": "small", "contextWindow": 32000}, {"id": "large", "input": ["text", "image"]}],
    },
    "openai": {"apiKey": "${MY_KEY}"},
}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    defaults: dict[str, Any] = {"model": "near/small", "models": {"near/large": {"alias": "big"}}}
    write_config(tmp_path, models={"providers": PROVIDERS}, agents={"defaults": defaults, "entries": {"ada": {}}})
    return tmp_path


def _models(home: Path) -> Any:
    return read_config(home)["agents"]["defaults"]["model"]


def test_list(home: Path) -> None:
    """Each listed model is told with what it reads, where it is and what it is to us."""
    listed = openclaw(home, "models", "list", "--json").document
    assert listed["count"] == 2
    assert listed["models"][1] == {
        "key": "near/large",
        "name": "large",
        "input": "text+image",
        "contextWindow": None,
        "local": True,
        "available": True,
        "tags": ["alias:big"],
    }
    assert listed["models"][0]["tags"] == ["default"]
    assert openclaw(home, "models", "list", "--plain").out == "near/small\nnear/large\n"
    assert openclaw(home, "models", "list", "--provider", "openai", "--json").document["count"] == 0


def test_set(home: Path) -> None:
    """The default model is chosen by any of its names; the file before is kept beside it."""
    outcome = openclaw(home, "models", "set", "big")
    path = home / ".openclaw" / "openclaw.json"
    assert outcome.out == f"Updated config: {path}\nBackup: {path}.bak\nDefault model: near/large\n"
    assert _models(home) == {"primary": "near/large"}
    assert (home / ".openclaw" / "openclaw.json.bak").exists()


@pytest.mark.parametrize(
    ("ref", "is_warned_of"),
    [
        pytest.param("near/huge", True, id="not in the provider's list"),
        pytest.param("scripted/nosuch", True, id="not in the list of a built-in provider"),
        pytest.param("near/small", False, id="in the list"),
        pytest.param("scripted/demo", False, id="the demo"),
        pytest.param("openai/any", False, id="of a provider without a list"),
    ],
)
def test_set_warns_of_a_model_that_is_not_listed(home: Path, ref: str, is_warned_of: bool) -> None:
    """A model that its provider's list lacks is chosen all the same, with a warning."""
    outcome = openclaw(home, "models", "set", ref, MY_KEY="dummy-key")
    assert (outcome.code, "not among the models" in outcome.err) == (0, is_warned_of)
    assert _models(home) == {"primary": ref}


def test_fallbacks(home: Path) -> None:
    """Fallbacks are added once, kept in order, and taken away one by one or all."""
    for named in ("big", "openai/gpt-5", "near/large"):
        assert openclaw(home, "models", "fallbacks", "add", named).code == 0
    assert _models(home) == {"primary": "near/small", "fallbacks": ["near/large", "openai/gpt-5"]}
    assert openclaw(home, "models", "fallbacks").out == "near/large\nopenai/gpt-5\n"
    assert openclaw(home, "models", "fallbacks", "remove", "big", "--json").document["fallbacks"] == ["openai/gpt-5"]
    assert openclaw(home, "models", "fallbacks", "clear").out.endswith("Fallbacks: none\n")
    assert openclaw(home, "models", "fallbacks", "list", "--json").document == {"fallbacks": []}


def test_aliases(home: Path) -> None:
    """An alias leads to one model until it is removed."""
    assert openclaw(home, "models", "aliases", "add", "little", "near/small").code == 0
    assert openclaw(home, "models", "aliases", "--json").document == {
        "aliases": {"big": "near/large", "little": "near/small"}
    }
    assert openclaw(home, "models", "aliases", "remove", "big").code == 0
    assert openclaw(home, "models", "aliases", "list").out == "little  near/small\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(["set", "zzz/model"], 'Unknown model provider "zzz".', id="unknown provider"),
        pytest.param(["aliases", "add", "big", "near/small"], "means near/large", id="alias that is taken"),
        pytest.param(["aliases", "add", "a/b", "near/small"], "slash", id="alias like a model"),
        pytest.param(["aliases", "remove", "nope"], "no alias", id="no such alias"),
        pytest.param(["fallbacks", "remove", "near/large"], "no fallback", id="no such fallback"),
        pytest.param(["status", "--agent", "nope"], "Unknown agent id", id="no such agent"),
    ],
)
def test_refused(home: Path, arguments: list[str], reason: str) -> None:
    """What cannot be done is said, and the file stays as it is."""
    before = read_config(home)
    outcome = openclaw(home, "models", *arguments)
    assert (outcome.code, outcome.out) == (1, "")
    assert reason in outcome.err
    assert read_config(home) == before
