"""The final response of a run."""

import pytest
from tests.endpoints.gateway.conftest import Peer

from openclaw_gateway.endpoints.gateway.agent_result import collect_texts, status_of
from openclaw_gateway.errors import RunCancelled, RunTimeout
from openclaw_gateway.events import LastEvent, ModelStarted, ReasoningDelta, RunFailed, RunFinished, TextDelta
from openclaw_gateway.messages import Usage
from openclaw_gateway.model_errors import ModelTimeout

FINISHED = RunFinished("stop", Usage(), Usage(), "p", "m", 0, {})


@pytest.mark.parametrize(
    ("last", "status"),
    [
        pytest.param(FINISHED, "ok", id="good"),
        pytest.param(RunFailed(RunTimeout("x"), 0), "timeout", id="the run's limit"),
        pytest.param(RunFailed(ModelTimeout("x", limit="idle"), 0), "error", id="the model's limit"),
        pytest.param(RunFailed(RunCancelled("x"), 0), "error", id="cancelled"),
    ],
)
def test_status_is_one_word(last: LastEvent, status: str) -> None:
    """Only the whole run's limit is a timeout."""
    assert status_of(last) == status


def test_each_model_call_that_wrote_text_is_one_payload() -> None:
    """Texts are split where a model call begins; reasoning is no text."""
    first, second, third = [ModelStarted("p", "m", number) for number in range(3)]
    events = [first, TextDelta("a"), ReasoningDelta("?"), TextDelta("b"), second, third, TextDelta("c"), FINISHED]
    assert collect_texts(events) == ["ab", "c"]
    assert collect_texts([first, FINISHED]) == []


async def test_usage_is_told_as_it_was_counted(peer: Peer) -> None:
    """Numbers of the model's server are told; numbers that we estimated say so."""
    counted = await peer.ask("agent", message="[[say x]][[usage 100 20]]", idempotencyKey="k1")
    agent_meta = counted["payload"]["result"]["meta"]["agentMeta"]
    assert agent_meta["usage"] == {"input": 100, "output": 20, "cacheRead": 0, "cacheWrite": 0, "total": 120}
    assert (agent_meta["promptTokens"], agent_meta["assistantTurns"]) == (100, 1)
    estimated = await peer.ask("agent", message="[[say x]]", idempotencyKey="k2")
    assert estimated["payload"]["result"]["meta"]["agentMeta"]["usage"]["estimated"] is True
