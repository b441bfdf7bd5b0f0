"""A model whose provider may be asked with several keys."""

from collections.abc import Mapping

from openclaw_gateway.models.cooldowns import Cooldowns
from openclaw_gateway.models.model import Model, ModelReply, ModelRequest, Say


class RotatingModel:
    """See `model.Model`. by_place: the same model with each key, by the key's place in `Cooldowns`.

    is_ordered: the keys are asked in this order, else they take turns. Who is asked is decided in `failover`.
    """

    __slots__ = (
        "_cooldowns", "accepts_images", "by_place", "context_window", "id", "is_ordered", "max_output_tokens",
        "provider",
    )  # fmt: skip

    def __init__(self, by_place: Mapping[str, Model], cooldowns: Cooldowns, *, is_ordered: bool) -> None:
        first = next(iter(by_place.values()))
        self.by_place = by_place
        self.is_ordered = is_ordered
        self.provider = first.provider
        self.id = first.id
        self.context_window = first.context_window
        self.max_output_tokens = first.max_output_tokens
        self.accepts_images = first.accepts_images
        self._cooldowns = cooldowns

    async def ask(self, request: ModelRequest, say: Say) -> ModelReply:
        """Ask with the key whose turn it is, and with the next where that may do better."""
        from openclaw_gateway.models.failover import ask_candidates  # which knows this module

        return await ask_candidates((self,), request, say, lambda _passed, _following: None, self._cooldowns)
