"""A model entry that cannot be asked as it is configured: it says why when it is asked, not when the gateway starts."""

from openclaw_gateway.model_errors import ModelError
from openclaw_gateway.models.model import ModelReply, ModelRequest, Say


class UnusableModel:
    """See `model.Model`. kind, reason: the error that every call raises."""

    __slots__ = ("_kind", "_reason", "accepts_images", "context_window", "id", "max_output_tokens", "provider")

    def __init__(self, provider: str, model_id: str, kind: type[ModelError], reason: str) -> None:
        self.provider = provider
        self.id = model_id
        self.context_window = 128_000
        self.max_output_tokens: int | None = None
        self.accepts_images = True
        self._kind = kind
        self._reason = reason

    @property
    def reason(self) -> str:
        """Why every call fails."""
        return self._reason

    async def ask(self, request: ModelRequest, say: Say) -> ModelReply:  # noqa: ARG002 - nothing is asked
        """Raise the error."""
        raise self._kind(self._reason, provider=self.provider, model=self.id)
