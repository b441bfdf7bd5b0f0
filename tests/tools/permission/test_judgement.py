"""Which commands run unasked: a table of what people and attackers write, and a shell as the judge of the judge."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openclaw_gateway.tools.permission.entries import AllowEntry
from openclaw_gateway.tools.permission.judgement import Rules, judge_command


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory beside `bin` with programs that note their own name in `ran`: `good` is allowed, `bad` not,
    `git` with one argument.
    """
    root = tmp_path_factory.mktemp("judged")
    (root / "bin").mkdir()
    (root / "work").mkdir()
    for name in (
        "good",
        "bad",
        "git",
        "env",
        "nice",
        "timeout",
        "xargs",
        "find",
        "sh",
        "bash",
        "sudo",
        "python3",
        "wc",
    ):
        stub(root / "bin" / name)
    stub(root / "work" / "good")
    return root


def stub(path: Path) -> None:
    """A program that notes that it ran."""
    noted = path.parents[1] / "ran"
    path.write_text(f"#!/bin/sh\necho {path.parent.name}/{path.name} >> {noted}\n", encoding="utf-8")
    path.chmod(0o755)


def rules(root: Path, *, strict: bool = False) -> Rules:
    folder = str(root / "bin")
    return Rules(
        cwd=root / "work",
        search_path=folder,
        shell="/bin/bash",
        allowlist=(
            AllowEntry(f"{folder}/good"),
            AllowEntry(f"{folder}/git", "status( -s)?"),
            AllowEntry(f"{folder}/python3"),
        ),
        trusted_folders=(folder,),
        strict_inline_eval=strict,
    )  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("good", id="an entry"),
        pytest.param("good -l 'a b' \"c d\" $HOME *.py", id="an entry for any arguments"),
        pytest.param("git status -s", id="an entry for these arguments"),
        pytest.param("good; good && good || good & good | good |& good", id="every way to join"),
        pytest.param("good\n\n  good\n", id="lines"),
        pytest.param("good \\\n  -a", id="a line that goes on"),
        pytest.param("(good; good) && { good; } && ! good", id="groups"),
        pytest.param("if good; then good; elif good; then good; else good; fi", id="if"),
        pytest.param("while good; do good; done; until good; do good; done", id="loops"),
        pytest.param("good $(good \"$(good)\") <(good)", id="substitutions"),
        pytest.param("good 2>&1 >/dev/null </etc/hosts 2>/dev/null", id="redirections that write nothing"),
        pytest.param("LC_ALL=C NO_COLOR=1 good", id="harmless variables"),
        pytest.param("env LC_ALL=C nice -n 5 timeout 5s good", id="wrappers"),
        pytest.param("bash -c 'sh -c \"good; good\"'", id="shells in shells"),
        pytest.param("find . -name '*.py' -exec good {} \\;", id="find that runs"),
        pytest.param("good | xargs -0 -n 1 good -a", id="xargs"),
        pytest.param("cd sub && good; echo a; printf x; true; set -euo pipefail; pwd; test -f x", id="builtins"),
        pytest.param("good | wc -l", id="a safe bin"),
        pytest.param("good < file", id="a file for an allowed program"),
        pytest.param("wc </dev/null", id="nothing for a safe bin"),
    ],
)  # fmt: skip
def test_allowed(folder: Path, command: str) -> None:
    """What is put together from allowed programs alone runs unasked."""
    verdict = judge_command(command, rules(folder))
    assert (verdict.is_allowed, verdict.reason) == (True, "")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("bad", id="no entry"),
        pytest.param("wc -l < secret", id="a file for a safe bin"),
        pytest.param("{ true; wc; } <secret", id="a file for a group with a safe bin"),
        pytest.param("sh -c wc 0< secret", id="a file for a safe bin in a shell"),
        pytest.param("wc 3<secret <&3", id="a file for a safe bin by another descriptor"),
        pytest.param("git push", id="other arguments"),
        pytest.param("git status -s x", id="more arguments"),
        pytest.param("git 'status -s'", id="one argument for two"),
        pytest.param("git $X", id="arguments that are not known"),
        pytest.param("git stat*", id="arguments that are a pattern"),
        *[pytest.param(f"good {sign} bad", id=f"behind {sign!r}") for sign in (";", "&&", "||", "|", "|&", "&", "\n")],
        pytest.param("good $(bad)", id="substitution"),
        pytest.param("good \"x $(bad) y\"", id="substitution in quotes"),
        pytest.param("good `bad`", id="backquotes"),
        pytest.param("good \"`bad`\"", id="backquotes in quotes"),
        pytest.param("good <(bad)", id="process substitution"),
        pytest.param("good >(bad)", id="process substitution out"),
        pytest.param("good ${x:-$(bad)}", id="default of a variable"),
        pytest.param("good ${x:=`bad`}", id="default of a variable, older"),
        pytest.param("good $((a[$(bad)]))", id="arithmetic"),
        pytest.param("good <<E\n$(bad)\nE", id="here-document"),
        pytest.param("good <<'E'\nx\nE\nbad", id="behind a here-document"),
        pytest.param("good <<< $(bad)", id="here-string"),
        pytest.param("(bad)", id="subshell"),
        pytest.param("{ bad; }", id="group"),
        pytest.param("! bad", id="negated"),
        pytest.param("if bad; then good; fi", id="condition"),
        pytest.param("while good; do bad; done", id="loop"),
        pytest.param("for PATH in /tmp; do good; done", id="loop over a variable that matters"),
        pytest.param("case x in x) bad;; esac", id="case"),
        pytest.param("good() { bad; }; good", id="function"),
        pytest.param("function good { bad; }; good", id="function, other spelling"),
        pytest.param("alias good=bad\ngood", id="alias"),
        pytest.param("coproc bad", id="coprocess"),
        pytest.param("time bad", id="time"),
        pytest.param("exec bad", id="exec"),
        pytest.param("eval 'bad'", id="eval"),
        pytest.param("command bad", id="command"),
        pytest.param("builtin eval bad", id="builtin"),
        pytest.param("source ./x", id="source"),
        pytest.param(". ./x", id="dot"),
        pytest.param("trap bad EXIT", id="trap"),
        pytest.param("test -v 'a[$(bad)]'", id="test that evaluates"),
        pytest.param("[ -v 'a[$(bad)]' ]", id="bracket that evaluates"),
        pytest.param("[[ a -eq 'b[$(bad)]' ]]", id="double bracket that evaluates"),
        pytest.param("printf -v 'a[$(bad)]' x", id="printf that evaluates"),
        pytest.param("read 'a[$(bad)]'", id="read that evaluates"),
        pytest.param("let 'a[$(bad)]=1'", id="let"),
        pytest.param("((a[$(bad)]))", id="arithmetic command"),
        pytest.param("declare x=$(bad)", id="declare"),
        pytest.param("export PATH=/tmp; good", id="export"),
        pytest.param("PATH=/tmp good", id="PATH"),
        pytest.param("PATH=/tmp; good", id="PATH for the rest"),
        pytest.param("LD_PRELOAD=x.so good", id="preload"),
        pytest.param("IFS=/ good", id="IFS"),
        pytest.param("GIT_SSH_COMMAND=bad git status", id="a variable that names a program"),
        pytest.param("a[$(bad)]=1", id="assignment to an element"),
        pytest.param("x=bad; $x", id="a variable as the name"),
        pytest.param("$(echo bad)", id="a substitution as the name"),
        pytest.param("\"bad\"", id="quoted name"),
        pytest.param("b\\ad", id="escaped name"),
        pytest.param("$'b\\x61d'", id="name in ANSI-C quotes"),
        pytest.param("b?d", id="pattern as the name"),
        pytest.param("{bad,x}", id="braces as the name"),
        pytest.param("~/bad", id="home as the name"),
        pytest.param("../bin/bad", id="path"),
        pytest.param("./good", id="the same name elsewhere"),
        pytest.param("cd / && ./good", id="the same name where it goes first"),
        pytest.param("nosuch", id="no program"),
        pytest.param("env bad", id="env"),
        pytest.param("env -S 'bad x'", id="env that splits"),
        pytest.param("env PATH=/tmp good", id="env that sets"),
        pytest.param("env -i good", id="env with options"),
        pytest.param("nice bad", id="nice"),
        pytest.param("timeout 5 bad", id="timeout"),
        pytest.param("sudo good", id="sudo"),
        pytest.param("good | xargs bad", id="xargs"),
        pytest.param("good | xargs", id="xargs without a command"),
        pytest.param("good | xargs git", id="arguments that xargs adds"),
        pytest.param("good | xargs sh -c", id="xargs that gives a shell its program"),
        pytest.param("find . -exec bad {} +", id="find"),
        pytest.param("find . -execdir good {} \\;", id="find in other folders"),
        pytest.param("find . -exec good {} \\; -exec bad {} \\;", id="find twice"),
        pytest.param("find . -delete", id="find that deletes"),
        pytest.param("find . $X", id="find with what is not known"),
        pytest.param("sh -c 'good; bad'", id="shell"),
        pytest.param("sh -c \"$X\"", id="shell with what is not known"),
        pytest.param("sh -lc good", id="shell with a profile"),
        pytest.param("sh x.sh", id="script"),
        pytest.param("good | sh", id="shell that reads"),
        pytest.param("good > f", id="writes"),
        pytest.param("good >> f", id="appends"),
        pytest.param("good &> f", id="writes both"),
        pytest.param("good >| f", id="writes by force"),
        pytest.param("good <> f", id="opens for both"),
        pytest.param("good > $X", id="writes who knows where"),
        pytest.param("good < /dev/tcp/127.0.0.1/9", id="connects"),
        pytest.param("good 2>&1 > /dev/null/../f", id="a path that begins harmlessly"),
        pytest.param("good | wc f", id="safe bin with a file"),
        pytest.param("good #\nbad", id="behind a comment"),
        pytest.param("good \\\nbad; bad", id="behind a line that goes on"),
        pytest.param("good\rbad", id="carriage return"),
        pytest.param("good\u2028bad", id="odd separator"),
        pytest.param("good \x00 bad", id="NUL"),
        pytest.param("good \udcff", id="half a pair"),
        pytest.param("good 'x", id="open quote"),
        pytest.param("good )", id="no syntax"),
        pytest.param("good" + "; good" * 300, id="very many"),
        pytest.param("(" * 200 + "good" + ")" * 200, id="very deep"),
        pytest.param("good " + "a" * 20_000, id="very long"),
        pytest.param("x=(" * 4_000, id="very many brackets"),
        pytest.param("sh -c 'sh -c \"sh -c bad\"'", id="deep in shells"),
        pytest.param("''", id="a name that is empty"),
    ],
)  # fmt: skip
def test_not_allowed(folder: Path, command: str) -> None:
    """What could start another program, or write, is asked for; why is said."""
    verdict = judge_command(command, rules(folder))
    assert not verdict.is_allowed
    assert verdict.reason


