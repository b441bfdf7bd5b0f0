"""The original's terminal UI against our gateway, in a terminal: what a person types and sees."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from tests.interop.original.conftest import BIN, Programs

MAX_WAIT_S = 20.0
# Where one types is between two lines over the whole width.
EMPTY_EDITOR = re.compile(r"^─+\n\s*\n─+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Terminal:
    """A tmux of its own with one window."""

    programs: Programs

    async def start(self, command: str) -> None:
        """Run a command in the window, which outlives it to show how it ended."""
        words = ("new-session", "-d", "-x", "110", "-y", "40", f"{command}; echo ended with $?; cat")
        # Not through a pipe: the server that tmux leaves behind would hold it open.
        nowhere = asyncio.subprocess.DEVNULL
        starting = await asyncio.create_subprocess_exec(
            *self._command, *words, stdin=nowhere, stdout=nowhere, stderr=nowhere, env=self.programs.environment
        )
        assert await starting.wait() == 0

    async def stop(self) -> None:
        """End it with everything in it."""
        await self._tmux("kill-server")

    async def type(self, text: str) -> None:
        """Type, and press Enter until the text is sent: an Enter early after its start is passed over."""
        await self._tmux("send-keys", "-l", text)
        await self.wait(lambda screen: text in screen)
        async with asyncio.timeout(MAX_WAIT_S):
            while not EMPTY_EDITOR.search(await self._tmux("capture-pane", "-p")):
                await self.press("Enter")
                await asyncio.sleep(0.5)  # a screen announces nothing

    async def press(self, key: str) -> None:
        """Press one key, by tmux's name for it."""
        await self._tmux("send-keys", key)

    async def wait(self, is_seen: Callable[[str], object]) -> str:
        """The screen once this holds of it."""
        screen = ""
        try:
            async with asyncio.timeout(MAX_WAIT_S):
                while not is_seen(screen := await self._tmux("capture-pane", "-p")):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)  # a screen announces nothing
        except TimeoutError:
            pytest.fail(f"what was waited for is not on the screen:\n{screen}")
        return screen

    @property
    def _command(self) -> tuple[str, ...]:
        return ("tmux", "-S", str(self.programs.folder / "tmux"), "-f", "/dev/null")

    async def _tmux(self, *words: str) -> str:
        ended = await self.programs.run(*self._command, *words)
        assert ended.code == 0, ended.errors
        return ended.output


@pytest.fixture
async def terminal(programs: Programs) -> AsyncIterator[Terminal]:
    """The terminal UI, connected."""
    assert shutil.which("tmux"), "this test needs tmux"
    terminal = Terminal(programs)
    await terminal.start(f"{BIN / 'openclaw'} tui")
    try:
        await terminal.wait(lambda screen: re.search(r"gateway connected|\bidle\b", screen))
        yield terminal
    finally:
        await terminal.stop()


async def test_message(terminal: Terminal) -> None:
    """A message is sent and its answer read off the screen."""
    await terminal.type("Please [[say good morning to you]]")
    await terminal.wait(lambda screen: re.search(r"^\s*good morning to you\s*$", screen, re.MULTILINE))
    assert terminal.programs.relay.refused == {}, "the terminal UI asks what we do not answer"


async def test_streamed_answer_and_abort(terminal: Terminal) -> None:
    """The beginning of an answer is on the screen before its end exists, and Escape ends the run."""
    await terminal.type("Please [[say the first half]] [[hang]]")
    await terminal.wait(lambda screen: re.search(r"^\s*the first half\s*$", screen, re.MULTILINE))
    await terminal.press("Escape")
    await terminal.wait(lambda screen: "aborted" in screen)
