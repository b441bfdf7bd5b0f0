"""Changing the config file."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.config.folder import surroundings, write

from openclaw_gateway.config.environment import Environment
from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.key_path import parse_key_path
from openclaw_gateway.config.load import LaunchOptions, load
from openclaw_gateway.config.write import BACKUPS, Change, WriteRefused, write_changes, write_new

TEXT = """// mine
{
  gateway: {
    mode: "local", // here
    auth: { token: "0123456789abcdef" },
  },
  models: { providers: { p: { apiKey: "sk-1", models: [{ id: "a" }, { id: "b" }] } } },
}
"""


def _set(
    folder: Path, path: str, value: object, *, may_replace: bool = False, environment: Environment | None = None
) -> str:
    """Set one value and return the new text of the file, without the lines of its stamp."""
    write_changes(
        [Change(parse_key_path(path), value)],
        LaunchOptions(),
        environment or surroundings(folder),
        may_replace=may_replace,
    )
    return _text(folder)


def _text(folder: Path, name: str = "openclaw.json") -> str:
    text = (folder / "state" / name).read_text()
    lines = [line for line in text.splitlines(keepends=True) if "lastTouched" not in line]
    return "".join(lines).replace("  meta: {\n  },\n", "")


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        pytest.param("gateway.port", 1, '" },\n  },', '" },\n    port: 1,\n  },', id="new key"),
        pytest.param("gateway.mode", "remote", '"local"', '"remote"', id="other value"),
        pytest.param("models.providers.p.models[1].name", "B", '"b" }', '"b", name: "B" }', id="in a list"),
        pytest.param('agents.entries["x"].name', "X", None, None, id="new objects on the way"),
    ],
)
def test_a_value_is_set_and_read_back(tmp_path: Path, path: str, value: object, before: str | None, after: str) -> None:
    """A set value is in the config afterwards, and the rest of the text is as it was."""
    write(tmp_path, TEXT)
    text = _set(tmp_path, path, value)
    if before is not None:
        assert text == TEXT.replace(before, after)
    assert "// mine" in text
    assert "// here" in text
    assert load(LaunchOptions(), surroundings(tmp_path)).source.tree["gateway"] is not None


def test_own_writes_are_stamped_private_and_kept(tmp_path: Path) -> None:
    """A write leaves version and time, mode 0600, and a ring of the last versions; no other file stays behind."""
    path = write(tmp_path, TEXT)
    path.chmod(0o644)
    for port in range(1, BACKUPS + 3):
        _set(tmp_path, "gateway.port", port)
    meta = load(LaunchOptions(), surroundings(tmp_path)).config.meta
    assert meta.last_touched_version
    assert str(meta.last_touched_at).endswith("Z")
    files = {file.name: file.read_text() for file in path.parent.iterdir()}
    assert sorted(files) == ["openclaw.json", *(f"openclaw.json.bak{n}" for n in ("", ".1", ".2", ".3", ".4"))]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in path.parent.iterdir())
    assert [
        f"port: {BACKUPS + 1 - number}" in files[f"openclaw.json.bak{suffix}"]
        for number, suffix in enumerate(("", ".1", ".2", ".3", ".4"))
    ] == [True] * BACKUPS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param([Change(("gateway", "port"), "x")], "gateway.port", id="wrong type"),
        pytest.param([Change(("gateway", "bogus"), 1)], "bogus", id="unknown key"),
        pytest.param(
            [Change(("gateway", "port"), 1), Change(("gateway", "bind"), "x")], "gateway.bind", id="one of two"
        ),
    ],
)
def test_what_would_be_invalid_is_not_written(tmp_path: Path, changes: list[Change], message: str) -> None:
    """A change that would break the file leaves it byte for byte as it was."""
    path = write(tmp_path, TEXT)
    with pytest.raises(ConfigInvalid, match=message):
        write_changes(changes, LaunchOptions(), surroundings(tmp_path))
    assert path.read_text() == TEXT
    assert [file.name for file in path.parent.iterdir()] == ["openclaw.json"]


def test_a_broken_value_can_be_mended(tmp_path: Path) -> None:
    """A file that does not load can be changed into one that does."""
    write(tmp_path, "{gateway: {port: 'x', mode: 'local'}}")
    assert "port: 1" in _set(tmp_path, "gateway.port", 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            Change(("gateway", "nope"), is_removal=True), "Config path not found: gateway.nope", id="no such key"
        ),
        pytest.param(Change(("gateway", "mode", "x"), 1), "plain value on the way", id="below a text"),
        pytest.param(
            Change(("models", "providers", "p", "models", 5), {"id": "c"}), "none of them", id="far behind a list"
        ),
        pytest.param(Change(("models", "providers"), {}), "would lose p", id="drop a provider"),
        pytest.param(Change(("models",), {"providers": {}}), "would lose p", id="drop it from above"),
        pytest.param(
            Change(("models", "providers", "p", "models"), [{"id": "a"}]),
            "would lose b",
            id="drop a model of a provider",
        ),
        pytest.param(
            Change(("gateway", "auth", "password"), "__OPENCLAW_REDACTED__"), "none is stored", id="placeholder"
        ),
        pytest.param(Change(("gateway",), is_removal=True), "drop gateway.mode", id="without its mode"),
    ],
)
def test_a_slip_is_refused(tmp_path: Path, change: Change, message: str) -> None:
    """What is more often a slip than a wish is refused with what to do instead."""
    path = write(tmp_path, TEXT)
    with pytest.raises(WriteRefused, match=message):
        write_changes([change], LaunchOptions(), surroundings(tmp_path))
    assert path.read_text() == TEXT


def test_what_is_refused_for_its_loss_is_kept(tmp_path: Path) -> None:
    """A write that would lose more than half is kept beside the file, the newest five, readable by their owner only."""
    path = write(tmp_path, TEXT + "// " + "x" * 600 + "\n")
    (path.parent / "openclaw.json").write_text(TEXT.replace("sk-1", "x" * 900))
    with pytest.raises(WriteRefused, match="shrink"):
        write_changes([Change(("models",), is_removal=True)], LaunchOptions(), surroundings(tmp_path))
    older = [path.with_name(f"openclaw.json.rejected.2001010{day}T000000Z") for day in range(1, 7)]
    for file in older:
        file.touch()
    with pytest.raises(WriteRefused, match="shrink"):
        write_changes([Change(("models",), is_removal=True)], LaunchOptions(), surroundings(tmp_path))
    left = sorted(path.parent.glob("openclaw.json.rejected.*"))
    assert len(left) == 5
    kept = left[-1]
    assert "models" not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_dropping_may_be_asked_for(tmp_path: Path) -> None:
    """With the word for it, a map may lose entries; removing one entry by name needs no word."""
    write(tmp_path, TEXT)
    assert "sk-1" not in _set(tmp_path, "models.providers", {"q": {}}, may_replace=True)
    write_changes([Change(("models", "providers", "q"), is_removal=True)], LaunchOptions(), surroundings(tmp_path))
    assert "q:" not in _text(tmp_path)


def test_a_placeholder_keeps_the_secret(tmp_path: Path) -> None:
    """Writing back what a read showed does not write the placeholder."""
    write(tmp_path, TEXT)
    text = _set(tmp_path, "gateway.auth", {"token": "__OPENCLAW_REDACTED__", "mode": "token"})
    assert text == TEXT.replace('cdef" }', 'cdef", mode: "token" }')


def test_readonly_refuses_every_write(tmp_path: Path) -> None:
    """OPENCLAW_CONFIG_READONLY leaves the file alone; the same name in the file's own env does not count."""
    path = write(tmp_path, TEXT)
    with pytest.raises(WriteRefused, match="read-only"):
        _set(tmp_path, "gateway.port", 1, environment=surroundings(tmp_path, OPENCLAW_CONFIG_READONLY="1"))
    with pytest.raises(WriteRefused, match="read-only"):
        write_new(tmp_path / "new.json", {}, surroundings(tmp_path, OPENCLAW_CONFIG_READONLY="1"))
    assert path.read_text() == TEXT
    assert not (tmp_path / "new.json").exists()


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    """A config file that is a symbolic link is not changed, nor what it leads to."""
    real = write(tmp_path, TEXT, "real.json")
    (real.parent / "openclaw.json").symlink_to(real)
    with pytest.raises(WriteRefused, match="symbolic link"):
        _set(tmp_path, "gateway.port", 1)
    assert real.read_text() == TEXT


