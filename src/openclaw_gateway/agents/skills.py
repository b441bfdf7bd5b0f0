"""Skills: instructions for a kind of task, one folder with a SKILL.md each, which the agent reads when it needs them.

The prompt lists name, description and place only. Of skills of one name the first root's counts. Blocking: call it on a
thread. Source: OpenClaw docs/tools/skills.md.
"""

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from openclaw_gateway.agents.front_matter import read_front_matter
from openclaw_gateway.agents.plain_files import list_plain, read_plain

FILE: Final = "SKILL.md"
_MAX_DEPTH: Final = 6
# What one root may make us look at, so that a folder that is no folder of skills costs little.
_MAX_LOOKS: Final = 2_000
_MAX_HEAD_BYTES: Final = 16 * 1024
_MAX_NAME_CHARS: Final = 64
_MAX_DESCRIPTION_CHARS: Final = 1_024


class Requirements(msgspec.Struct, frozen=True, rename="camel"):
    """What a skill needs: programs, one of some programs, variables, keys of the config, a system."""

    bins: tuple[str, ...] = ()
    any_bins: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    os: tuple[str, ...] = ()


class Skill(msgspec.Struct, frozen=True, rename="camel"):
    """One skill. file: its SKILL.md. missing: what it needs and is not there. is_disabled: by the config."""

    name: str
    description: str
    source: str
    file: Path
    is_for_model: bool = True
    is_for_user: bool = True
    is_always: bool = False
    is_disabled: bool = False
    requirements: Requirements = Requirements()
    missing: Requirements = Requirements()

    @property
    def is_eligible(self) -> bool:
        """Whether it can be used here."""
        return not self.is_disabled and (self.is_always or self.missing == Requirements())


@dataclass(frozen=True, slots=True)
class SkillSettings:
    """What the config says. roots: (source, folder), the strongest first. allowed: names, None for all.

    disabled: names. given: variables that a skill is given, by its name. variables: names of those that are there.
    """

    roots: Sequence[tuple[str, Path]] = ()
    allowed: Collection[str] | None = None
    disabled: Collection[str] = ()
    given: Mapping[str, Collection[str]] = field(default_factory=dict)
    variables: Collection[str] = ()
    max_per_root: int = 200
    max_in_prompt: int = 150
    max_prompt_chars: int = 18_000


def find_skills(settings: SkillSettings) -> tuple[Skill, ...]:
    """All skills that are allowed, usable or not, in the order of their names."""
    found: dict[str, Skill] = {}
    for source, root in settings.roots:
        count = 0
        for parts in _walk(root):
            if count == settings.max_per_root:
                break
            skill = _read_skill(source, root, parts, settings)
            if skill is not None:
                count += 1
                if settings.allowed is None or skill.name in settings.allowed:
                    found.setdefault(skill.name, skill)
    return tuple(sorted(found.values(), key=lambda skill: skill.name))


def write_skills(skills: Sequence[Skill], settings: SkillSettings, *, shown: Mapping[Path, str]) -> str:
    """The section of the prompt, "" without any. shown: folders that the agent knows by another path."""
    rows: list[str] = []
    room = settings.max_prompt_chars
    usable = [skill for skill in skills if skill.is_eligible and skill.is_for_model]
    for skill in usable[: settings.max_in_prompt]:
        place = _show(skill.file, shown)
        row = (
            f"<skill><name>{_escape(skill.name)}</name><description>{_escape(skill.description)}</description>"
            f"<location>{_escape(place)}</location></skill>"
        )
        room -= len(row) + 1
        if room < 0:
            break
        rows.append(row)
    if not rows:
        return ""
    head = (
        "## Skills\nWhen one of these clearly fits the task, read its file first and follow it; paths in it, and "
        "{baseDir}, begin at its folder."
    )
    return "\n".join([head, "<available_skills>", *rows, "</available_skills>"])


def _show(file: Path, shown: Mapping[Path, str]) -> str:
    for folder, path in shown.items():
        if folder in file.parents:
            return f"{path}/{file.relative_to(folder)}"
    return str(file)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _walk(root: Path) -> Iterator[tuple[str, ...]]:
    """Folders below the root that hold a SKILL.md; what lies below such a folder is part of it."""
    waiting: list[tuple[str, ...]] = [()]
    looks = 0
    while waiting and looks < _MAX_LOOKS:
        parts = waiting.pop(0)
        looks += 1
        entries = list_plain(root, *parts)
        if any(entry.name == FILE for entry in entries):
            yield parts
        elif len(parts) < _MAX_DEPTH:
            waiting += [
                (*parts, entry.name)
                for entry in entries
                if entry.is_folder and not entry.name.startswith(".") and entry.name != "node_modules"
            ]


def _read_skill(source: str, root: Path, parts: tuple[str, ...], settings: SkillSettings) -> Skill | None:
    text = read_plain(root, *parts, FILE, max_bytes=_MAX_HEAD_BYTES)
    head = read_front_matter(text) if text is not None else {}
    name, description = head.get("name") or (parts[-1] if parts else root.name), head.get("description")
    if not isinstance(name, str) or not isinstance(description, str) or not description:
        return None
    if len(name) > _MAX_NAME_CHARS or not name.isprintable():
        return None
    metadata = head.get("metadata")
    own = metadata.get("openclaw") if isinstance(metadata, dict) else None
    own = own if isinstance(own, dict) else {}
    needed = _read_requirements(own)
    return Skill(
        name,
        " ".join(description.split())[:_MAX_DESCRIPTION_CHARS],
        source,
        root.joinpath(*parts, FILE),
        is_for_model=head.get("disable-model-invocation") != "true",
        is_for_user=head.get("user-invocable") != "false",
        is_always=own.get("always") is True,
        is_disabled=name in settings.disabled,
        requirements=needed,
        missing=_find_missing(needed, {*settings.variables, *settings.given.get(name, ())}),
    )


def _read_requirements(own: Mapping[str, object]) -> Requirements:
    requires = own.get("requires")
    requires = requires if isinstance(requires, dict) else {}
    return Requirements(
        bins=_texts(requires.get("bins")),
        any_bins=_texts(requires.get("anyBins")),
        env=_texts(requires.get("env")),
        config=_texts(requires.get("config")),
        os=_texts(own.get("os")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple([item for item in value if isinstance(item, str)]) if isinstance(value, list) else ()


def _has_program(name: str) -> bool:
    import shutil  # 0.6 MB with its compressors, and few skills name a program

    return shutil.which(name) is not None


def _find_missing(needed: Requirements, variables: Collection[str]) -> Requirements:
    has_any = not needed.any_bins or any(_has_program(name) for name in needed.any_bins)
    return Requirements(
        bins=tuple([name for name in needed.bins if not _has_program(name)]),
        any_bins=() if has_any else needed.any_bins,
        env=tuple([name for name in needed.env if name not in variables]),
        # Keys that skills ask for are of channels and plugins, which are not here.
        config=needed.config,
        os=() if not needed.os or sys.platform in needed.os else needed.os,
    )
