"""Summing up the older part of a session, so that it goes on within its model's window.

The transcript stays whole: what is written is a record beside it that the next prompt begins with (`runs/prompt.py`).
It is written in one commit, at the very end; until then, and whenever it fails or is cancelled, nothing has changed.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from openclaw_gateway.asking import SILENT_SAMPLING
from openclaw_gateway.config.schema import Compaction as Rules
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.events import CompactionFinished, CompactionStarted
from openclaw_gateway.messages import Usage, UserMessage, is_aside
from openclaw_gateway.models.failover import PassedOver, ask_candidates
from openclaw_gateway.models.model import Model, ModelEvent, ModelRequest
from openclaw_gateway.runs import summary as summaries
from openclaw_gateway.runs.compaction_plan import keep_rule, plan_cut
from openclaw_gateway.runs.prepared import Prepared
from openclaw_gateway.runs.prompt import answer_reserve, count_context, reaching_entries, restart_context
from openclaw_gateway.sessions.compaction import Compaction, CompactionReason, find_in_force
from openclaw_gateway.sessions.session import Entry, Session, SessionStore

logger = logging.getLogger(__name__)

# The original's words.
TOO_SMALL = "Nothing to compact (session too small)"

# What the writer is shown at once, of its own window; and into how many pieces a long session is parted at most: of a
# longer one the oldest is left out.
PIECE_SHARE = 0.5
MAX_PIECES = 8
# English text runs to four characters a token; code and other scripts to fewer.
CHARS_PER_TOKEN = 3
# Reasoning included.
MAX_SUMMARY_TOKENS = 8_000

_NOTHING = Usage()

Say = Callable[[CompactionStarted | CompactionFinished], None]


class CompactionResult(msgspec.Struct, frozen=True, gc=False):
    """What came of it. reason: why nothing was done, "" if it was. Tokens are estimates of the context.

    usage: of the calls that wrote the summary, or tried to.
    """

    is_compacted: bool
    reason: str
    tokens_before: int
    tokens_after: int
    usage: Usage = Usage()


class _SummaryRefused(Exception):
    """The writer's answer cannot stand for the conversation."""


