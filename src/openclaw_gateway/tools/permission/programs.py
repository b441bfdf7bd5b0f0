"""What programs do with their arguments that matters here: which run other programs, and which run text as a program.

Tables and pure functions. A program that runs others is never allowed by its own name: what it runs is judged instead,
and where that cannot be told, a person decides.
"""

import re
from dataclasses import dataclass
from typing import Final

Words = tuple[str | None, ...]

# Of the shell itself, without an effect on what the next command is. They need no entry.
HARMLESS_BUILTINS: Final = frozenset({":", "cd", "echo", "exit", "false", "printf", "pwd", "set", "test", "true"})

# Builtins that run text, change what names mean, or can be made to by their arguments; and words of the grammar that a
# parser may take for names of commands.
UNJUDGED_BUILTINS: Final = frozenset(
    {
        ".", "[", "[[", "alias", "autoload", "bg", "bind", "break", "builtin", "caller", "case", "chdir", "compgen",
        "complete", "compopt", "continue", "coproc", "declare", "dirs", "disown", "do", "done", "elif", "else",
        "emulate", "enable", "end", "esac", "eval", "exec", "export", "fc", "fg", "fi", "float", "for", "foreach",
        "function", "functions", "getln", "getopts", "hash", "history", "if", "in", "integer", "jobs", "let", "limit",
        "local", "logout", "mapfile", "nocorrect", "noglob", "popd", "pushd", "pushln", "read", "readarray", "readonly",
        "rehash", "repeat", "return", "sched", "select", "setopt", "shift", "shopt", "source", "suspend", "then",
        "times", "trap", "type", "typeset", "ulimit", "umask", "unalias", "unfunction", "unhash", "unlimit", "unset",
        "unsetopt", "until", "vared", "wait", "whence", "where", "while", "zcompile", "zle", "zmodload", "zparseopts",
        "zstyle",
    }
)  # fmt: skip

SHELLS: Final = frozenset({"ash", "bash", "dash", "ksh", "ksh93", "mksh", "rbash", "sh", "zsh"})
# Of these the language is the one that is read here.
READABLE_SHELLS: Final = frozenset({"bash", "dash", "sh", "zsh"})

# They run what they are given as another user, elsewhere, later, or in ways of their own: a person decides.
OPAQUE: Final = frozenset(
    {
        "at", "batch", "busybox", "capsh", "chronic", "chroot", "chrt", "coreutils", "cpulimit", "crontab",
        "dbus-run-session", "doas", "docker", "entr", "expect", "fakeroot", "firejail", "fish", "flock", "gdb",
        "hyperfine", "kubectl", "ltrace", "newgrp", "nsenter", "openclaw", "parallel", "perf", "pkexec", "podman",
        "proxychains", "rsh", "run-parts", "runcon", "runuser", "screen", "script", "setarch", "setpriv", "sg", "ssh",
        "strace", "su", "sudo", "systemd-run", "taskset", "time", "tmux", "toybox", "trickle", "unbuffer", "unshare",
        "valgrind", "watch", "xvfb-run",
    }
)  # fmt: skip

# A program in the arguments. Judged as an inline program, approval-only under strictInlineEval.
_INTERPRETER: Final = re.compile(
    r"(?:python|pypy|perl|ruby|php|lua|luajit|tclsh|node|nodejs|bun|deno|osascript|Rscript|R|ghci?|guile|julia|swift|pwsh)"
    r"[0-9.]*"
).fullmatch
_INLINE_PROGRAMS: Final = frozenset(
    {"awk", "gawk", "mawk", "nawk", "sed", "jq", "bc", "dc", "xargs", "find", "make", "gmake"}
)
# What they read from their input can be commands of this machine: an entry would be one for all of them.
_OBEYS_INPUT: Final = frozenset(
    {
        "ed", "emacs", "ex", "ftp", "gnuplot", "irb", "less", "lldb", "m4", "man", "more", "most", "mysql", "mariadb",
        "nano", "nvim", "octave", "pdb", "psql", "red", "sftp", "sqlite3", "telnet", "vi", "view", "vim",
    }
)  # fmt: skip
_INLINE_OPTION: Final = re.compile(r"-[A-Za-z]*[ceEpr][A-Za-z]*|--eval|--print|--exec|--command|-|eval").fullmatch
_FIND_RUNS: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir"})

# Names whose values change no program's behaviour beyond its output.
_SAFE_VARIABLE: Final = re.compile(
    r"CI|COLUMNS|DEBIAN_FRONTEND|FORCE_COLOR|LANG|LANGUAGE|LC_[A-Z]+|LINES|NO_COLOR|TERM|TZ|PYTHONUNBUFFERED|"
    r"PYTHONDONTWRITEBYTECODE|RUST_BACKTRACE|CLICOLOR|CLICOLOR_FORCE"
).fullmatch
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=.*", re.DOTALL).fullmatch
_DURATION: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?[smhd]?").fullmatch
_INTEGER: Final = re.compile(r"[-+]?[0-9]+").fullmatch
_SET_OPTIONS: Final = re.compile(r"[-+][euxo]+|pipefail|errexit|nounset|xtrace").fullmatch


@dataclass(frozen=True, slots=True)
class Inner:
    """What a wrapper runs: words of another command, of which more may follow, or the text of one for a shell."""

    words: Words = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Opaque:
    """It runs something else, and what cannot be told. reason: completes "<name> "."""

    reason: str


def is_safe_variable(name: str) -> bool:
    """Whether a command may be given this variable without changing what it does."""
    return _SAFE_VARIABLE(name) is not None


