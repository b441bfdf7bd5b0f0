"""`exec`: run a command, where the config says and if the permission is given, and tell how it went."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from openclaw_gateway.config.schema.tools import Exec
from openclaw_gateway.events import ToolProgress
from openclaw_gateway.tools.arguments import read_arguments, schema_of
from openclaw_gateway.tools.exec.arguments import ExecArguments
from openclaw_gateway.tools.exec.command import Command
from openclaw_gateway.tools.exec.order import Start
from openclaw_gateway.tools.exec.process_table import ProcessTable
from openclaw_gateway.tools.exec.report import report_background, report_end
from openclaw_gateway.tools.exec.surroundings import DEFAULT_PATH, check_additions, child_environment
from openclaw_gateway.tools.permission.gate import CommandWish, Gate
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.sandbox.bubblewrap import SEARCH_PATH
from openclaw_gateway.tools.sandbox.confine import Inmate, confine, sandbox_shell
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

# What people who watch are told of the output: this often, so much at once, so much of one call.
PROGRESS_EVERY_S = 0.25
MAX_PROGRESS_CHARS = 4_000
MAX_PROGRESS_EVENTS = 200


@dataclass(frozen=True, slots=True)
class ExecTool:
    """One agent's `exec`. hidden: folders and files that no sandbox shows."""

    settings: Exec
    table: ProcessTable
    gate: Gate
    hidden: tuple[Path, ...] = ()

    name = "exec"
    description = (
        "Run a shell command and return its output. What takes longer than yieldMs goes on in the background; "
        "follow it with process."
    )
    parameters = schema_of(ExecArguments)
    is_parallel = False

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """Run it; cancelling ends it with all that it started."""
        wanted = read_arguments(ExecArguments, arguments)
        host = choose_host(wanted, self.settings, context.place)
        additions = check_additions(wanted.env, is_sandboxed=host == "sandbox")
        folder, shown = await asyncio.to_thread(_find_folder, context.place, wanted.workdir)
        wish = self._wish(wanted, host, folder, context.place, additions)
        permit = await self.gate.permit(wish, context)
        await asyncio.to_thread(permit.check)
        start = self._start(wanted, wish, shown, context.place)
        command, teller = await self._launch(start, wanted, shown, context)
        try:
            await _wait_end(command, self._yield_s(wanted))
        except asyncio.CancelledError:
            command.stop()
            await command.gone.wait()
            raise
        finally:
            teller.close()
        return self._tell(command, context)

    def _wish(
        self,
        wanted: ExecArguments,
        host: Literal["sandbox", "gateway"],
        folder: Path,
        place: Place,
        additions: dict[str, str],
    ) -> CommandWish:
        path = child_environment(self.table.base_environment, {}, path_prepend=self.settings.path_prepend)["PATH"]
        is_sandboxed = host == "sandbox"
        return CommandWish(
            command=wanted.command,
            cwd=folder,
            settings=self.settings,
            search_path=SEARCH_PATH if is_sandboxed else path or DEFAULT_PATH,
            shell=sandbox_shell(place) if is_sandboxed else self.table.shell,
            env=additions,
            ask=wanted.ask,
            host=host,
            has_terminal=wanted.pty,
        )

    def _start(self, wanted: ExecArguments, wish: CommandWish, shown: str, place: Place) -> Start:
        """Exactly what was permitted."""
        argv = (wish.shell, "-c", wish.command)
        if wish.host == "sandbox":
            inmate = Inmate(argv, shown, wish.env, is_tty=wanted.pty, has_input=wanted.background)
            return confine(inmate, place, self.hidden, self.table.base_environment)
        env = child_environment(
            self.table.base_environment, wish.env, path_prepend=self.settings.path_prepend, is_tty=wanted.pty
        )
        return Start(argv, env, str(wish.cwd))

    async def _launch(
        self, start: Start, wanted: ExecArguments, shown: str, context: ToolContext
    ) -> tuple[Command, "_Teller"]:
        settings = self.settings
        teller = _Teller(context)
        timeout_s = settings.timeout_seconds if wanted.timeout_seconds is None else wanted.timeout_seconds
        command = await self.table.start(
            start,
            wanted.command,
            cwd=shown,
            agent_id=context.agent_id,
            session_key=context.session_key,
            is_tty=wanted.pty,
            has_input=wanted.background,
            timeout_s=timeout_s,
            kept_s=settings.cleanup_ms / 1000,
            on_output=teller.take,
            notice=_notice_rule(settings),
        )
        command.title = wanted.title
        return command, teller

    def _yield_s(self, wanted: ExecArguments) -> float:
        if wanted.background:
            return 0
        return (self.settings.background_ms if wanted.yield_ms is None else wanted.yield_ms) / 1000

    def _tell(self, command: Command, context: ToolContext) -> ToolResult:
        command.on_output = None
        if command.end is None:
            command.is_listed = True
            return report_background(command, context.max_result_chars)
        result, is_whole = report_end(command, command.end, context.max_result_chars)
        if is_whole and not command.end.left:
            self.table.forget(command)
        else:
            command.is_listed = True
        return result