@dataclass(slots=True)
class Compactor:
    """Sums up one session, whose lane the caller holds. candidates: whom the session's turns ask."""

    prepared: Prepared
    store: SessionStore
    session: Session
    candidates: Sequence[Model]
    now_ms: Callable[[], int]
    say: Say
    usage: Usage = _NOTHING

    @property
    def rules(self) -> Rules:
        """What the config says."""
        return self.prepared.config.agents.defaults.compaction

    async def compact(
        self, reason: CompactionReason, *, reserved: int, focus: str = "", max_tokens: int | None = None
    ) -> CompactionResult:
        """Sum up what is old. Never raises for what the writer did: the session goes on as it is then, and says why.

        reserved: tokens of the window that are not the session's. max_tokens: the context is to get smaller than this,
        because the provider found it too large. Raises StoreUnavailable.
        """
        session = self.session
        before = count_context(session, session.show)
        budget = max(self.candidates[0].context_window - reserved, 0)
        if max_tokens is not None:
            budget = min(budget, max_tokens)
        entries = reaching_entries(session)
        cut = plan_cut(entries, keep_rule(self.rules.keep_recent_tokens, self.rules.recent_turns_preserve, budget))
        if not cut:
            return CompactionResult(is_compacted=False, reason=TOO_SMALL, tokens_before=before, tokens_after=before)
        self.say(CompactionStarted(reason))
        try:
            text, writer = await self._write(entries[:cut], focus, max_tokens)
        except (_SummaryRefused, GatewayError, TimeoutError) as error:
            result = CompactionResult(
                is_compacted=False, reason=_explain(error), tokens_before=before, tokens_after=before, usage=self.usage
            )
            logger.warning("session %s could not be summed up: %s", session.key, result.reason)
        else:
            await self._keep(entries, cut, text, reason, before, writer)
            after = count_context(session, session.show)
            result = CompactionResult(
                is_compacted=True, reason="", tokens_before=before, tokens_after=after, usage=self.usage
            )
        self.say(CompactionFinished(result.is_compacted, result.reason, before, result.tokens_after))
        return result

    async def _keep(
        self, entries: Sequence[Entry], cut: int, text: str, reason: CompactionReason, before: int, writer: Model
    ) -> None:
        kept = sum([entry.tokens for entry in entries[cut:]])
        compaction = Compaction(
            until_id=entries[cut - 1].id,
            after_id=entries[-1].id,
            summary=text,
            reason=reason,
            at_ms=self.now_ms(),
            tokens_before=before,
            tokens_after=kept + len(text) // CHARS_PER_TOKEN,
            provider=writer.provider,
            model=writer.id,
            usage=self.usage,
        )
        await self.store.compact(self.session, compaction)
        restart_context(self.session)

    # --- The writer -------------------------------------------------------------------------------------------------

    async def _write(self, entries: Sequence[Entry], focus: str, max_tokens: int | None) -> tuple[str, Model]:
        """The summary of these entries and of the summary before them, and who wrote it.

        max_tokens: what the writer is shown at once, if the provider has a smaller window than the config says.
        """
        session = self.session
        writers = self._choose_writers()
        earlier, _ = find_in_force(session.path, session.compactions)
        previous = earlier.summary if earlier is not None else ""
        messages = [entry.message for entry in entries if not is_aside(entry.message)]
        is_strict = self.rules.mode == "safeguard" and self.rules.quality_guard.enabled
        wanted = summaries.find_identifiers(messages) if is_strict and self.rules.identifier_policy == "strict" else ()
        window = min(writers[0].context_window, max_tokens or writers[0].context_window)
        max_chars = int(window * PIECE_SHARE) * CHARS_PER_TOKEN - len(previous)
        pieces = summaries.split_pieces(await asyncio.to_thread(summaries.render, messages), max(max_chars, 4_000))
        left_out = len(pieces) - MAX_PIECES
        if left_out > 0:
            pieces = pieces[left_out:]
        text = previous
        for number, piece in enumerate(pieces, 1):
            is_last = number == len(pieces)
            text = await self._ask_checked(
                writers, piece, text, focus, wanted if is_last else (), is_strict=is_strict and is_last
            )
        beginning = "" if previous else summaries.beginning_of(messages)
        lost = summaries.missing_identifiers(text, wanted)
        return summaries.finish(text, beginning=beginning, missing=lost), writers[0]

    def _choose_writers(self) -> Sequence[Model]:
        """The model that the config names for summaries, else the session's."""
        named, provider = self.rules.model, self.rules.provider
        if named is None:
            return self.candidates
        ref = f"{provider}/{named}" if provider and "/" not in named else named
        return (self.prepared.catalog.resolve(ref, self.session.agent_id),)

    async def _ask_checked(
        self,
        writers: Sequence[Model],
        piece: str,
        previous: str,
        focus: str,
        wanted: Sequence[str],
        *,
        is_strict: bool,
    ) -> str:
        """Ask until the answer has all that it must have, within the retries of the config.

        An identifier that is still missing then is added by `finish`. An answer without the headings is kept as it is
        where it is shorter than what it stands for: small models never learn the form, and without a summary their
        sessions would lose the older part altogether.
        """
        missing: tuple[str, ...] = ()
        for _ in range(self.rules.quality_guard.max_retries + 1 if is_strict else 1):
            question = summaries.write_question(piece, previous=previous, focus=focus, missing=missing)
            text = await self._ask(writers, question)
            headings = summaries.missing_headings(text) if is_strict else ()
            missing = (*headings, *summaries.missing_identifiers(text, wanted))
            if not missing:
                break
        if headings:
            if len(text) >= len(previous) + len(piece):
                raise _SummaryRefused("the model's answer lacks the headings and is longer than what it stands for")
            logger.info("session %s: its summary lacks %s", self.session.key, ", ".join(headings))
        return text

    async def _ask(self, writers: Sequence[Model], question: str) -> str:
        first, rules = writers[0], self.rules
        sampling = msgspec.structs.replace(SILENT_SAMPLING, max_tokens=min(MAX_SUMMARY_TOKENS, answer_reserve(first)))
        request = ModelRequest(
            system=(summaries.INSTRUCTIONS,),
            messages=(UserMessage(question),),
            sampling=self.prepared.thinking.sample(
                sampling, self.session.agent_id, first, inline=None, stored=rules.thinking_level
            ),
            session=self.session.session_id,
        )
        async with asyncio.timeout(rules.timeout_seconds):
            reply = await ask_candidates(
                writers, request, _hear_nothing, _note_nothing, self.prepared.catalog.cooldowns
            )
        priced = self.prepared.prices.put_on(reply)
        self.usage = self.usage + priced.usage
        text = reply.message.text.strip()
        if not text:
            raise _SummaryRefused("the model's answer was empty")
        return text


def _hear_nothing(event: ModelEvent) -> None:
    """Nobody is shown how a summary comes about."""


def _note_nothing(passed: PassedOver, following: Model) -> None:
    """Cooldowns remember who failed; the run's own answer does not depend on it."""


def _explain(error: Exception) -> str:
    """For people: in the answer of `/compact`, in `session.operation` and in the log."""
    match error:
        case GatewayError():
            cause = error.message.rstrip(".")
        case TimeoutError():
            cause = "the model took too long (agents.defaults.compaction.timeoutSeconds)"
        case _:
            cause = str(error)
    return f"no summary could be made: {cause}; nothing was changed"
