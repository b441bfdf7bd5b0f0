"""The one table of commands: name, aliases, what may follow, who may give it, what it does.

`commands.list`, `/help`, docs/reference/commands.md and every transport go by it. The scope of a command is that of the
method that does the same (security property P8).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from openclaw_gateway.auth.scopes import ADMIN, APPROVALS, READ, WRITE
from openclaw_gateway.commands.approving import approve
from openclaw_gateway.commands.choices import (
    ask_for_message,
    ask_once,
    model,
    queue,
    queue_once,
    reasoning,
    reasoning_once,
    steer_once,
    takes_level,
    takes_model,
    takes_queue_word,
    taking,
    think,
    think_once,
    verbose,
    verbose_once,
)
from openclaw_gateway.commands.context import tell_context
from openclaw_gateway.commands.conversation import compact, name, reset, split_soft, start_new, stop
from openclaw_gateway.commands.desk import Hand
from openclaw_gateway.commands.information import tell_caller, tell_models, tell_status, tell_tools
from openclaw_gateway.commands.spending import answer_usage
from openclaw_gateway.commands.syntax import Follows
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.showing import REASONING, VERBOSE

Perform = Callable[[Hand, str], Awaitable[str]]
Place = Literal["beside", "turn", "instead"]


def _takes_nothing(word: str, place: int) -> bool:  # noqa: ARG001
    return False


def _keep_all(text: str) -> tuple[str, str]:
    return text, ""


def _pass_all(text: str) -> tuple[str, str]:
    return "", text


@dataclass(frozen=True, slots=True)
class Command:
    """A row. method: the one that does the same, whose scope counts. place: see `runs/order.py`. once: of a directive,
    what it makes of the order of the text behind it; once_scope: what that needs, where it is more.
    """

    name: str
    description: str
    category: str
    scope: str
    method: str
    perform: Perform
    aliases: tuple[str, ...] = ()
    args: str = ""
    follows: Follows = "none"
    place: Place = "beside"
    takes: Callable[[str, int], bool] = _takes_nothing
    parts: Callable[[str], tuple[str, str]] = _keep_all
    once: Callable[[RunOrder, str], RunOrder] | None = None
    once_scope: str | None = None

    @property
    def usage(self) -> str:
        """How it is written."""
        return f"/{self.name} {self.args}".rstrip()


async def tell_help(hand: Hand, args: str) -> str:  # noqa: ARG001  (takes none)
    """The commands, one on each line."""
    return "\n".join(["Commands:", *[f"{row.usage} — {row.description}" for row in COMMANDS]])


async def list_names(hand: Hand, args: str) -> str:  # noqa: ARG001  (takes none)
    """Their names, and other names for them."""
    return "\n".join([", ".join([f"/{word}" for word in (row.name, *row.aliases)]) for row in COMMANDS])


COMMANDS: Final[tuple[Command, ...]] = (
    Command("help", "list the commands", "status", READ, "commands.list", tell_help),
    Command("commands", "list their names and aliases", "status", READ, "commands.list", list_names),
    Command("status", "the gateway, this session and its model", "status", READ, "status", tell_status),
    Command("whoami", "who the gateway takes you for", "status", READ, "status", tell_caller, ("id",)),
    Command(
        "tools", "what the agent may use", "status", READ, "tools.effective", tell_tools,
        args="[compact|verbose]", follows="free",
    ),
    Command(
        "context", "what the model is shown, and how large it is", "status", READ, "sessions.describe", tell_context,
        args="[list|detail|json]", follows="free",
    ),
    Command(
        "usage", "tokens and cost; or whether answers over WebSocket tell them", "options", WRITE, "sessions.patch",
        answer_usage, args="[off|tokens|full|reset|cost]", follows="free",
    ),
    Command(
        "new", "begin an empty conversation", "session", ADMIN, "sessions.reset", start_new,
        args="[model]", follows="free", place="instead",
    ),
    Command(
        "reset", "empty this conversation; soft: read the workspace again", "session", ADMIN, "sessions.reset", reset,
        args="[soft [message]]", follows="free", place="instead", parts=split_soft,
    ),
    Command("stop", "end what this session does", "session", WRITE, "chat.abort", stop),
    Command(
        "name", "name this session", "session", WRITE, "sessions.patch", name, args="[title]", follows="free",
    ),
    Command(
        "compact", "sum up the older part of this session", "session", ADMIN, "sessions.compact", compact,
        args="[what to keep]", follows="free", place="turn",
    ),
    Command(
        "model", "which model answers", "options", WRITE, "sessions.patch", model,
        args="[provider/model|default|list|status] [-s|-a|-g]", follows="directive",
        takes=takes_model, once=ask_once, once_scope=ADMIN,
    ),
    Command(
        "models", "the models that are listed", "options", READ, "models.list", tell_models,
        args="[provider]", follows="free",
    ),
    Command(
        "think", "how much the model thinks", "options", WRITE, "sessions.patch", think, ("thinking", "t"),
        args="[level|default]", follows="directive", takes=takes_level, once=think_once,
    ),
    Command(
        "verbose", "whether all clients are told what tools do", "options", WRITE, "sessions.patch", verbose, ("v",),
        args="[on|off|full|default]", follows="directive", takes=taking(tuple(VERBOSE)), once=verbose_once,
    ),
    Command(
        "reasoning", "whether clients are told what the model thinks", "options", WRITE, "sessions.patch", reasoning,
        ("reason",), args="[on|off|stream|default]", follows="directive",
        takes=taking(tuple(REASONING)), once=reasoning_once,
    ),
    Command(
        "queue", "what becomes of messages during a run", "options", WRITE, "sessions.patch", queue,
        args="[mode|default] [debounce: cap: drop:]", follows="directive", takes=takes_queue_word, once=queue_once,
    ),
    Command(
        "steer", "put a message into the run at work", "options", WRITE, "chat.send", ask_for_message, ("tell",),
        args="<message>", follows="free", parts=_pass_all, once=steer_once,
    ),
    Command(
        "approve", "answer a command that waits", "management", APPROVALS, "exec.approval.resolve", approve,
        args="[id decision]", follows="free",
    ),
)  # fmt: skip

BY_NAME: Final[Mapping[str, Command]] = MappingProxyType(
    {word: row for row in COMMANDS for word in (row.name, *row.aliases)}
)
