"""Through which every command goes before it is started: allowed, refused, or asked for."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from openclaw_gateway.config.schema.tools import Exec
from openclaw_gateway.errors import Busy, Conflict, StoreUnavailable
from openclaw_gateway.events import ApprovalRequested, ApprovalResolved
from openclaw_gateway.tools.permission.approvals_file import ApprovalsFile
from openclaw_gateway.tools.permission.book import Approval, Book, Decision, Question
from openclaw_gateway.tools.permission.entries import AllowEntry
from openclaw_gateway.tools.permission.executables import Binding, Changed, Lookup, bind_all
from openclaw_gateway.tools.permission.terms import Ask, Terms, combine_terms
from openclaw_gateway.tools.tool import ToolContext, ToolFailure

MAX_COMMAND_CHARS: Final = 100_000

# Told to the model instead of being run: its own approvals are not its business. The child has no credential for them
# either; this only saves everybody the attempt.
_OWN_APPROVAL: Final = re.compile(
    r"^\s*/approve(?:\s|$)|(?:^|[\s;&|(/\"'`])openclaw(?:_gateway)?\s+(?:\S+\s+){0,6}?approvals\s+(?:approve|deny|set|allowlist)"
)


@dataclass(frozen=True, slots=True)
class CommandWish:
    """A command that wants to run.

    command: the text that the shell gets. cwd: a directory of this machine, checked already. search_path: PATH of the
    child. shell: path of what reads the text. env: what the call adds to the environment. ask: of the call.
    has_terminal: it gets a terminal, whose keys are the agent's.
    """

    command: str
    cwd: Path
    settings: Exec
    search_path: str
    shell: str
    env: Mapping[str, str] = field(default_factory=dict)
    ask: Ask | None = None
    host: Literal["gateway", "sandbox"] = "gateway"
    has_terminal: bool = False


@dataclass(frozen=True, slots=True)
class Permit:
    """Good for one start of exactly the command that was wished for."""

    bindings: tuple[Binding, ...]
    lookups: tuple[Lookup, ...] = ()

    def check(self) -> None:
        """Right before the start: raises ToolFailure if a file or folder is another than was judged. Blocks shortly.

        Between this and the start there remain microseconds, in which a file can still change.
        """
        try:
            for binding in self.bindings:
                binding.check()
            for lookup in self.lookups:
                lookup.check()
        except Changed as error:
            raise ToolFailure(f"the command was not run: {error}, and it was allowed as it was before") from None


@dataclass(frozen=True, slots=True)
class _Case:
    """What is known of a wish before anybody is asked. reason: why it is not allowed as it is, "" if it is."""

    terms: Terms
    permit: Permit
    reason: str = ""
    resolved_path: str | None = None
    entries: tuple[AllowEntry, ...] = ()


class Gate:
    """One for a gateway."""

    def __init__(self, book: Book, file: ApprovalsFile) -> None:
        self.book = book
        self.file = file

    @classmethod
    def of(cls, state_dir: Path, now_ms: Callable[[], int]) -> "Gate":
        """The gate of the gateway whose state is in that folder."""
        return cls(Book(now_ms), ApprovalsFile(state_dir, now_ms))

    async def permit(self, wish: CommandWish, context: ToolContext) -> Permit:
        """Decide, and wait for a person where one has to. Raises ToolFailure with the reason for the model.

        Whoever is cancelled while it waits takes its question back.
        """
        if _OWN_APPROVAL.search(wish.command):
            raise ToolFailure("an agent may not answer for people: approvals are given by them, outside of exec")
        if len(wish.command) > MAX_COMMAND_CHARS or "\0" in wish.command:
            raise ToolFailure(f"a command is text of at most {MAX_COMMAND_CHARS} characters, without NUL")
        case = await asyncio.to_thread(self._examine, wish, context.agent_id)
        terms = case.terms
        if terms.security == "deny":
            raise ToolFailure("running commands is denied for this agent (tools.exec.mode, or exec-approvals.json)")
        if terms.ask != "always" and not case.reason:
            return case.permit
        if terms.ask == "off":
            raise ToolFailure(f"the command is not allowed: {case.reason}")
        return await self._ask(wish, context, case)

    def _examine(self, wish: CommandWish, agent_id: str) -> _Case:
        """Judge the wish; in a thread, because files are looked at."""
        try:
            record = self.file.read().record
        except StoreUnavailable as error:
            raise ToolFailure(f"no command may run: {error.message}") from None
        terms = combine_terms(wish.settings, record.terms(agent_id), wish.ask)
        try:
            if terms.security == "deny" or (terms.security == "full" and terms.ask != "always"):
                return _Case(terms, Permit(()))
            return _judge(wish, terms, record.allowlist(agent_id))
        except Changed as error:
            raise ToolFailure(f"the command was not run: {error}") from None

    async def _ask(self, wish: CommandWish, context: ToolContext, case: _Case) -> Permit:
        decisions: tuple[Decision, ...] = ("allow-once", "allow-always", "deny")
        if not case.entries or case.terms.ask == "always":
            decisions = ("allow-once", "deny")
        question = Question(
            command=wish.command,
            cwd=str(wish.cwd),
            agent_id=context.agent_id,
            session_key=context.session_key,
            run_id=context.run_id,
            call_id=context.call_id,
            host=wish.host,
            security=case.terms.security,
            ask=case.terms.ask,
            resolved_path=case.resolved_path,
            reason=case.reason or "every command of this agent is asked for",
            decisions=decisions,
        )
        timeout_s = wish.settings.approval_timeout_seconds
        try:
            approval = self.book.open(question, timeout_s)
        except Busy as error:
            raise ToolFailure(f"the command was not run: {error.message}") from None
        decision = await self._wait(approval, context)
        match decision:
            case "allow-once":
                return case.permit
            case "allow-always":
                await self._remember(wish, context.agent_id, case)
                return case.permit
            case "deny":
                raise ToolFailure("a person has denied the command; do not try it again in another form")
            case None:
                return _fall_back(case, approval)

    async def _wait(self, approval: Approval, context: ToolContext) -> Decision | None:
        question = approval.question
        context.say(
            ApprovalRequested(
                approval.id,
                question.call_id,
                question.command,
                question.cwd,
                approval.created_at_ms,
                approval.expires_at_ms,
            )
        )
        try:
            return await self.book.wait(approval)
        finally:
            self.book.withdraw(approval)
            context.say(ApprovalResolved(approval.id, approval.decision))

    async def _remember(self, wish: CommandWish, agent_id: str, case: _Case) -> None:
        try:
            await asyncio.to_thread(self.file.remember, agent_id, case.entries, wish.command)
        except (StoreUnavailable, Conflict) as error:
            raise ToolFailure(f"the command was allowed, and that could not be written down: {error.message}") from None


def _judge(wish: CommandWish, terms: Terms, allowlist: tuple[AllowEntry, ...]) -> _Case:
    from openclaw_gateway.tools.permission.judgement import Rules, judge_command
    from openclaw_gateway.tools.permission.programs import is_safe_variable
    from openclaw_gateway.tools.permission.safe_bins import DEFAULT_SAFE_BINS

    settings = wish.settings
    rules = Rules(
        cwd=wish.cwd,
        search_path=wish.search_path,
        shell=wish.shell,
        allowlist=allowlist,
        safe_bins=DEFAULT_SAFE_BINS if settings.safe_bins is None else settings.safe_bins,
        trusted_folders=settings.safe_bin_trusted_dirs,
        strict_inline_eval=settings.strict_inline_eval,
    )
    verdict = judge_command(wish.command, rules)
    lookups = tuple(
        [
            Lookup(name, wish.cwd, wish.search_path, command.executable)
            for command in verdict.commands
            if command.executable is not None and (name := command.words[0]) is not None
        ]
    )
    programs = [lookup.executable.real for lookup in lookups]
    permit = Permit(bind_all([str(wish.cwd), wish.shell, *programs, *verdict.files]), lookups)
    reason, entries = verdict.reason, verdict.entries
    unsafe = [name for name in wish.env if not is_safe_variable(name)]
    if unsafe:
        reason, entries = reason or f"it sets the variable {unsafe[0][:80]}", ()
    if wish.has_terminal:
        # `git log` shows its pages by `less` then, and `less` runs what is typed behind a `!`.
        reason, entries = reason or "in a terminal a program can be told by keys to run others", ()
    if terms.security == "full":
        reason = ""
    return _Case(terms, permit, reason, programs[0] if programs else None, entries)


def _fall_back(case: _Case, approval: Approval) -> Permit:
    """Nobody has answered. Unless the approvals file says otherwise, that is a no."""
    fallback = case.terms.fallback
    if not approval.has_expired:
        raise ToolFailure("the command was not run: the gateway is shutting down")
    if fallback == "full" or (fallback == "allowlist" and not case.reason):
        return case.permit
    waited_s = (approval.expires_at_ms - approval.created_at_ms) / 1000
    raise ToolFailure(f"nobody has allowed the command within {waited_s:g} s, so it was not run")
