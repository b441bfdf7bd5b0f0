"""Where references get their values."""

import os
from pathlib import Path

import pytest
from tests.config.secret_answers import resolve


def test_variables_within_the_allowlist() -> None:
    """A provider of variables gives those it allows."""
    provider = {"source": "env", "allowlist": ["A"]}
    assert resolve(provider, "A", "B", A="1", B="2") == ["1", "!there is no such value, or it is empty"]


def test_a_file_of_json(tmp_path: Path) -> None:
    """Ids point into the file, with the escapes of JSON pointers."""
    path = tmp_path / "vault.json"
    path.write_text('{"a": {"b": "1"}, "x/y": {"~": ["0", "2"]}, "n": 3}')
    path.chmod(0o600)
    provider = {"source": "file", "path": str(path)}
    assert resolve(provider, "/a/b", "/x~1y/~0/1") == ["1", "2"]
    assert all(answer.startswith("!") for answer in resolve(provider, "/n", "/a", "/a/c", "value"))


def test_a_file_of_one_value(tmp_path: Path) -> None:
    """A file may hold one secret; the line end is not part of it."""
    path = tmp_path / "key"
    path.write_text("s3cret\n")
    path.chmod(0o600)
    assert resolve({"source": "file", "path": str(path), "mode": "singleValue"}, "value") == ["s3cret"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda path: path.chmod(0o644), "others may read it", id="readable"),
        pytest.param(lambda path: os.link(path, path.with_name("other")), "more than one link", id="linked"),
        pytest.param(lambda path: path.unlink(), "no such file", id="missing"),
        pytest.param(lambda path: path.write_bytes(b"\xff"), "not UTF-8", id="bytes"),
        pytest.param(lambda path: path.write_text("{"), "not JSON", id="no JSON"),
        pytest.param(lambda path: path.write_text("[" * 100_000), "not JSON", id="deep"),
        pytest.param(lambda path: path.write_text(" " * 1_048_577), "larger than", id="large"),
        pytest.param(
            lambda path: (path.unlink(), path.symlink_to("/etc/hostname")), "symbolic link", id="symbolic link"
        ),
    ],
)
def test_a_file_that_is_not_private_is_refused(tmp_path: Path, spoil: object, reason: str) -> None:
    """A secret's file is a small private regular file, and the reason of a refusal does not show what is in it."""
    path = tmp_path / "vault.json"
    path.write_text('{"k": "s3cret"}')
    path.chmod(0o600)
    assert callable(spoil)
    spoil(path)
    (answer,) = resolve({"source": "file", "path": str(path)}, "/k")
    assert answer.startswith("!")
    assert reason in answer
    assert "s3cret" not in answer
