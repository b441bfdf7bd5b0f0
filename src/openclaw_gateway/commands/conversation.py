"""Commands about the session as a whole: begin it anew, stop it, name it, sum it up."""

from openclaw_gateway.commands.desk import Hand
from openclaw_gateway.errors import InvalidRequest, RunCancelled
from openclaw_gateway.runs.anew import begin_anew
from openclaw_gateway.runs.compaction import Compactor
from openclaw_gateway.runs.prompt import answer_reserve

MAX_FOCUS_CHARS = 800
MAX_TITLE_CHARS = 512


async def start_new(hand: Hand, args: str) -> str:
    """`/new`: an empty conversation, perhaps with another model."""
    if args:
        await _choose_model(hand, args)
    await _begin_anew(hand, "new")
    return f"New session. Model: {hand.model_name()}"


def split_soft(text: str) -> tuple[str, str]:
    """The message behind `soft`, which is said to the agent."""
    first, _, message = text.partition(" ")
    return (first, message.strip()) if first.lower() == "soft" else (text, "")


async def reset(hand: Hand, args: str) -> str:
    """`/reset`: an empty conversation; `/reset soft` only reads the workspace again."""
    if args.lower() == "soft":
        hand.stage.prepared.prompts[hand.agent.id].distrust()
        return "The conversation is kept; the workspace is read again with the next message."
    if args:
        raise InvalidRequest(f"expected /reset [soft [message]], got {args[:60]!r}")
    await _begin_anew(hand, "reset")
    return "Session reset."


async def stop(hand: Hand, args: str) -> str:  # noqa: ARG001  (takes none)
    """`/stop`: end what the session does, and what waits for it."""
    runs = hand.desk.runs
    own = runs.find(hand.stage.order.run_id)
    ended = runs.end_session(hand.key, RunCancelled("aborted by /stop"), but=own)
    return f"Stopped {len(ended)} {'run' if len(ended) == 1 else 'runs'}." if ended else "Nothing to stop."


async def name(hand: Hand, args: str) -> str:
    """`/name`: what the session is called in lists."""
    if not args:
        return (
            f"This session is called {hand.settings.label!r}." if hand.settings.label else "This session has no name."
        )
    if len(args) > MAX_TITLE_CHARS:
        raise InvalidRequest(f"a name has at most {MAX_TITLE_CHARS} characters")
    await hand.patch(label=args)
    return f"This session is called {args!r} now."


async def compact(hand: Hand, args: str) -> str:
    """`/compact`: sum up the older part. The lane is the command's own."""
    if len(args) > MAX_FOCUS_CHARS:
        raise InvalidRequest(f"/compact takes at most {MAX_FOCUS_CHARS} characters about what to keep")
    stage = hand.stage
    chosen = hand.desk.runs.chosen_models.get(hand.key)
    candidates = stage.prepared.catalog.candidates(hand.agent.model, chosen, hand.agent.id)
    compactor = Compactor(stage.prepared, stage.store, stage.session, candidates, stage.now_ms, stage.say)
    result = await compactor.compact("manual", reserved=answer_reserve(candidates[0]), focus=args)
    if not result.is_compacted:
        return f"Not compacted: {result.reason}"
    hand.desk.deeds.tell_changed(hand.key, "compact")
    return f"Compacted: about {result.tokens_before:,} tokens became {result.tokens_after:,}."


async def _begin_anew(hand: Hand, reason: str) -> None:
    stage = hand.stage
    if stage.order.is_ephemeral:
        return  # nothing was kept, and nothing will be
    await hand.desk.runs.forget_waiting(hand.key)
    await begin_anew(stage.store, stage.session, hand.desk.now_ms())
    hand.desk.runs.last_ends.pop(hand.key, None)
    hand.stage.prepared.prompts[hand.agent.id].distrust()
    hand.desk.deeds.tell_changed(hand.key, reason)


async def _choose_model(hand: Hand, ref: str) -> None:
    model = hand.stage.prepared.catalog.resolve(ref, hand.agent.id)
    await hand.patch(model=f"{model.provider}/{model.id}")
