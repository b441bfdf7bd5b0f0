"""The commands of all agents: those that run, and for a while those that ran in the background."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from functools import partial

from openclaw_gateway.tools.exec.command import Command
from openclaw_gateway.tools.exec.order import Start
from openclaw_gateway.tools.exec.surroundings import base_environment, choose_shell
from openclaw_gateway.tools.tool import ToolFailure

logger = logging.getLogger(__name__)

MAX_RUNNING = 64
MAX_FINISHED = 256
# At the end of the gateway there is little time.
SHUTDOWN_GRACE_S = 0.5
SHUTDOWN_BUDGET_S = 6.0
# The original's bounds of `tools.exec.cleanupMs`.
MIN_KEPT_S = 60.0
MAX_KEPT_S = 10_800.0

_FIRST = (
    "amber", "brisk", "calm", "clear", "cosy", "crisp", "dusky", "eager", "fair", "fleet", "fresh", "glad", "keen",
    "kind", "lucky", "mellow", "neat", "plain", "quick", "quiet",
)  # fmt: skip
_SECOND = (
    "birch", "brook", "cedar", "cliff", "cloud", "coral", "crest", "dune", "ember", "fern", "fjord", "glade", "grove",
    "heron", "lark", "maple", "otter", "pine", "reef", "wren",
)  # fmt: skip


class ProcessTable:
    """All commands of one gateway. Belongs to the loop in which its commands are started.

    variables: the gateway's environment, of which a command gets what is harmless. shell: an absolute path.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self.base_environment = base_environment(variables or {})
        self.shell = choose_shell(variables or {})
        # Told of commands in the background whose end their session should know.
        self.notify: Callable[[Command], None] | None = None
        self._commands: dict[str, Command] = {}
        # Those of which anything is left, whether they can still be asked for or not.
        self._at_work: set[Command] = set()
        self._forgetting: dict[str, asyncio.TimerHandle] = {}
        self._is_closed = False

    async def start(
        self,
        start: Start,
        text: str,
        *,
        cwd: str,
        agent_id: str,
        session_key: str,
        is_tty: bool = False,
        has_input: bool = False,
        timeout_s: float = 0,
        kept_s: float = 0,
        on_output: Callable[[str], None] | None = None,
        notice: Callable[[Command], bool] | None = None,
    ) -> Command:
        """Start a command; cancelling the start ends it. Raises ToolFailure.

        cwd: its folder as it knows it. kept_s: how long it can be asked for after its end. notice: whether its end is
        told to its session; asked at the end.
        """
        if self._is_closed:
            raise ToolFailure("the gateway is shutting down")
        if len(self._at_work) >= MAX_RUNNING:
            raise ToolFailure(f"{MAX_RUNNING} commands run already; end one of them with process kill")
        command = Command(self._new_id(), text, cwd, agent_id, session_key)
        command.on_output = on_output
        command.on_end = partial(self._note_end, min(max(kept_s, MIN_KEPT_S), MAX_KEPT_S), notice)
        command.on_gone = self._at_work.discard
        self._commands[command.id] = command
        self._at_work.add(command)
        try:
            await command.start(start, is_tty=is_tty, has_input=has_input, timeout_s=timeout_s)
        except BaseException as error:
            command.stop()
            self.forget(command)
            if isinstance(error, OSError):  # not even a launcher
                self._at_work.discard(command)
                raise ToolFailure(f"the command could not be started: {error.strerror}") from error
            raise
        return command

    def find(self, command_id: str, agent_id: str) -> Command:
        """A command of this agent. Raises ToolFailure: other agents' are as unknown as those that never were."""
        command = self._commands.get(command_id)
        if command is None or command.agent_id != agent_id:
            raise ToolFailure(f"No session found for {command_id[:80]}")
        return command

    def of_agent(self, agent_id: str) -> list[Command]:
        """Those that `process` lists: in the background, or over; the newest last."""
        return [command for command in self._commands.values() if command.agent_id == agent_id and command.is_listed]

    def forget(self, command: Command) -> None:
        """Let nobody ask for it any more; what is left of it is still ended at the end of the gateway."""
        self._commands.pop(command.id, None)
        if (timer := self._forgetting.pop(command.id, None)) is not None:
            timer.cancel()

    async def close(self) -> None:
        """End all commands with all that they started, and start no more."""
        self._is_closed = True
        left = list(self._at_work)
        for timer in self._forgetting.values():
            timer.cancel()
        if not left:
            return
        logger.info("ending %d commands", len(left))
        for command in left:
            command.on_end = None
            command.stop(grace_s=SHUTDOWN_GRACE_S)
        try:
            async with asyncio.timeout(SHUTDOWN_BUDGET_S):
                for command in left:
                    await command.gone.wait()
        except TimeoutError:
            logger.warning("commands did not end: %s", ", ".join(f"pid {command.pid}" for command in left))

    def _note_end(self, kept_s: float, notice: Callable[[Command], bool] | None, command: Command) -> None:
        """A command is over: tell its session if it should know, and forget it later.

        What it left at work stays with us until it is gone.
        """
        if self.notify is not None and notice is not None and notice(command):
            self.notify(command)
        loop = asyncio.get_running_loop()

        def forget() -> None:
            if command.gone.is_set():
                self.forget(command)
            else:
                self._forgetting[command.id] = loop.call_later(MIN_KEPT_S, forget)

        self._forgetting[command.id] = loop.call_later(kept_s, forget)
        over = [known for known in self._commands.values() if known.gone.is_set()]
        for known in over[: max(0, len(over) - MAX_FINISHED)]:
            self.forget(known)

    def _new_id(self) -> str:
        while True:
            name = f"{secrets.choice(_FIRST)}-{secrets.choice(_SECOND)}"
            if name in self._commands:
                name = f"{name}-{secrets.randbelow(1000)}"
            if name not in self._commands:
                return name