@pytest.mark.parametrize(
    ("command", "is_allowed"),
    [
        pytest.param("python3 x.py", True, id="a file"),
        pytest.param("python3 -c 'print(1)'", False, id="a program"),
        pytest.param("python3 -", False, id="standard input"),
        pytest.param("python3", False, id="standard input, unsaid"),
        pytest.param("python3 $X", False, id="not known"),
        pytest.param("find . -exec good {} \\;", False, id="find"),
        pytest.param("good | xargs good", False, id="xargs"),
    ],
)
def test_strict_inline_eval(folder: Path, command: str, *, is_allowed: bool) -> None:
    """Under strictInlineEval no entry allows a program that stands on the command line."""
    assert judge_command(command, rules(folder, strict=True)).is_allowed is is_allowed


def test_entries_to_remember(folder: Path) -> None:
    """What is remembered allows the same again, with its arguments, and nothing else."""
    verdict = judge_command("good; git log 'a b' --format=%h", rules(folder))
    assert verdict.entries == (AllowEntry(f"{folder}/bin/git", "log 'a b' --format=%h"),)
    wider = Rules(
        cwd=folder / "work", search_path=f"{folder}/bin", allowlist=(*rules(folder).allowlist, *verdict.entries)
    )
    assert judge_command("git log 'a b' --format=%h", wider).is_allowed
    assert not judge_command("git log a b --format=%h", wider).is_allowed


