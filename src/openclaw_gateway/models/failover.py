"""Asking the candidates in their order until one answers: models, and the keys that each can be asked with.

Whom to pass over is looked up before anybody is asked (`cooldowns`), so that a server that is down costs its retries
once and not in every turn.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import cast

import msgspec

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.model_errors import ModelError
from openclaw_gateway.models.cooldowns import OF_KEY, Cooldowns, Standing
from openclaw_gateway.models.model import Model, ModelEvent, ModelReply, ModelRequest, Say
from openclaw_gateway.models.profiles import name_of_place
from openclaw_gateway.models.remote_model import RemoteModel
from openclaw_gateway.models.rotating_model import RotatingModel


class PassedOver(msgspec.Struct, frozen=True, gc=False):
    """A candidate that did not answer. profile: its key's name. message: for the log. is_skipped: it was not asked."""

    provider: str
    model: str
    profile: str
    reason: str
    message: str
    is_skipped: bool = False


OnFailover = Callable[[PassedOver, Model], None]


class _Attempt(msgspec.Struct, frozen=True, gc=False):
    """One model with one key. place: in `Cooldowns`. candidate: number of the model among the candidates."""

    model: Model
    place: str
    candidate: int
    rotates: bool


class _Ear:
    """A `say` that knows whether it was used: what the caller heard cannot be taken back."""

    __slots__ = ("_say", "has_heard")

    def __init__(self, say: Say) -> None:
        self._say = say
        self.has_heard = False

    def __call__(self, event: ModelEvent) -> None:
        self.has_heard = True
        self._say(event)


def ask_candidates(
    candidates: Sequence[Model],
    request: ModelRequest,
    say: Say,
    on_failover: OnFailover,
    cooldowns: Cooldowns,
) -> Awaitable[ModelReply]:
    """The first good answer. on_failover is told who did not answer and who is asked next.

    The next one is asked only if the error lets another do better and nothing was said yet; after the first byte
    nothing is spliced. Who is cooling down is passed over unless all are. When all fail the first error is raised,
    because it is about the model that was asked for; a later one only if it says when to come back and the first does
    not.
    """
    if not candidates:
        raise ValueError("no candidates")
    if len(candidates) == 1 and type(candidates[0]) is not RotatingModel:
        return candidates[0].ask(request, say)  # nobody to choose from
    return _Asking(candidates, request, say, on_failover, cooldowns).ask()


class _Asking:
    """One request on its way through the candidates."""

    __slots__ = ("_attempts", "_cooldowns", "_ear", "_first_error", "_on_failover", "_request")

    def __init__(
        self,
        candidates: Sequence[Model],
        request: ModelRequest,
        say: Say,
        on_failover: OnFailover,
        cooldowns: Cooldowns,
    ) -> None:
        self._request = request
        self._ear = _Ear(say)
        self._on_failover = on_failover
        self._cooldowns = cooldowns
        self._first_error: ModelError | None = None
        self._attempts = list(_plan(candidates, cooldowns, request.session))

    async def ask(self) -> ModelReply:
        """The first good answer."""
        attempts = self._attempts
        skipped = self._choose_skipped()
        place = 0
        while True:
            attempt = attempts[place]
            standing = skipped.get(place)
            if standing is not None and not self._cooldowns.claim_probe(attempt.model.provider, standing):
                passed, following = _skip(attempt, standing), place + 1
            else:
                outcome = await self._try(place)
                if isinstance(outcome, ModelReply):
                    return outcome
                passed, following = outcome
            if following >= len(attempts):
                return await self._ask_last(skipped)
            self._on_failover(passed, attempts[following].model)
            place = following

    def _choose_skipped(self) -> dict[int, Standing]:
        """Whom not to ask, by place; nobody if that would leave nobody but the one who is free again first."""
        if not self._cooldowns.rows:
            return {}
        found = {
            place: standing
            for place, attempt in enumerate(self._attempts)
            if (standing := self._cooldowns.find(attempt.place, attempt.model.id)) is not None
        }
        if len(found) == len(self._attempts):
            del found[min(found, key=lambda place: (found[place].disabled_until, place))]
        return found

    async def _ask_last(self, skipped: dict[int, Standing]) -> ModelReply:
        """Raise what the first one said; or if only stand-ins were asked, and could not be asked this, ask who was
        passed over after all.
        """
        if self._first_error is None:
            outcome = await self._try(min(skipped))
            if isinstance(outcome, ModelReply):
                return outcome
        raise cast("ModelError", self._first_error)

    async def _try(self, place: int) -> ModelReply | tuple[PassedOver, int]:
        """The answer, or who failed and the place of who is next. Raises what ends the request."""
        attempt, cooldowns = self._attempts[place], self._cooldowns
        model = attempt.model
        try:
            reply = await model.ask(self._request.for_model(model.provider, model.id), self._ear)
        except ModelError as error:
            cooldowns.note_failure(attempt.place, model.id, error)
            if self._ear.has_heard or not error.advances:
                raise
            self._first_error = _more_telling(self._first_error, error)
            following = place + 1 if error.reason in OF_KEY else self._next_candidate(place)
            return _fail(attempt, error), following
        except InvalidRequest as error:
            # A stand-in that cannot be asked this (images, audio, …) says nothing about the model that was asked for.
            if attempt.candidate == 0:
                raise
            passed = PassedOver(model.provider, model.id, name_of_place(attempt.place), "format", error.message)
            return passed, self._next_candidate(place)
        session_of = (self._request.session, model.provider) if attempt.rotates else None
        cooldowns.note_success(attempt.place, model.id, session_of)
        return reply

    def _next_candidate(self, place: int) -> int:
        """The first place of another model: its server would not do better with another key."""
        candidate = self._attempts[place].candidate
        while place < len(self._attempts) and self._attempts[place].candidate == candidate:
            place += 1
        return place


def _plan(candidates: Sequence[Model], cooldowns: Cooldowns, session: str) -> Iterator[_Attempt]:
    for number, model in enumerate(candidates):
        if not isinstance(model, RotatingModel):
            yield _Attempt(model, _place_of(model), number, rotates=False)
            continue
        places = tuple(model.by_place)
        if not model.is_ordered:
            places = cooldowns.order(places, model.provider, session)
        for place in places:
            yield _Attempt(model.by_place[place], place, number, rotates=True)


def _place_of(model: Model) -> str:
    return model.place if isinstance(model, RemoteModel) else f"{model.provider}:default"


def _fail(attempt: _Attempt, error: ModelError) -> PassedOver:
    model = attempt.model
    return PassedOver(model.provider, model.id, name_of_place(attempt.place), error.reason, error.message)


def _skip(attempt: _Attempt, standing: Standing) -> PassedOver:
    model, profile = attempt.model, name_of_place(attempt.place)
    message = f"{model.provider}/{model.id} with {profile} is passed over for a while"
    return PassedOver(model.provider, model.id, profile, standing.reason, message, is_skipped=True)


def _more_telling(first: ModelError | None, later: ModelError) -> ModelError:
    if first is None:
        return later
    return later if later.retry_after_s is not None and first.retry_after_s is None and not first.retryable else first
