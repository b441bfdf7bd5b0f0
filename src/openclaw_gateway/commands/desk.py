"""What commands reach of the gateway, and what each of them is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from openclaw_gateway.agents.agent import Agent
from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.errors import GatewayError, InvalidRequest
from openclaw_gateway.models.model import Model
from openclaw_gateway.runs.action_turn import Stage
from openclaw_gateway.runs.in_flight import Runs
from openclaw_gateway.sessions.settings import SessionSettings
from openclaw_gateway.tools.permission.book import Book
from openclaw_gateway.tools.toolbox import Toolbox


class Deeds(Protocol):
    """What commands do through the methods of the protocol, so that neither may do what the other may not."""

    async def patch(self, key: str, agent_id: str, changes: Mapping[str, object]) -> None:
        """`sessions.patch`: changes in the names of its params. Raises as it does."""
        ...

    async def set_default_model(self, principal: Principal, agent_id: str | None, ref: str) -> None:
        """Write the model into the config: of an agent, or of all. Raises as `config.patch` does."""
        ...

    def tell_changed(self, key: str, reason: str) -> None:
        """A session is not what it was."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """The gateway as commands see it. started_at_ms: since the epoch."""

    runs: Runs
    book: Book
    deeds: Deeds
    started_at_ms: int
    now_ms: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Hand:
    """One command given: who gave it, and where."""

    desk: Desk
    principal: Principal
    stage: Stage

    @property
    def key(self) -> str:
        """The session."""
        return self.stage.order.session_key

    @property
    def agent(self) -> Agent:
        """The agent of the session."""
        return self.stage.prepared.agents[self.stage.order.agent_id]

    @property
    def settings(self) -> SessionSettings:
        """What was decided about the session."""
        return self.stage.session.settings

    def model(self) -> Model:
        """The model that the session's next turn asks first. Raises for a choice that leads nowhere any more."""
        chosen = self.desk.runs.chosen_models.get(self.key)
        return self.stage.prepared.catalog.candidates(self.agent.model, chosen, self.agent.id)[0]

    def model_name(self) -> str:
        """The same as provider/model, whatever it is worth."""
        try:
            model = self.model()
        except GatewayError:
            return self.desk.runs.chosen_models.get(self.key, "unknown")
        return f"{model.provider}/{model.id}"

    def toolbox(self) -> Toolbox:
        """What the agent may use here, with the model and for the sender of the command."""
        sender = self.stage.order.principal_subject
        return self.stage.prepared.toolbox(self.agent.id, self.key, self.model_name(), sender)

    async def keep_session(self) -> None:
        """Store the session before something is decided about it. Raises InvalidRequest for one that is not kept."""
        if self.stage.order.is_ephemeral:
            raise InvalidRequest(
                "this conversation is not kept, so nothing can be set for it: name it with x-openclaw-session-key or"
                " `user`, or begin the message itself with the command",
            )
        if not self.stage.is_beside:
            await self.stage.store.directory.create(self.stage.session)

    async def patch(self, **changes: object) -> None:
        """Decide something about the session, as `sessions.patch` does."""
        await self.keep_session()
        await self.desk.deeds.patch(self.key, self.agent.id, changes)


def refuse(usage: str, got: str) -> InvalidRequest:
    """For words that a command does not know."""
    return InvalidRequest(f"expected {usage}, got {got[:60]!r}")
