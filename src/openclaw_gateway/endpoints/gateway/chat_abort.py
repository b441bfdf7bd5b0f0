"""`chat.abort`: end the runs of a session, or one of them, waiting ones included.

By its id a message that an earlier gateway left waiting is taken off the list, too.
"""

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
    params, runs, inputs = call.params, call.services.runs, call.services.store.inputs
    agent_id = resolve_agent(None, params.agent_id, call.services.prepared.index, session_key=params.session_key)
    key = normalise_session_key(params.session_key, agent_id=agent_id, field="sessionKey")
    error = RunCancelled("aborted by chat.abort")
    if params.run_id is None:
        ended = runs.end_session(key, error)
    elif (named := runs.find(params.run_id)) is not None:
        if named.session_key != key:
            raise InvalidRequest(f"run {named.id} does not belong to session {key}", param="runId")
        ended = [named.id] if named.cancel(error) else []
    else:
        ended = [params.run_id] if inputs.is_interrupted(params.run_id, key) else []
        await inputs.remove(ended)
    return ChatAbortResult(ok=True, aborted=bool(ended), run_ids=tuple(ended))
