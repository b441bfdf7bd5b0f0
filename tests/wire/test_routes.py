"""The table: what a path reaches."""

import pytest
from tests.wire.house import echo

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.wire.routes import Route, RouteTable

PATHS = [
    "/v1/models",
    "/v1/models/{id}",
    "/v1/runs/{id}",
    "/v1/runs/{id}/events",
    "/v1/runs/{id}/notes",
    "/v1/runs/{id}/notes/{note}",
    "/sessions/{key}/history",
]
TABLE = RouteTable([Route(path, ("GET",), echo, scope="operator.read") for path in PATHS])


@pytest.mark.parametrize(
    ("path", "route", "params"),
    [
        pytest.param("/v1/models", "/v1/models", {}, id="exact"),
        pytest.param("/v1/models/x", "/v1/models/{id}", {"id": "x"}, id="parameter"),
        pytest.param("/v1/models/openclaw/main", "/v1/models/{id}", {"id": "openclaw/main"}, id="slash"),
        pytest.param("/v1/models/openclaw%2Fmain", "/v1/models/{id}", {"id": "openclaw/main"}, id="encoded slash"),
        pytest.param("/v1/models/a%252Fb", "/v1/models/{id}", {"id": "a%2Fb"}, id="decoded once"),
        pytest.param("/v1/models/caf%C3%A9", "/v1/models/{id}", {"id": "café"}, id="UTF-8"),
        pytest.param("/v1/runs/7", "/v1/runs/{id}", {"id": "7"}, id="shorter pattern"),
        pytest.param("/v1/runs/7/events", "/v1/runs/{id}/events", {"id": "7"}, id="longer pattern first"),
        pytest.param("/v1/runs/7/notes", "/v1/runs/{id}/notes", {"id": "7"}, id="one parameter of two"),
        pytest.param("/v1/runs/7/notes/a%2Fb", "/v1/runs/{id}/notes/{note}", {"id": "7", "note": "a/b"}, id="two"),
        pytest.param("/v1/runs/7/notes/", "/v1/runs/{id}", {"id": "7/notes/"}, id="a second one that is empty"),
        pytest.param(
            "/sessions/agent:a:b/history", "/sessions/{key}/history", {"key": "agent:a:b"}, id="in the middle"
        ),
    ],
)
def test_found(path: str, route: str, params: dict[str, str]) -> None:
    """A path reaches the most particular entry, its parameter decoded once."""
    found = TABLE.find(path)
    assert found is not None
    assert (found[0].path, dict(found[1])) == (route, params)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1",
        "/v1/models/",
        "//v1/models",
        "/v1//models",
        "/V1/models",
        "/sessions//history",
        "/sessions/history",
    ],
)
def test_not_found(path: str) -> None:
    """Nothing is close enough to be found."""
    assert TABLE.find(path) is None


@pytest.mark.parametrize("raw", ["%ff", "%C3", "%00", "a%0d%0ab", "%7f", "%1b"])
def test_bad_parameters(raw: str) -> None:
    """A parameter is printable text."""
    with pytest.raises(InvalidRequest):
        TABLE.find(f"/v1/models/{raw}")


def test_two_entries_for_one_path() -> None:
    """A path that is in the table twice does not start."""
    route = Route("/a", ("GET",), echo, scope=None)
    with pytest.raises(ValueError, match="two routes for /a"):
        RouteTable([route, Route("/a", ("POST",), echo, scope=None)])
