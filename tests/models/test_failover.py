"""Candidates in their order."""

from dataclasses import dataclass, field

import pytest
from tests.models.asking import HI

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.events import TextDelta
from openclaw_gateway.messages import AssistantMessage, TextPart, Usage
from openclaw_gateway.model_errors import (
    ContextOverflow,
    ModelAuthFailed,
    ModelError,
    ModelRateLimited,
    ModelServerError,
    ModelUnreachable,
)
from openclaw_gateway.models.cooldowns import Cooldowns
from openclaw_gateway.models.failover import PassedOver, ask_candidates
from openclaw_gateway.models.model import Model, ModelEvent, ModelReply, ModelRequest, ModelTimings, Say


@dataclass
class Candidate:
    """A model that says and then answers or fails."""

    id: str
    error: ModelError | None = None
    words: str = ""
    provider: str = "p"
    context_window: int = 1000
    max_output_tokens: int | None = None
    accepts_images: bool = False
    asked: int = field(default=0)

    async def ask(self, request: ModelRequest, say: Say) -> ModelReply:
        self.asked += 1
        if self.words:
            say(TextDelta(self.words))
        if self.error:
            raise self.error
        return ModelReply(AssistantMessage((TextPart(self.id),)), "stop", Usage(), ModelTimings())


async def ask(*models: Model) -> tuple[ModelReply | ModelError, list[ModelEvent], list[tuple[str, str]]]:
    said: list[ModelEvent] = []
    failovers: list[tuple[str, str]] = []
    try:
        reply = await ask_candidates(
            models,
            HI,
            said.append,
            lambda passed, model: failovers.append((passed.message, model.id)),
            Cooldowns(lambda: 0),
        )
    except ModelError as error:
        return error, said, failovers
    return reply, said, failovers


async def test_the_first_good_answer_counts() -> None:
    """The next candidate is asked when one fails, and the caller is told from what to what."""
    models = (
        Candidate("one", ModelServerError("a")),
        Candidate("two", ModelAuthFailed("b")),
        Candidate("three", words="x"),
    )
    reply, said, failovers = await ask(*models, Candidate("four"))
    assert isinstance(reply, ModelReply)
    assert reply.message.text == "three"
    assert said == [TextDelta("x")]
    assert failovers == [("a", "two"), ("b", "three")]


async def test_nothing_is_spliced() -> None:
    """After the first byte the caller has one model's words, or an error."""
    second = Candidate("two")
    error, said, failovers = await ask(Candidate("one", ModelUnreachable("cut"), words="half"), second)
    assert (str(error), said, failovers, second.asked) == ("cut", [TextDelta("half")], [], 0)


async def test_what_another_model_cannot_mend_ends_it() -> None:
    """A prompt that is too long is not carried from model to model."""
    second = Candidate("two")
    error, _, _ = await ask(Candidate("one", ContextOverflow("long")), second)
    assert (str(error), second.asked) == ("long", 0)


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ([ModelServerError("first"), ModelUnreachable("second")], "first"),
        ([ModelAuthFailed("first"), ModelRateLimited("second", retry_after_s=7)], "second"),
        ([ModelRateLimited("first", retry_after_s=3), ModelRateLimited("second", retry_after_s=7)], "first"),
    ],
)
async def test_the_most_telling_error_is_raised(errors: list[ModelError], told: str) -> None:
    """The error of the model that was asked for, unless a later one says when to come back."""
    error, _, failovers = await ask(*[Candidate(str(place), error) for place, error in enumerate(errors)])
    assert str(error) == told
    assert len(failovers) == len(errors) - 1


async def test_no_candidates_is_a_bug() -> None:
    """Somebody always has to be asked."""
    with pytest.raises(ValueError, match="no candidates"):
        await ask()


async def asked_with(cooldowns: Cooldowns, *models: Model) -> list[PassedOver]:
    """Who is passed over on the way to an answer."""
    passed: list[PassedOver] = []
    await ask_candidates(models, HI, lambda event: None, lambda each, _: passed.append(each), cooldowns)
    return passed


async def test_who_failed_is_not_asked_again() -> None:
    """The next turn skips it and says so; when its time is over it is asked, and a success forgets all."""
    now = [0]
    cooldowns = Cooldowns(lambda: now[0])
    first, second = Candidate("one", ModelServerError("a")), Candidate("two")
    assert [each.is_skipped for each in await asked_with(cooldowns, first, second)] == [False]
    (skipped,) = await asked_with(cooldowns, first, second)
    assert (skipped.model, skipped.reason, skipped.is_skipped) == ("one", "server_error", True)
    assert first.asked == 1
    now[0], first.error = 30_000, None
    assert await asked_with(cooldowns, first, second) == []
    assert cooldowns.rows == {}


async def test_one_is_tried_before_its_time_is_over() -> None:
    """Near the end of its time one turn tries it, and the others of that half minute do not."""
    now = [0]
    cooldowns = Cooldowns(lambda: now[0])
    first, second = Candidate("one", ModelServerError("a")), Candidate("two")
    await asked_with(cooldowns, first, second)
    now[0] = 25_000
    for _ in range(3):
        await asked_with(cooldowns, first, second)
    assert first.asked == 2


async def test_when_all_failed_the_first_is_asked() -> None:
    """Cooling down chooses among candidates and never refuses; a refused key is the last choice."""
    cooldowns = Cooldowns(lambda: 0)
    models = (Candidate("one", ModelAuthFailed("a")), Candidate("two", ModelServerError("b"), provider="q"))
    with pytest.raises(ModelAuthFailed):
        await asked_with(cooldowns, *models)
    models[1].error = None
    (skipped,) = await asked_with(cooldowns, *models)
    assert (skipped.model, skipped.reason) == ("one", "auth")


class Blind(Candidate):
    """A stand-in that cannot be asked this."""

    async def ask(self, request: ModelRequest, say: Say) -> ModelReply:
        raise InvalidRequest("no images")


async def test_a_stand_in_that_cannot_be_asked_this_brings_back_the_first() -> None:
    """Who is passed over is asked after all where the others cannot be asked such a thing."""
    cooldowns = Cooldowns(lambda: 0)
    first = Candidate("one")
    cooldowns.note_failure("p:default", "one", ModelServerError("a"))
    passed = await asked_with(cooldowns, first, Blind("two"))
    assert [(each.model, each.is_skipped) for each in passed] == [("one", True)]
    assert first.asked == 1
