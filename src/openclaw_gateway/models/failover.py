"""Asking the candidates in their order until one answers."""

from collections.abc import Awaitable, Callable, Sequence

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.model_errors import ModelError
from openclaw_gateway.models.model import Model, ModelEvent, ModelReply, ModelRequest, Say


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
    on_failover: Callable[[ModelError, Model], None],
) -> Awaitable[ModelReply]:
    """The first good answer. on_failover is told the error and the candidate that is asked next.

    The next candidate is asked only if the error lets another model do better and nothing was said yet; after the first
    byte nothing is spliced. When all fail the first error is raised, because it is about the model that was asked for;
    a later one only if it says when to come back and the first does not.
    """
    if len(candidates) == 1:
        return candidates[0].ask(request, say)
    return _ask_in_order(candidates, request, say, on_failover)


async def _ask_in_order(
    candidates: Sequence[Model],
    request: ModelRequest,
    say: Say,
    on_failover: Callable[[ModelError, Model], None],
) -> ModelReply:
    first_error: ModelError | None = None
    ear = _Ear(say)
    last = len(candidates) - 1
    for place, model in enumerate(candidates):
        try:
            return await model.ask(request, ear)
        except ModelError as error:
            if ear.has_heard or not error.advances:
                raise
            first_error = _more_telling(first_error, error)
            if place == last:
                raise first_error from None
            on_failover(error, candidates[place + 1])
        except InvalidRequest:
            # A stand-in that cannot be asked this (images, audio, …) says nothing about the model that was asked for.
            if first_error is None:
                raise
            if place == last:
                raise first_error from None
            on_failover(first_error, candidates[place + 1])
    raise ValueError("no candidates")


def _more_telling(first: ModelError | None, later: ModelError) -> ModelError:
    if first is None:
        return later
    return later if later.retry_after_s is not None and first.retry_after_s is None and not first.retryable else first
