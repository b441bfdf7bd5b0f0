"""The verdict on a command: each program that its text would start, and the rule that allows it, if any does."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openclaw_gateway.tools.permission.entries import AllowEntry, entry_for, find_entry
from openclaw_gateway.tools.permission.executables import Executable, find_executable
from openclaw_gateway.tools.permission.programs import (
    READABLE_SHELLS,
    UNJUDGED_BUILTINS,
    Inner,
    Opaque,
    Words,
    has_inline_program,
    is_harmless_builtin,
    is_interpreter,
    is_safe_variable,
    obeys_input,
    unwrap,
)
from openclaw_gateway.tools.permission.safe_bins import DEFAULT_SAFE_BINS, is_stdin_only
from openclaw_gateway.tools.permission.shell_text import SimpleCommand, Unclear, read_shell_text

MAX_WRAPPERS: Final = 8


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a command is judged, and where it would run. search_path: PATH of the child. shell: what reads it."""

    cwd: Path
    search_path: str
    shell: str = "/bin/sh"
    allowlist: tuple[AllowEntry, ...] = ()
    safe_bins: tuple[str, ...] = DEFAULT_SAFE_BINS
    trusted_folders: tuple[str, ...] = ("/bin", "/usr/bin")
    strict_inline_eval: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """One program that would be started. rule: what allows it, "" if nothing does, and then `reason` says why not.

    remembered: the entry that would allow it from now on; None where no entry may.
    """

    words: Words
    executable: Executable | None
    rule: str
    reason: str = ""
    remembered: AllowEntry | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """All programs, in their order; none if the text is unclear. reason: the first why not, "" if all is allowed.

    files: what would run beside the programs: scripts that they are given. is_clear: the commands are all there is to
    judge.
    """

    commands: tuple[Judged, ...]
    reason: str
    files: tuple[str, ...] = ()
    is_clear: bool = True

    @property
    def is_allowed(self) -> bool:
        """Whether no person has to be asked."""
        return not self.reason

    @property
    def entries(self) -> tuple[AllowEntry, ...]:
        """What would have to be remembered to allow the same again; () if that cannot be."""
        refused = [command for command in self.commands if not command.rule]
        entries = [command.remembered for command in refused if command.remembered is not None]
        return tuple(dict.fromkeys(entries)) if self.is_clear and len(entries) == len(refused) else ()


def judge_command(text: str, rules: Rules) -> Verdict:
    """What the text would start, and whether the rules allow all of it. Looks at files; runs nothing."""
    judge = _Judge(rules)
    try:
        if os.path.basename(os.path.realpath(rules.shell)) not in READABLE_SHELLS:  # noqa: PTH119
            raise Unclear("it would be read by a shell that is not known here")
        judge.judge_text(text, 0)
    except Unclear as error:
        reason = f"it is not clear what would run: {error}"
        return Verdict(tuple(judge.judged), reason, tuple(judge.files), is_clear=False)
    reasons = [command.reason for command in judge.judged if not command.rule]
    reason = (reasons or judge.doubts or [""])[0]
    return Verdict(tuple(judge.judged), reason, tuple(judge.files), is_clear=not judge.doubts)


