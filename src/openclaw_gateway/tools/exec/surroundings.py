"""What a command finds around it: its shell and its environment.

The gateway's own environment holds its secrets, so a command gets what is on a list, and nothing else of it.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from openclaw_gateway.tools.tool import ToolFailure

# What programs need to find themselves, their user and their language. No name of a credential or of a socket.
_PASSED_ON = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TZ|TMPDIR|LANG|LANGUAGE|LC_[A-Z]+|EDITOR|VISUAL|PAGER|COLUMNS|LINES"
    r"|SSL_CERT_FILE|SSL_CERT_DIR|VIRTUAL_ENV|PYENV_ROOT|CONDA_PREFIX|NVM_DIR|NVM_BIN|VOLTA_HOME|JAVA_HOME|GOPATH|GOROOT"
    r"|CARGO_HOME|RUSTUP_HOME|XDG_(?:CONFIG|DATA|CACHE|STATE)_HOME"
    # Windows has no other way to say where it is; harmless elsewhere.
    r"|SYSTEMROOT"
)
# What makes another program run than the one that was asked for, or a shell run something before it.
_REFUSED = re.compile(
    r"PATH|LD_.*|DYLD_.*|GCONV_PATH|BASH_ENV|ENV|ZDOTDIR|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|PS4|IFS|PROMPT_COMMAND"
    r"|OPENCLAW_.*",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MAX_ENV_BYTES = 65_536

_SHELLS_LIKE_SH = frozenset(("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"))


def base_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """What of the gateway's environment every command may see."""
    passed_on = {name: value for name, value in variables.items() if _PASSED_ON.fullmatch(name)}
    return {"PATH": DEFAULT_PATH, **passed_on}


def check_additions(additions: Mapping[str, str], *, is_sandboxed: bool) -> dict[str, str]:
    """The variables of a call, if it may set them. In a sandbox PATH leads nowhere that it should not."""
    for name, value in additions.items():
        if not _NAME.fullmatch(name):
            raise ToolFailure(f"env: {name[:80]!r} is no name of a variable")
        if "\0" in value:
            raise ToolFailure(f"env.{name}: holds a NUL character")
        if _REFUSED.fullmatch(name) and not (is_sandboxed and name == "PATH"):
            raise ToolFailure(
                f"env.{name} may not be set for a command: it would change which programs run. "
                "Leave it out; name programs by their path instead."
            )
    if sum(len(name) + len(value) for name, value in additions.items()) > MAX_ENV_BYTES:
        raise ToolFailure(f"env: more than {MAX_ENV_BYTES} characters in all")
    return dict(additions)


def child_environment(
    base: Mapping[str, str], additions: Mapping[str, str], *, path_prepend: tuple[str, ...] = (), is_tty: bool = False
) -> dict[str, str]:
    """The whole environment of a command."""
    path = os.pathsep.join((*path_prepend, base.get("PATH", DEFAULT_PATH)))
    terminal = {"TERM": "xterm-256color"} if is_tty else {"TERM": "dumb"}
    return {**base, **terminal, "PATH": path, **additions, "OPENCLAW_SHELL": "exec"}


def choose_shell(variables: Mapping[str, str]) -> str:
    """The user's shell if it reads what sh reads (fish does not), else bash, else sh. An absolute path."""
    own = variables.get("SHELL", "")
    if own.startswith("/") and own.rpartition("/")[2] in _SHELLS_LIKE_SH and os.access(own, os.X_OK):
        return own
    return next((path for path in ("/bin/bash", "/usr/bin/bash") if Path(path).exists()), "/bin/sh")
