"""The file of what people have allowed for good."""

import json
from pathlib import Path
from typing import Any

import pytest

from openclaw_gateway.errors import Conflict, InvalidRequest, StoreUnavailable
from openclaw_gateway.tools.permission.approvals_file import ApprovalsFile
from openclaw_gateway.tools.permission.entries import AllowEntry
from openclaw_gateway.tools.permission.terms import Terms

ENTRY = AllowEntry("/usr/bin/git", "status")


@pytest.fixture
def file(tmp_path: Path) -> ApprovalsFile:
    """No file yet."""
    return ApprovalsFile(tmp_path / "state", lambda: 7)


def write(file: ApprovalsFile, content: Any) -> None:
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def test_missing(file: ApprovalsFile) -> None:
    """Without a file nothing is demanded and nothing is allowed."""
    snapshot = file.read()
    assert (snapshot.exists, len(snapshot.hash)) == (False, 64)
    assert snapshot.record.terms("main") == Terms("full", "off", "deny")
    assert snapshot.record.allowlist("main") == ()


def test_remember(file: ApprovalsFile) -> None:
    """What is remembered is in the file once, readable by its owner alone, and by a person."""
    file.remember("main", [ENTRY], "git status")
    file.remember("main", [ENTRY], "git status")
    assert file.path.stat().st_mode & 0o777 == 0o600
    text = file.path.read_text(encoding="utf-8")
    (entry,) = json.loads(text)["agents"]["main"]["allowlist"]
    told = {key: entry[key] for key in ("pattern", "argPattern", "source", "commandText", "createdAt")}
    assert told == {
        "pattern": "/usr/bin/git", "argPattern": "status", "source": "allow-always", "commandText": "git status",
        "createdAt": 7,
    }  # fmt: skip
    assert text.count("\n") > 5
    assert file.read().record.allowlist("main") == (ENTRY,)
    assert file.read().record.allowlist("other") == ()


def test_edit_of_a_person_stays(file: ApprovalsFile) -> None:
    """What a person has written meanwhile is taken over and kept, also what is not read here."""
    file.remember("main", [ENTRY], "git status")
    content = json.loads(file.path.read_text(encoding="utf-8"))
    content["agents"]["*"] = {"ask": "always", "allowlist": [{"pattern": "/usr/bin/ls", "note": "mine"}]}
    content["socket"] = {"path": "x"}
    write(file, content)
    assert file.read().record.terms("main") == Terms("full", "always", "deny")
    file.remember("main", [AllowEntry("/usr/bin/id")], "id")
    after = json.loads(file.path.read_text(encoding="utf-8"))
    assert (after["socket"], after["agents"]["*"]) == (content["socket"], content["agents"]["*"])
    assert file.read().record.allowlist("main") == (ENTRY, AllowEntry("/usr/bin/id"), AllowEntry("/usr/bin/ls"))


def test_agents_before_defaults(file: ApprovalsFile) -> None:
    """The agent's own word counts before that for all agents, and that before the defaults."""
    write(
        file, {"version": 1, "defaults": {"security": "deny", "ask": "always"}, "agents": {"a": {"security": "full"}}}
    )
    record = file.read().record
    assert (record.terms("a"), record.terms("b")) == (Terms("full", "always"), Terms("deny", "always"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="no object"),
        pytest.param({"version": 2}, id="another version"),
        pytest.param({"version": 1, "defaults": {"security": "yes"}}, id="unknown word"),
        pytest.param(
            {"version": 1, "agents": {"a": {"allowlist": [{"pattern": "/x", "argPattern": "("}]}}}, id="pattern"
        ),
        pytest.param(" " * 2_000_000, id="too large"),
    ],
)
def test_what_is_not_understood_allows_nothing(file: ApprovalsFile, content: Any) -> None:
    """A file that cannot be read refuses everything, names the file, and is left as it is."""
    write(file, content)
    before = file.path.read_bytes()
    with pytest.raises(StoreUnavailable, match=r"exec-approvals\.json"):
        file.read()
    with pytest.raises(StoreUnavailable):
        file.remember("main", [ENTRY], "git status")
    assert file.path.read_bytes() == before


def test_link_is_not_followed(file: ApprovalsFile, tmp_path: Path) -> None:
    """A link in the place of the file is no file."""
    file.path.parent.mkdir()
    (tmp_path / "elsewhere").write_text('{"version": 1}', encoding="utf-8")
    file.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreUnavailable):
        file.read()


def test_replace(file: ApprovalsFile) -> None:
    """A whole new file takes the place of the one that its writer has seen, and of no other."""
    first = file.replace({"version": 1}, None)
    with pytest.raises(InvalidRequest, match="base hash"):
        file.replace({"version": 1}, None)
    second = file.replace({"version": 1, "defaults": {"ask": "always"}}, first.hash)
    assert second.hash != first.hash
    with pytest.raises(Conflict):
        file.replace({"version": 1}, first.hash)
    with pytest.raises(InvalidRequest):
        file.replace({"version": 3}, second.hash)
    assert file.read() == second
