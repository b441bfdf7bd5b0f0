"""What `exec` and `process` take."""

# ruff: noqa: RUF012 - msgspec gives each instance its own copy of an empty list

from typing import Annotated, Literal

from msgspec import Meta

from openclaw_gateway.tools.arguments import Arguments

Action = Literal["list", "poll", "log", "write", "send-keys", "submit", "paste", "kill", "clear", "remove"]


class ExecArguments(Arguments, frozen=True):
    """One command."""

    command: Annotated[str, Meta(description="Text for the shell.")]
    title: Annotated[str, Meta(description="What it does, for people, in a few words.")] = ""
    workdir: Annotated[str, Meta(description="Folder to run in. Default: the working directory.")] = ""
    env: Annotated[dict[str, str], Meta(description="Further environment variables.")] = {}
    yield_ms: (
        Annotated[int, Meta(ge=0, description="Wait so long, then go on in the background (default 10000).")] | None
    ) = None
    background: Annotated[bool, Meta(description="Go on in the background at once.")] = False
    timeout_seconds: (
        Annotated[float, Meta(ge=0, description="End it after this time (default 1800, 0 never).")] | None
    ) = None
    pty: Annotated[bool, Meta(description="Run in a terminal, for programs that need one.")] = False
    elevated: Annotated[bool, Meta(description="Ask to run outside of the sandbox, if that is allowed.")] = False
    host: Annotated[Literal["auto", "sandbox", "gateway", "node"], Meta(description="Where to run (default auto).")] = (
        "auto"
    )
    node: Annotated[str, Meta(description="Which node, with host=node.")] = ""
    ask: Annotated[Literal["off", "on-miss", "always"], Meta(description="Ask a person more often.")] | None = None


class ProcessArguments(Arguments, frozen=True):
    """One action on a command that runs or ran in the background."""

    action: Annotated[Action, Meta(description="What to do.")]
    session_id: Annotated[str, Meta(description="Which one; all actions but list need it.")] = ""
    data: Annotated[str, Meta(description="write: text for its input.")] = ""
    eof: Annotated[bool, Meta(description="write: end its input.")] = False
    keys: Annotated[list[str], Meta(description="send-keys: such as Enter, C-c, Up, M-x.")] = []
    hex: Annotated[list[str], Meta(description="send-keys: bytes in hexadecimal.")] = []
    literal: Annotated[str, Meta(description="send-keys: text as it is.")] = ""
    text: Annotated[str, Meta(description="paste: the text; submit: what stands before Enter.")] = ""
    bracketed: Annotated[bool, Meta(description="paste: mark it as a paste (default true).")] = True
    offset: Annotated[int, Meta(ge=0, description="log: first line, counted from 0.")] | None = None
    limit: Annotated[int, Meta(ge=1, description="log: how many lines (default 200).")] | None = None
    timeout: Annotated[int, Meta(ge=0, description="poll: wait for output so many ms, 30000 at most.")] = 0
