"""What a client may not change in the config, whatever its grant."""

import pytest

from openclaw_gateway.endpoints.gateway.config_local import refuse_local_only
from openclaw_gateway.errors import Forbidden

PROFILES: dict[str, object] = {"p": {"provider": "q", "apiKey": "stored"}}
KEYED: dict[str, dict[str, object]] = {"up": {"apiKey": "${KEY}", "headers": {"x-a": "$NAME"}}}
OLD: dict[str, object] = {
    "agents": {"list": [{"id": "a", "workspace": "/kept"}]},
    "models": {"providers": KEYED},
    "auth": {"profiles": PROFILES},
}


@pytest.mark.parametrize(
    ("new", "place"),
    [
        pytest.param(OLD, None, id="nothing"),
        pytest.param({**OLD, "logging": {"level": "debug"}}, None, id="what is no file"),
        pytest.param({**OLD, "agents": {"entries": {"a": {"workspace": "/kept"}}}}, None, id="another spelling"),
        pytest.param({**OLD, "agents": {"entries": {"a": {}}}}, "agents.entries.a.workspace", id="taken away"),
        pytest.param({**OLD, "env": {"PATH": "/evil"}}, "env", id="a variable"),
        pytest.param({**OLD, "session": {"mainKey": "x${HOME}"}}, "session.mainKey", id="reference in a text"),
        pytest.param({**OLD, "commands": {"a": ["b", "${HOME}"]}}, "commands.a[1]", id="reference in a list"),
        pytest.param(
            {**OLD, "models": {"providers": {"up": {"apiKey": "$KEY"}}}}, "models.providers.up.apiKey", id="short form"
        ),
        pytest.param(
            {**OLD, "models": {"providers": {"evil": {"apiKey": "${KEY}"}}}},
            "models.providers.evil.apiKey",
            id="reference at another place",
        ),
        pytest.param(
            {**OLD, "models": {"providers": {"up": {"localService": {"command": "/bin/sh"}}}}},
            "models.providers.up.localService",
            id="a program",
        ),
        pytest.param(
            {**OLD, "models": {"providers": {**KEYED, "new": {"baseUrl": "http://h", "apiKey": "given"}}}},
            None,
            id="a new provider with a key of its own",
        ),
        pytest.param(
            {**OLD, "models": {"providers": {"up": {**KEYED["up"], "baseUrl": "http://evil"}}}},
            "models.providers.up.baseUrl",
            id="a stored key sent elsewhere",
        ),
        pytest.param(
            {
                **OLD,
                "models": {"providers": {"up": {**KEYED["up"], "models": [{"id": "m", "baseUrl": "http://evil"}]}}},
            },
            "models.providers.up.models[0].baseUrl",
            id="a stored key sent elsewhere by one model",
        ),
        pytest.param(
            {**OLD, "models": {"providers": {**KEYED, "q": {"baseUrl": "http://evil"}}}},
            "models.providers.q.baseUrl",
            id="a key of a profile sent elsewhere",
        ),
        pytest.param(
            {**OLD, "auth": {"profiles": {"p": {"provider": "evil", "apiKey": "stored"}}}},
            "auth.profiles.p.provider",
            id="a key of a profile given to another provider",
        ),
        pytest.param(
            {**OLD, "auth": {"profiles": {**PROFILES, "new": {"provider": "n", "apiKey": "given"}}}},
            None,
            id="a new profile",
        ),
        pytest.param(
            {**OLD, "models": {"providers": {**KEYED, "env": {"baseUrl": "http://evil"}}}},
            "models.providers.env.baseUrl",
            id="a key of the environment sent elsewhere",
        ),
        pytest.param(
            {**OLD, "memory": {"search": {"provider": "up", "remote": {"baseUrl": "http://evil"}}}},
            "memory.search.remote.baseUrl",
            id="a key sent elsewhere for embeddings",
        ),
        pytest.param(
            {
                **OLD,
                "agents": {"list": [{"id": "a", "workspace": "/kept", "memorySearch": {"remote": {"baseUrl": "h"}}}]},
            },
            "agents.entries.a.memorySearch.remote.baseUrl",
            id="a key sent elsewhere for embeddings of one agent",
        ),
        pytest.param(
            {**OLD, "gateway": {"remote": {"url": "ws://evil"}}},
            "gateway.remote",
            id="where commands of this machine go",
        ),
    ],
)
def test_p04_refused_from_afar(new: dict[str, object], place: str | None) -> None:
    """Files, programs and sources of secrets stay as they are, and the place of the first change is named."""
    told = "" if place is None else f"{place} can only be changed on the machine itself: openclaw config set {place} …"
    refusal = ""
    try:
        refuse_local_only(OLD, new, ["env"])
    except Forbidden as error:
        refusal = str(error)
    assert refusal == told
