"""`chat.abort`: end the runs of a session, or one of them, waiting ones included."""

from typing import Annotated

import msgspec

from openclaw_gateway.endpoints.gateway.agent_params import RunId
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import InvalidRequest, RunCancelled
from openclaw_gateway.routing.resolve import resolve_agent
from openclaw_gateway.routing.session_key import normalise_session_key


class ChatAbortParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """session_key: as for `agent`. run_id: this run only; the session must be its own.

    preserve_side_runs: there are no side runs here, so it changes nothing.
    """

    session_key: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
    agent_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    run_id: RunId | None = None
    preserve_side_runs: bool = False


class ChatAbortResult(msgspec.Struct, frozen=True, rename="camel"):
    """run_ids: those that this call ended; a run whose answer was complete already stands and is not among them."""

    ok: bool
    aborted: bool
    run_ids: tuple[str, ...]


async def chat_abort(call: Call[ChatAbortParams]) -> ChatAbortResult:
    """Withdraw what waits first, so that it does not start when the running one makes room."""
    params, runs = call.params, call.services.runs
    agent_id = resolve_agent(None, params.agent_id, call.services.prepared.index, session_key=params.session_key)
    key = normalise_session_key(params.session_key, agent_id=agent_id, field="sessionKey")
    concerned = [run for run in runs.live if run.session_key == key and params.run_id in (None, run.id)]
    named = None if params.run_id is None else runs.find(params.run_id)
    if named is not None and named.session_key != key:
        raise InvalidRequest(f"run {named.id} does not belong to session {key}", param="runId")
    concerned.sort(key=lambda run: run.has_started)
    ended = [run.id for run in concerned if run.cancel(RunCancelled("aborted by chat.abort"))]
    return ChatAbortResult(ok=True, aborted=bool(ended), run_ids=tuple(ended))