def test_a_write_goes_to_the_file_that_has_the_value(tmp_path: Path) -> None:
    """What a single include brought is changed in its file, and the main file stays as it is."""
    main = "{gateway: {$include: 'parts/gateway.json5', port: 1}, agents: {$include: 'parts/agents.json5'}}"
    write(tmp_path, "{mode: 'local' /* here */}", "parts/gateway.json5")
    write(tmp_path, "{defaults: {}}", "parts/agents.json5")
    path = write(tmp_path, main)
    _set(tmp_path, "gateway.bind", "loopback")
    assert _text(tmp_path, "parts/gateway.json5") == "{mode: 'local', bind: \"loopback\" /* here */}"
    assert path.read_text() == main
    assert "port: 2" in _set(tmp_path, "gateway.port", 2)
    both = [Change(("gateway", "bind"), "lan"), Change(("agents", "defaults", "cwd"), "/")]
    with pytest.raises(WriteRefused, match="different files"):
        write_changes(both, LaunchOptions(), surroundings(tmp_path))
    with pytest.raises(WriteRefused, match=r"holds a \$include"):
        _set(tmp_path, "gateway", {"mode": "local"})


def test_merged_includes_are_not_guessed_at(tmp_path: Path) -> None:
    """Of several files that were merged none is chosen for a write."""
    write(tmp_path, "{mode: 'local'}", "a.json5")
    write(tmp_path, "{port: 1}", "b.json5")
    write(tmp_path, "{gateway: {$include: ['a.json5', 'b.json5']}}")
    with pytest.raises(WriteRefused, match="several files"):
        _set(tmp_path, "gateway.port", 2)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """A dry run says what would be, makes no folder and no file."""
    written = write_changes(
        [Change(("gateway", "mode"), "local")], LaunchOptions(), surroundings(tmp_path), is_dry_run=True
    )
    assert written.is_changed
    assert written.loaded.config.gateway.mode == "local"
    assert list(tmp_path.iterdir()) == []


