"""Programs that are asked for secrets."""

import sys
import time
from pathlib import Path

import pytest
from tests.config.secret_answers import resolve


def _program(folder: Path, body: str) -> dict[str, object]:
    """A provider whose program runs these lines of Python; `question` is what it was asked."""
    path = folder / "program"
    path.write_text(f"#!{sys.executable} -I\nimport json, os, sys, time\nquestion = json.load(sys.stdin)\n{body}\n")
    path.chmod(0o700)
    return {"source": "exec", "command": str(path), "timeoutMs": 20_000}


def test_a_program_is_asked_once_for_all(tmp_path: Path) -> None:
    """One question holds all ids of a provider; the program gets its arguments and named variables, no others."""
    provider = _program(
        tmp_path,
        "print(json.dumps({'protocolVersion': 1, 'values': {'a': ','.join(question['ids']), "
        "'b': ','.join(sorted(name for name in os.environ if name in ('SEEN', 'OWN', 'HIDDEN'))), 'c': sys.argv[1]},"
        "'errors': {'d': {'code': 'NOT_FOUND'}}}))",
    )
    provider |= {"args": ["arg"], "passEnv": ["SEEN", "ABSENT"], "env": {"OWN": "1"}}
    answers = resolve(provider, "a", "b", "c", "d", SEEN="1", HIDDEN="1")
    assert answers == ["a,b,c,d", "OWN,SEEN", "arg", "!there is no such value, or it is empty"]


@pytest.mark.parametrize(
    ("body", "changes", "reason"),
    [
        pytest.param("time.sleep(60)", {"timeoutMs": 300}, "in time", id="silent"),
        pytest.param(
            "print('x', flush=True); time.sleep(60)", {"noOutputTimeoutMs": 300}, "in time", id="silent after a line"
        ),
        pytest.param("print('x' * 9999)", {"maxOutputBytes": 1000}, "more than 1000 bytes", id="talkative"),
        pytest.param("print('s3cret')", {}, "not the expected JSON", id="no JSON"),
        pytest.param("sys.exit(3)", {}, "code 3", id="failing"),
        pytest.param("print('[' * 100000)", {}, "not the expected JSON", id="deep"),
    ],
)
def test_a_program_that_misbehaves_is_ended(tmp_path: Path, body: str, changes: dict[str, object], reason: str) -> None:
    """A program has limits of time and size, and its output is not repeated."""
    started = time.monotonic()
    (answer,) = resolve(_program(tmp_path, body) | changes, "k")
    assert reason in answer
    assert "s3cret" not in answer
    assert time.monotonic() - started < 30


def test_nothing_outlives_the_question(tmp_path: Path) -> None:
    """What a program starts is ended with it."""
    mark = tmp_path / "child"
    body = (
        "import subprocess\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], stdout=subprocess.DEVNULL)\n"
        f"open({str(mark)!r}, 'w').write(str(child.pid))\n"
        "print(json.dumps({'values': {'k': 'v'}}))"
    )
    assert resolve(_program(tmp_path, body), "k") == ["v"]
    state = Path(f"/proc/{mark.read_text()}/stat")
    deadline = time.monotonic() + 10
    while state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z":
        assert time.monotonic() < deadline, "the child is still running"


def test_plain_output_when_it_is_asked_for(tmp_path: Path) -> None:
    """With jsonOnly false a program may print one secret as it is."""
    assert resolve(_program(tmp_path, "print('plain')") | {"jsonOnly": False}, "k") == ["plain"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda path: path.chmod(0o777), "changed by others", id="writable"),
        pytest.param(lambda path: path.unlink(), "does not exist", id="missing"),
        pytest.param(lambda path: (path.rename(path.with_name("p")), path.symlink_to("p")), "symbolic link", id="link"),
        pytest.param(lambda path: path.chmod(0o600), "cannot be started", id="not executable"),
    ],
)
def test_a_program_that_others_could_change_is_not_run(tmp_path: Path, spoil: object, reason: str) -> None:
    """The program is a regular file that nobody else may write."""
    provider = _program(tmp_path, "print(1)")
    assert callable(spoil)
    spoil(tmp_path / "program")
    (answer,) = resolve(provider, "k")
    assert reason in answer


def test_a_program_must_be_where_it_is_trusted(tmp_path: Path) -> None:
    """A relative path and a folder outside of trustedDirs are refused."""
    provider = _program(tmp_path, "print(1)")
    assert "absolute" in resolve(provider | {"command": "program"}, "k")[0]
    assert "trustedDirs" in resolve(provider | {"trustedDirs": ["/usr/bin"]}, "k")[0]


@pytest.mark.parametrize("folder", [".", ".."], ids=["its folder", "the folder above"])
def test_a_program_that_others_may_replace_is_refused(tmp_path: Path, folder: str) -> None:
    """Who may write into the folder may put another program there; a sticky folder protects what is in it."""
    (tmp_path / "bin").mkdir(mode=0o700)
    provider = _program(tmp_path / "bin", "print(json.dumps({'values': {'k': 'v'}}))")
    open_folder = tmp_path / "bin" / folder
    open_folder.chmod(0o777)
    (answer,) = resolve(provider, "k")
    assert "can be replaced by others" in answer
    open_folder.chmod(0o1777)
    assert resolve(provider, "k") == ["v"]