@pytest.mark.parametrize(
    "command", ["python3 -c 1", "bad $X", "bad > f", "bad; x=1", "`bad`", "sudo bad", "bad; nosuch"]
)
def test_nothing_to_remember(folder: Path, command: str) -> None:
    """Where no entry could stand for the command, there is none: inline programs, unknown values, unclear text."""
    assert judge_command(command, rules(folder)).entries == ()


@pytest.mark.parametrize(
    "command", [pytest.param("python3 job.py", id="script"), pytest.param("./good", id="program of the workspace")]
)
def test_what_the_agent_may_rewrite_is_not_remembered(folder: Path, command: str) -> None:
    """An entry would hold for whatever the agent writes there next, and for a file of that name in another folder."""
    work = folder / "own"
    work.mkdir(exist_ok=True)
    (work / "job.py").touch()
    stub(work / "good")
    unlisted = Rules(cwd=work, search_path=f"{folder}/bin", shell="/bin/bash")
    verdict = judge_command(command, unlisted)
    assert (verdict.is_clear, verdict.is_allowed, verdict.entries) == (True, False, ())


@pytest.mark.parametrize("command", ["less a", "sqlite3 :memory:", "python3 -q", "python3 -W ignore"])
def test_what_takes_orders_from_its_input_is_not_remembered(folder: Path, command: str) -> None:
    """An entry would allow whatever is written to the program when it runs."""
    for name in ("less", "sqlite3"):
        stub(folder / "bin" / name)
    unlisted = Rules(cwd=folder / "work", search_path=f"{folder}/bin", shell="/bin/bash")
    verdict = judge_command(command, unlisted)
    assert (verdict.is_clear, verdict.is_allowed, verdict.entries) == (True, False, ())
    assert judge_command("python3 -m compileall", unlisted).entries