def is_harmless_builtin(words: Words) -> bool:
    """Whether the shell itself does it and no argument makes it do more than it says."""
    name, arguments = words[0], words[1:]
    if name == "test":
        # `test -v 'a[$(id)]'` runs id.
        return all(word is not None and "[" not in word and word != "-v" for word in arguments)
    if name == "printf":
        return not arguments or (arguments[0] is not None and not arguments[0].startswith("-"))
    if name == "set":
        return bool(arguments) and all(word is not None and _SET_OPTIONS(word) for word in arguments)
    if name == "cd":
        return len(arguments) <= 1
    return name in HARMLESS_BUILTINS


def has_inline_program(name: str, words: Words) -> bool:
    """Whether the arguments hold a program of their own: `python -c …`, `awk '…'`, `find -exec …`."""
    if name == "find":
        return any(word is None or word in _FIND_RUNS for word in words[1:])
    if name in _INLINE_PROGRAMS:
        return True
    if not _INTERPRETER(name):
        return False
    # Without a file the program comes from standard input.
    return len(words) == 1 or any(word is None or _INLINE_OPTION(word) for word in words[1:])


def obeys_input(name: str, words: Words) -> bool:
    """Whether its input may make it run programs that its arguments do not name."""
    if _INTERPRETER(name):
        return "-m" not in words and "--version" not in words
    return name in _OBEYS_INPUT


def is_interpreter(name: str) -> bool:
    """Whether it runs files: then what it runs is the file, not only itself."""
    return _INTERPRETER(name) is not None or name in SHELLS


def unwrap(name: str, words: Words) -> Inner | Opaque | None:
    """What a command runs in its place; None for one that runs nothing else. name: of its program."""
    if name in SHELLS:
        return _unwrap_shell(name, words)
    if name in OPAQUE:
        return Opaque("runs other programs in a way that is not judged")
    unwrapper = _WRAPPERS.get(name)
    return unwrapper(words[1:]) if unwrapper is not None else None


def _unwrap_shell(name: str, words: Words) -> Inner | Opaque:
    match words[1:]:
        case ("-c" | "-ec" | "-ce" | "-euc" | "-eu" | "-uc" as flags, str() as text) if "c" in flags:
            if name in READABLE_SHELLS:
                return Inner(text=text)
    return Opaque("runs a program that is not on the command line as it is")


def _unwrap_env(words: Words) -> Inner | Opaque:
    rest = list(words)
    while rest and rest[0] is not None and (match := _ASSIGNMENT(rest[0])):
        if not is_safe_variable(match[1]):
            return Opaque(f"sets {match[1]}")
        del rest[0]
    return _inner(rest)


def _unwrap_timeout(words: Words) -> Inner | Opaque:
    rest = list(words)
    while len(rest) > 1 and rest[0] in ("-s", "-k", "--preserve-status", "--foreground"):
        takes_value = rest[0] in ("-s", "-k")
        del rest[: 2 if takes_value else 1]
    if not rest or rest[0] is None or not _DURATION(rest[0]):
        return Opaque("is used in an unusual way")
    return _inner(rest[1:])


def _unwrap_nice(words: Words) -> Inner | Opaque:
    rest = list(words)
    if len(rest) > 1 and rest[0] == "-n" and rest[1] is not None and _INTEGER(rest[1]):
        del rest[:2]
    return _inner(rest)


def _unwrap_plain(words: Words) -> Inner | Opaque:
    return _inner(list(words))


def _unwrap_xargs(words: Words) -> Inner | Opaque:
    rest = list(words)
    while rest and rest[0] in ("-0", "-r", "-n", "-P", "-L"):
        takes_value = rest[0] in ("-n", "-P", "-L")
        if takes_value and (len(rest) < 2 or rest[1] is None or not rest[1].isdigit()):
            return Opaque("is used in an unusual way")
        del rest[: 2 if takes_value else 1]
    inner = _inner(rest)
    # What it reads becomes more arguments.
    return Inner((*inner.words, None)) if isinstance(inner, Inner) else inner


def _unwrap_find(words: Words) -> Inner | Opaque | None:
    if None in words:
        return Opaque("has arguments that are made while it runs")
    at = [index for index, word in enumerate(words) if word in _FIND_RUNS]
    if any(word is not None and word.startswith(("-delete", "-fprint", "-fls")) for word in words):
        return Opaque("deletes or writes files")
    if not at:
        return None
    rest = words[at[0] + 1 :]
    ends = [index for index, word in enumerate(rest) if word in (";", "+")]
    if len(at) > 1 or not ends or words[at[0]] != "-exec":
        return Opaque("is used in an unusual way")
    inner = _inner(list(rest[: ends[0]]))
    return Inner((*inner.words, None)) if isinstance(inner, Inner) else inner


def _inner(rest: list[str | None]) -> Inner | Opaque:
    if not rest or rest[0] is None or rest[0].startswith("-") or "=" in rest[0] or "{}" in rest[0]:
        return Opaque("is used in an unusual way")
    return Inner(tuple(None if word is not None and "{}" in word else word for word in rest))


_WRAPPERS: Final = {
    "env": _unwrap_env,
    "find": _unwrap_find,
    "ionice": _unwrap_plain,
    "nice": _unwrap_nice,
    "nohup": _unwrap_plain,
    "setsid": _unwrap_plain,
    "stdbuf": _unwrap_plain,
    "timeout": _unwrap_timeout,
    "xargs": _unwrap_xargs,
}
