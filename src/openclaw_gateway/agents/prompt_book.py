"""The stable prompts of one agent, kept until a file of its workspace changes: a turn never reads what is unchanged.

Whether something changed is asked of the disk on a thread, and at most five times a second; after a turn that used
tools or a change over the protocol it is asked at once. A turn in between costs two look-ups.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

from openclaw_gateway.agents.bootstrap import BOOTSTRAP_FILE, end_first_talk, has_been_set_up, set_up_workspace
from openclaw_gateway.agents.identity_file import FILE as IDENTITY_FILE
from openclaw_gateway.agents.identity_file import parse_identity
from openclaw_gateway.agents.local_time import LocalTime
from openclaw_gateway.agents.plain_files import Revision, find_revision, read_plain
from openclaw_gateway.agents.project_context import ContextFile, write_project_context
from openclaw_gateway.agents.prompt_settings import PromptSettings
from openclaw_gateway.agents.skills import Skill, find_skills, write_skills
from openclaw_gateway.agents.system_prompt import PromptParts, write_identity_line, write_stable_part
from openclaw_gateway.agents.templates import TEMPLATES
from openclaw_gateway.messages import Message

logger = logging.getLogger(__name__)

PromptMode = Literal["full", "minimal", "none"]

# How long the last look at the disk is believed.
TRUST_S: Final = 0.2
# And at the folders of skills, which are many files.
SKILLS_TRUST_S: Final = 5.0
# Who has none of these could not read a skill.
_READERS: Final = frozenset(("read", "exec"))
# Folders of sandboxes differ between sessions, so the kept texts are bounded.
_MAX_TEXTS: Final = 32

MEMORY_FILE: Final = "MEMORY.md"
_FILES: Final = ("AGENTS.md", "SOUL.md", IDENTITY_FILE, "USER.md", BOOTSTRAP_FILE, MEMORY_FILE)
# Of the main conversation only: others may be shared with people whom the memories are not for.
_MAIN_ONLY: Final = frozenset((BOOTSTRAP_FILE, MEMORY_FILE))
_NEVER_MISSED: Final = frozenset((BOOTSTRAP_FILE, MEMORY_FILE))


class Variant(NamedTuple):
    """Which of an agent's prompts. folder: the working directory as the session's tools know it.

    is_main: of the agent's main conversation. has_files: with the files of the workspace. tools: names of what may be
    used in this one, None for what the agent has as a rule.
    """

    folder: str
    mode: PromptMode = "full"
    is_main: bool = False
    has_files: bool = True
    tools: tuple[str, ...] | None = None


class _Look(NamedTuple):
    """What was found on the disk. files: (revision, text) by name."""

    files: Mapping[str, tuple[Revision, str]]
    was_set_up: bool
    skills: tuple[Skill, ...] = ()


class PromptBook:
    """The prompts of one agent under one revision of the config. Belongs to the event loop.

    show: how its model is shown a message, None for as it is. Who works is told when something was said, who only talks
    is not.
    """

    def __init__(self, settings: PromptSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self.time = LocalTime(settings.zone)
        self.show: Callable[[Message], Message] | None = self.time.show if settings.tools else None
        self._texts: dict[Variant, str] = {}
        self._look: _Look | None = None
        self._looking = asyncio.Lock()
        self._trusted_until = 0.0
        self._skills_due_at = 0.0
        self._told_of: str = ""

    async def find(self, variant: Variant) -> str:
        """The stable part of the system prompt; the same bytes until a file or the config changes."""
        if self._look is None or self._clock() >= self._trusted_until:
            await self._look_again()
        text = self._texts.get(variant)
        if text is None:
            if len(self._texts) == _MAX_TEXTS:
                del self._texts[next(iter(self._texts))]
            text = self._texts[variant] = self._write(variant)
        return text

    def distrust(self) -> None:
        """Somebody may just have changed the files: look at the next turn."""
        self._trusted_until = 0.0

    async def _look_again(self) -> None:
        if self._look is not None and self._looking.locked():
            return  # somebody looks already; what was known a moment ago will do
        async with self._looking:
            began_at = self._clock()
            if self._look is not None and began_at < self._trusted_until:
                return
            self._trusted_until = began_at + TRUST_S  # before the look, so that a distrust during it is not lost
            known = self._look
            found = await asyncio.to_thread(self._examine, known)
            if found != known:
                self._look = found
                self._texts.clear()

    # --- on a thread ------------------------------------------------------------------------------------------------

    def _examine(self, known: _Look | None) -> _Look:
        settings = self.settings
        was_set_up = known.was_set_up if known is not None else self._set_up()
        skills = known.skills if known is not None else ()
        if settings.tools and self._clock() >= self._skills_due_at:
            self._skills_due_at = self._clock() + SKILLS_TRUST_S
            skills = find_skills(settings.skills)
        files = self._read_changed(known.files if known is not None else {})
        if BOOTSTRAP_FILE in files and settings.tools and (known is None or files is not known.files):
            try:
                if end_first_talk(settings.workspace):
                    files = {name: file for name, file in files.items() if name != BOOTSTRAP_FILE}
            except OSError as error:
                self._warn(f"{BOOTSTRAP_FILE} cannot be removed: {error.strerror or error}")
        return _Look(files, was_set_up, skills)

    def _set_up(self) -> bool:
        """Give a new workspace its files; one that cannot be made is warned about, because talking needs none."""
        settings = self.settings
        if settings.tools:
            try:
                if not settings.may_set_up:
                    # Tools need a place to work in, with or without files.
                    settings.workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
                elif set_up_workspace(settings.workspace, settings.state_dir, skipped=settings.skipped_files):
                    logger.info("set up the workspace %s", settings.workspace)
            except OSError as error:
                self._warn(f"cannot be set up: {error.strerror or error}; its agent goes on without files")
        return has_been_set_up(settings.workspace, settings.state_dir)

    def _read_changed(self, known: Mapping[str, tuple[Revision, str]]) -> Mapping[str, tuple[Revision, str]]:
        workspace = self.settings.workspace
        found: dict[str, tuple[Revision, str]] = {}
        for name in _FILES:
            revision = find_revision(workspace, name)
            if revision is None:
                continue
            before = known.get(name)
            if before is not None and before[0] == revision:
                found[name] = before
            elif (text := read_plain(workspace, name)) is not None:
                found[name] = (revision, text)
        return known if found == known else found

    def _warn(self, fault: str) -> None:
        if fault != self._told_of:
            self._told_of = fault
            logger.warning("workspace %s: %s", self.settings.workspace, fault)

    # --- the text ---------------------------------------------------------------------------------------------------

    def _write(self, variant: Variant) -> str:
        name = self._choose_name()
        if variant.mode == "none":
            return write_identity_line(name)
        settings = self.settings
        files = self._gather(variant) if variant.has_files else []
        return write_stable_part(
            PromptParts(
                name,
                settings.tools if variant.tools is None else variant.tools,
                variant.folder,
                write_project_context(files, max_chars=settings.max_chars, max_total_chars=settings.max_total_chars),
                self._list_skills(variant),
                is_minimal=variant.mode == "minimal",
                is_first_talk=any(file.name == BOOTSTRAP_FILE for file in files),
            )
        )

    def _list_skills(self, variant: Variant) -> str:
        settings = self.settings
        tools = settings.tools if variant.tools is None else variant.tools
        if self._look is None or not _READERS.intersection(tools) or not settings.skills.max_in_prompt:
            return ""
        return write_skills(self._look.skills, settings.skills, shown={settings.workspace: variant.folder})

    def _choose_name(self) -> str:
        if self.settings.given_name is not None:
            return self.settings.given_name
        text = self._text_of(IDENTITY_FILE)
        return (parse_identity(text).name if text else None) or self.settings.default_name

    def _gather(self, variant: Variant) -> list[ContextFile]:
        """The files of a variant. Without tools, templates and the first talk ask for what the agent cannot do."""
        has_tools = bool(self.settings.tools)
        missed = self._look is not None and self._look.was_set_up and has_tools
        files: list[ContextFile] = []
        for name in _FILES:
            if (name in _MAIN_ONLY and not variant.is_main) or (variant.mode == "minimal" and name != "AGENTS.md"):
                continue
            text = self._text_of(name)
            if text is None and (not missed or name in _NEVER_MISSED or name in self.settings.skipped_files):
                continue
            if not has_tools and (name == BOOTSTRAP_FILE or text == TEMPLATES.get(name)):
                continue
            files.append(ContextFile(name, f"{variant.folder}/{name}", text))
        return files

    def _text_of(self, name: str) -> str | None:
        file = self._look.files.get(name) if self._look is not None else None
        return file[1] if file is not None else None
