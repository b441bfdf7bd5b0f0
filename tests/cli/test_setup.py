"""A first configuration with a token, and nothing that exists is touched."""

import json
import stat
from pathlib import Path

from tests.cli.command import openclaw


def test_first_configuration(tmp_path: Path) -> None:
    """Setup writes a local gateway with a generated token, for this user's eyes only, and the folders."""
    outcome = openclaw(tmp_path, "setup", "--port", "20001", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    path = tmp_path / ".openclaw" / "openclaw.json"
    assert outcome.document == {
        "ok": True,
        "path": str(path),
        "created": True,
        "workspace": str(tmp_path / ".openclaw" / "workspace"),
    }
    gateway = json.loads(path.read_text())["gateway"]
    assert (gateway["mode"], gateway["port"], gateway["bind"]) == ("local", 20001, "loopback")
    assert len(gateway["auth"]["token"]) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert gateway["auth"]["token"] not in outcome.out


def test_setup_is_no_dead_end(tmp_path: Path) -> None:
    """Setup says what is missing for an answer, where the token is, and the commands that come next."""
    bare = openclaw(tmp_path, "--profile", "work", "setup")
    path = tmp_path / ".openclaw-work" / "openclaw.json"
    assert (bare.code, bare.out) == (0, f"Wrote {path}\n")
    for wanted in (
        "no model is configured: set agents.defaults.model",
        "openclaw --profile work onboard",
        f"The token is in {path}, under gateway.auth.token.",
        "openclaw --profile work config set gateway.http.endpoints.chatCompletions.enabled true",
        "openclaw --profile work gateway",
        "openclaw --profile work agent --message hi",
    ):
        assert wanted in bare.err
    with_key = openclaw(tmp_path, "setup", OPENROUTER_API_KEY="k")
    assert "Model: openrouter/openrouter/auto (the key of openrouter is there" in with_key.err


def test_tokens_differ(tmp_path: Path) -> None:
    """Two machines do not get the same token."""
    tokens = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        assert openclaw(tmp_path / name, "setup").code == 0
        config = json.loads((tmp_path / name / ".openclaw" / "openclaw.json").read_text())
        tokens.add(config["gateway"]["auth"]["token"])
    assert len(tokens) == 2


def test_existing_configuration_stays(tmp_path: Path) -> None:
    """A second setup leaves the file as it is, byte for byte."""
    folder = tmp_path / ".openclaw"
    folder.mkdir()
    path = folder / "openclaw.json"
    path.write_text("{ gateway: { mode: 'local' } } // mine\n")
    outcome = openclaw(tmp_path, "setup", "--baseline", "--json")
    assert (outcome.code, outcome.document["created"]) == (0, False)
    assert path.read_text() == "{ gateway: { mode: 'local' } } // mine\n"


def test_profile_has_its_own_folder(tmp_path: Path) -> None:
    """--profile and --dev keep their state apart, before and behind the command."""
    assert openclaw(tmp_path, "--profile", "work", "setup").code == 0
    assert openclaw(tmp_path, "setup", "--dev").code == 0
    assert (tmp_path / ".openclaw-work" / "openclaw.json").is_file()
    assert (tmp_path / ".openclaw-dev" / "openclaw.json").is_file()
    assert not (tmp_path / ".openclaw").exists()


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A state folder in an impossible place is a failure with its reason, not a traceback."""
    (tmp_path / "file").write_text("")
    outcome = openclaw(tmp_path, "setup", OPENCLAW_STATE_DIR=str(tmp_path / "file" / "state"))
    assert outcome.code == 1
    assert outcome.err.startswith("error: cannot make the folder")