def test_nothing_new_is_no_write(tmp_path: Path) -> None:
    """A value that is there already leaves file, time and backups alone."""
    path = write(tmp_path, TEXT)
    written = write_changes([Change(("gateway", "mode"), "local")], LaunchOptions(), surroundings(tmp_path))
    assert not written.is_changed
    assert path.read_text() == TEXT


def test_a_first_file_is_written_once(tmp_path: Path) -> None:
    """A first config is private, valid, stamped, and never replaces one that exists."""
    path = tmp_path / "state" / "openclaw.json"
    write_new(path, {"gateway": {"mode": "local", "auth": {"token": "t" * 32}}}, surroundings(tmp_path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert load(LaunchOptions(), surroundings(tmp_path)).config.gateway.auth.token == "t" * 32
    with pytest.raises(WriteRefused, match="exists already"):
        write_new(path, {}, surroundings(tmp_path))
    with pytest.raises(ConfigInvalid):
        write_new(path.with_name("other.json"), {"gateway": {"port": "x"}}, surroundings(tmp_path))


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """When the new text cannot be written, the old file stays whole and nothing is left beside it."""
    path = write(tmp_path, TEXT)
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "from openclaw_gateway.config.load import LaunchOptions, read_environment\n"
        "from openclaw_gateway.config.write import Change, write_changes\n"
        "try: write_changes([Change(('gateway', 'port'), 1)], LaunchOptions(), read_environment())\n"
        "except OSError: sys.exit(7)\n"
    )
    variables = {**os.environ, "OPENCLAW_STATE_DIR": str(path.parent)}
    ended = subprocess.run([sys.executable, "-B", "-c", script], env=variables, check=False, capture_output=True)
    assert ended.returncode == 7, ended.stderr
    assert path.read_text() == TEXT
    assert [file.name for file in path.parent.iterdir()] == ["openclaw.json"]


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    """Changes that two commands make at the same time are both in the file afterwards."""
    path = write(tmp_path, TEXT)
    script = (
        "import sys\n"
        "from openclaw_gateway.config.load import LaunchOptions, read_environment\n"
        "from openclaw_gateway.config.write import Change, write_changes\n"
        "for number in range(5):\n"
        "    change = Change(('env', 'vars', f'{sys.argv[1]}{number}'), 'x')\n"
        "    write_changes([change], LaunchOptions(), read_environment())\n"
    )
    variables = {**os.environ, "OPENCLAW_STATE_DIR": str(path.parent)}
    writers = [subprocess.Popen([sys.executable, "-c", script, name], env=variables) for name in ("A", "B")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert len(load(LaunchOptions(), surroundings(tmp_path)).config.env.vars) == 10