def choose_host(wanted: ExecArguments, settings: Exec, place: Place) -> Literal["sandbox", "gateway"]:
    """Where a command runs; a session with a sandbox has no way out of it. Raises ToolFailure."""
    host = settings.host if wanted.host == "auto" else wanted.host
    if host == "node" or wanted.node:
        raise ToolFailure("host=node: there are no nodes here; leave host out")
    if host == "sandbox" and place.sandbox is None:
        raise ToolFailure("host=sandbox: this session has no sandbox (agents.defaults.sandbox.mode is off)")
    if place.sandbox is None:
        return "gateway"
    if host == "gateway" or wanted.elevated:
        raise ToolFailure("this session is confined to its sandbox: leave out host and elevated")
    return "sandbox"


def _find_folder(place: Place, workdir: str) -> tuple[Path, str]:
    """The folder on this machine, and its name as the command knows it. Raises ToolFailure."""
    if "\0" in workdir:
        raise ToolFailure("workdir: holds a NUL character")
    if place.sandbox is not None or not place.folder.exists():
        place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shown = PurePosixPath(place.shown_as)
    try:
        wanted = Path(workdir).expanduser() if workdir.startswith("~") else shown / workdir
    except RuntimeError:
        raise ToolFailure(f"workdir: {workdir[:200]!r} names nobody's home") from None
    folder = place.folder / wanted.relative_to(shown) if wanted.is_relative_to(shown) else Path(wanted)
    if place.is_contained or place.sandbox is not None:
        root = place.folder.resolve()
        folder = folder.resolve()
        if not wanted.is_relative_to(shown) or not folder.is_relative_to(root):
            raise ToolFailure(f"workdir: {workdir[:200]!r} is outside of {place.shown_as}")
        wanted = shown / folder.relative_to(root)
    if not folder.is_dir():
        raise ToolFailure(f"workdir: {str(wanted)[:200]!r} is no folder")
    return folder, str(wanted)


async def _wait_end(command: Command, yield_s: float) -> None:
    try:
        async with asyncio.timeout(yield_s):
            await command.ended.wait()
    except TimeoutError:
        return


def _notice_rule(settings: Exec) -> Callable[[Command], bool] | None:
    """Whether the end of a command in the background is told to its session; quiet success is not."""
    if not settings.notify_on_exit:
        return None

    def is_worth_telling(command: Command) -> bool:
        end = command.end
        if end is None or end.reason == "manual-cancel" or not command.is_listed:
            return False
        is_quiet = end.code == 0 and not command.output.text.strip()
        return settings.notify_on_exit_empty_success or not is_quiet

    return is_worth_telling


class _Teller:
    """Tells whoever watches the run what a command prints, not more often and not more than they can read."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._text = ""
        self._told = 0
        self._last_at = -PROGRESS_EVERY_S
        self._timer: asyncio.TimerHandle | None = None

    def take(self, text: str) -> None:
        """More output."""
        if self._told >= MAX_PROGRESS_EVENTS:
            return
        self._text = (self._text + text)[-MAX_PROGRESS_CHARS:]
        if self._timer is None:
            wait_s = max(0.0, self._last_at + PROGRESS_EVERY_S - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._tell)

    def close(self) -> None:
        """The call is over; what is left to tell is in its result."""
        self._told = MAX_PROGRESS_EVENTS
        if self._timer is not None:
            self._timer.cancel()

    def _tell(self) -> None:
        self._timer = None
        self._told += 1
        self._last_at = time.monotonic()
        text, self._text = self._text, ""
        self._context.say(ToolProgress(self._context.call_id, "exec", text))