class _Judge:
    """One judgement. doubts: reasons that are not of one program."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.judged: list[Judged] = []
        self.files: list[str] = []
        self.doubts: list[str] = []
        self._has_moved = False
        self._has_input_file = False
        self._folders = [rules.cwd]  # where it may be while it runs

    def judge_text(self, text: str, depth: int) -> None:
        if depth > MAX_WRAPPERS:
            raise Unclear("it is wrapped too often")
        reading = read_shell_text(text)
        if reading.writes:
            self.doubts.append(f"it writes to {_short(reading.writes[0])}")
        # Safe programs are safe because they are given no files, whichever way one comes to them.
        self._has_input_file = self._has_input_file or bool(reading.reads)
        for command in reading.commands:
            self._judge_command(command, depth)

    def _judge_command(self, command: SimpleCommand, depth: int) -> None:
        for name in command.assignments:
            if not is_safe_variable(name):
                self.doubts.append(f"it sets the variable {_short(name)}")
        if command.words:
            self._judge_words(command.words, depth)

    def _judge_words(self, words: Words, depth: int, *, is_wrapped: bool = False) -> None:
        if depth > MAX_WRAPPERS:
            raise Unclear("it is wrapped too often")
        name = words[0]
        if name is None:
            raise Unclear("the name of a command is made while it runs")
        if name in UNJUDGED_BUILTINS:
            self._note_scripts(words)  # `. script`
            raise Unclear(f"{name} is judged by nobody but a person")
        if not is_wrapped and is_harmless_builtin(words):
            self._follow(words)
            self.judged.append(Judged(words, None, "shell builtin"))
            return
        if self._has_moved and ("/" in name or not self._is_search_absolute()) and not name.startswith("/"):
            raise Unclear(f"{_short(name)} is looked for in a folder that it goes to first")
        executable = find_executable(name, self._rules.cwd, self._rules.search_path)
        if executable is None:
            self._refuse(words, None, f"{_short(name)} was not found")
            return
        inner = unwrap(os.path.basename(name), words) or unwrap(executable.name, words)  # noqa: PTH119
        match inner:
            case Opaque():
                self._note_scripts(words)
                self._refuse(words, executable, f"{_short(name)} {inner.reason}")
            case Inner():
                self._judge_wrapper(words, executable, inner, depth)
            case None:
                self._judge_program(words, executable)

    def _judge_wrapper(self, words: Words, executable: Executable, inner: Inner, depth: int) -> None:
        if not self._is_trusted(executable):
            self._refuse(words, executable, f"{_short(executable.found)} lies in no trusted folder")
            return
        if self._rules.strict_inline_eval and has_inline_program(executable.name, words):
            self._refuse(words, executable, f"{_short(executable.name)} is given a program on its command line")
            return
        self.judged.append(Judged(words, executable, "runs what is judged next"))
        if inner.text is not None:
            self.judge_text(inner.text, depth + 1)
        else:
            self._judge_words(inner.words, depth + 1, is_wrapped=True)

    def _judge_program(self, words: Words, executable: Executable) -> None:
        rules, name = self._rules, os.path.basename(words[0] or "")  # noqa: PTH119
        is_inline = has_inline_program(name, words) or has_inline_program(executable.name, words)
        noted = len(self.files)
        if is_interpreter(executable.name) or is_interpreter(name):
            self._note_scripts(words)
        if rules.strict_inline_eval and is_inline:
            self._refuse(words, executable, f"{_short(name)} is given a program on its command line")
            return
        rule = self._find_rule(name, words, executable)
        if rule:
            self.judged.append(Judged(words, executable, rule))
            return
        reason = f"{_short(executable.found)} is not on the allowlist with these arguments"
        # An entry is for ever, and for every folder; a script or a program of the workspace is what the agent makes it.
        can_stay = not is_inline and not obeys_input(name, words) and not obeys_input(executable.name, words)
        is_lasting = can_stay and len(self.files) == noted and not self._is_below_cwd(executable)
        self._refuse(words, executable, reason, entry_for(words, executable) if is_lasting else None)

    def _find_rule(self, name: str, words: Words, executable: Executable) -> str:
        rules = self._rules
        is_safe = name in rules.safe_bins and name == words[0] and not self._has_input_file
        if is_safe and self._is_trusted(executable) and is_stdin_only(name, words):
            return "safe bin"
        entry = find_entry(rules.allowlist, words, executable)
        return f"allowlist: {entry.pattern}" if entry is not None else ""

    def _refuse(
        self, words: Words, executable: Executable | None, reason: str, remembered: AllowEntry | None = None
    ) -> None:
        self.judged.append(Judged(words, executable, "", reason, remembered))

    def _is_search_absolute(self) -> bool:
        return all(folder.startswith("/") for folder in self._rules.search_path.split(os.pathsep))

    def _is_trusted(self, executable: Executable) -> bool:
        folder = os.path.dirname(executable.found)  # noqa: PTH120
        return folder in {os.path.realpath(trusted) for trusted in self._rules.trusted_folders}

    def _is_below_cwd(self, executable: Executable) -> bool:
        return Path(executable.found).is_relative_to(os.path.realpath(self._rules.cwd))

    def _follow(self, words: Words) -> None:
        if words[0] != "cd":
            return
        self._has_moved = True
        if len(words) == 2 and words[1] is not None and _is_path(words[1]):
            self._folders.append(self._folders[-1] / words[1])

    def _note_scripts(self, words: Words) -> None:
        for word in words[1:]:
            if word is None or not _is_path(word):
                continue
            for folder in self._folders:  # it may be in any of them: a `cd` can fail, or be of a subshell
                path = folder / word
                if path.is_file():
                    self.files.append(os.path.realpath(path))


def _is_path(word: str) -> bool:
    return not word.startswith("-") and len(word) < 4096 and "\0" not in word


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