def test_unknown_shell(folder: Path) -> None:
    """For a shell whose language is not read here nothing is allowed."""
    odd = Rules(cwd=folder, search_path=str(folder / "bin"), shell="/usr/bin/env", allowlist=(AllowEntry("**"),))
    assert not judge_command("good", odd).is_allowed


# Pieces that mean something to a shell, and names of programs. No loops: they would not end.
_PIECES = (
    "good", "bad", "git", "status", "a", ";", "&", "&&", "|", "||", "|&", "(", ")", "{", "}", "$(", "`", "'", "\"",
    "\\", "$", "${x}", "$x", "${x:-bad}", "x=1", "LC_ALL=C", "PATH=/tmp", "<", "<(", "2>&1", ">/dev/null", "<<",
    "E", "<<<", "#", "!", "if", "then", "fi", "else", "in", "case", "esac", ";;", "[[", "]]", "[", "]", "((", "))",
    "$((", "*", "?", "~", "{a,b}", "time", "eval", "exec", "command", "env", "nice", "function", "f()", "f",
    "coproc", "alias", "good=bad", "cd", ".", "./good", "$'", "=", "-c", "'bad'", "\"bad\"", "%", "^", ">",
    "\"$(good)\"",
)  # fmt: skip
_LIKELY = (
    "good", "good", "bad", "a", ";", "&&", "|", "$(", ")", "\"", "'", "\\", "{ ", "; }", "(", "$x", "2>&1", "\\\n",
)  # fmt: skip
_BLANKS = ["", " ", " ", "\n", "\t"]
_COMMANDS = st.lists(
    st.tuples(st.sampled_from(_PIECES) | st.sampled_from(_LIKELY), st.sampled_from(_BLANKS)), min_size=1, max_size=12
).map(lambda pairs: "".join([piece + blank for piece, blank in pairs]))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(command=_COMMANDS, shell=st.sampled_from(["/bin/bash", "/bin/sh"]))
def test_shells_run_nothing_else(folder: Path, command: str, shell: str) -> None:
    """Whatever is allowed: no real shell starts a program with it that is not on the allowlist, or leaves a file."""
    if not judge_command(command, rules(folder)).is_allowed:
        return
    noted = folder / "ran"
    noted.write_text("", encoding="utf-8")
    subprocess.run(
        [shell, "-c", command],
        cwd=folder / "work",
        env={"PATH": str(folder / "bin")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=5,
        check=False,
    )
    assert set(noted.read_text(encoding="utf-8").split()) <= {"bin/good", "bin/git", "bin/env", "bin/nice"}
    assert [path.name for path in (folder / "work").iterdir()] == ["good"]
