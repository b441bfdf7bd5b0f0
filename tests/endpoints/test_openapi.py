"""`GET /openapi.json`, and the gateway held against it by schemathesis: whatever comes, answers are as described."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.endpoints.test_tools_invoke import tools
from tests.running import TOKEN, Running, config_for, running_gateway
from tests.upstream import Planned, Raw, Seen, Upstream

from openclaw_gateway.endpoints.openapi.document import describe
from openclaw_gateway.endpoints.openapi.operations import OPERATIONS
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.tools.permission.book import Question
from openclaw_gateway.wire.http_table import build_routes
from openclaw_gateway.wire.routes import Route

MAX_EXAMPLES = 25
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def all_routes() -> list[Route]:
    """Routes are made over the gateway's services, which they do not touch before a request comes."""
    return build_routes(Services.__new__(Services))


class VectorUpstream(Upstream):
    """Answers requests for vectors as well."""

    def next_answer(self, seen: Seen) -> Planned:
        if not seen.path.endswith("/embeddings"):
            return super().next_answer(seen)
        texts = seen.json["input"]
        count = len(texts) if isinstance(texts, list) and not isinstance(texts[0], int) else 1
        body = json.dumps({"data": [{"embedding": [1.0]}] * count}).encode()
        return Raw(200, {"content-type": "application/json"}, (body,))


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    """A gateway with everything on, and one session that has something to show."""
    async with VectorUpstream() as upstream:
        config = config_for(upstream, memory={"search": {"provider": "up", "model": "vec"}})
        config["gateway"]["http"]["endpoints"]["responses"] = {"enabled": True}
        async with running_gateway(tmp_path, upstream, config=config, options=GatewayOptions(tools=tools())) as running:
            await running.chat("hi", headers={"x-openclaw-session-key": "talk"})
            yield running


def test_every_route_is_described() -> None:
    """No route is missing in the description, and nothing is described that is not there."""
    assert {(route.path, method) for route in all_routes() for method in route.methods} == set(OPERATIONS)


async def test_document(gateway: Running) -> None:
    """The document is OpenAPI 3.1 and lists what is on, with the scope that each entry declares."""
    reply = await gateway.http.get("/openapi.json")
    assert reply.status_code == 200
    document = reply.json()
    assert document["openapi"] == "3.1.0"
    from_dict(document).validate()
    assert set(document["paths"]) == {route.path for route in all_routes()}
    chat = document["paths"]["/v1/chat/completions"]["post"]
    assert chat["security"] == [{"bearer": []}]
    assert "operator.write" in chat["description"]
    assert document["paths"]["/health"]["get"]["security"] == []
    assert (await gateway.http.get("/openapi.json")).content == reply.content


def test_only_what_must_be_there_is_required() -> None:
    """What a body may leave out may be null as well; the headers that choose a session are parameters."""
    document = describe(all_routes(), "1")
    schemas = document["components"]["schemas"]
    assert schemas["ChatBody"]["required"] == ["messages"]
    assert schemas["ResponsesBody"]["required"] == ["model", "input"]
    assert {"type": "null"} in schemas["ChatBody"]["properties"]["logit_bias"]["anyOf"]
    assert {"type": "null"} in schemas["ChatBody"]["properties"]["metadata"]["anyOf"]
    parameters = document["paths"]["/v1/chat/completions"]["post"]["parameters"]
    assert {"x-openwebui-chat-id", "x-request-id"} <= {parameter["name"] for parameter in parameters}


async def test_what_is_off_is_not_described(tmp_path: Path, upstream: Upstream) -> None:
    """Where chat is off, its path is not in the document; where both endpoints are off, there is none."""
    config = config_for(upstream)
    config["gateway"]["http"]["endpoints"] = {"responses": {"enabled": True}}
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        paths = (await gateway.http.get("/openapi.json")).json()["paths"]
    assert "/v1/chat/completions" not in paths
    assert "/v1/models" in paths
    del config["gateway"]["http"]
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        assert (await gateway.http.get("/openapi.json")).status_code == 404


async def test_document_is_not_for_strangers(gateway: Running) -> None:
    """Without a credential there is no description."""
    assert (await gateway.http.get("/openapi.json", headers={"authorization": ""})).status_code == 401


@pytest.mark.parametrize(
    "credential",
    [pytest.param("", id="none"), pytest.param("Bearer wrong", id="wrong"), pytest.param("Basic x", id="other")],
)
async def test_credential_is_asked_for_as_described(gateway: Running, credential: str) -> None:
    """Each route that says so asks for the credential, before it looks at anything else."""
    for path, operations in describe(all_routes(), "1")["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            reply = await gateway.http.request(method, path, headers={"authorization": credential}, content=b"{")
            assert (reply.status_code == 401) is bool(operation["security"]), path


def cases() -> list[Any]:
    """Each operation with requests that fit, and where something can be wrong, with some that do not."""
    return [
        pytest.param(path, method, mode, id=f"{method} {path} {mode.value}")
        for (path, method), operation in OPERATIONS.items()
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or operation.body or operation.parameters
    ]


@pytest.mark.parametrize(("path", "method", "mode"), cases())
async def test_answers_are_as_described(gateway: Running, path: str, method: str, mode: GenerationMode) -> None:
    """Requests that fit the description and requests that do not are answered as it says, and never with 5xx."""
    statuses = await asyncio.to_thread(_try, _operation(path, method), mode, gateway.url)
    assert statuses


@pytest.mark.parametrize(("path", "method"), [pytest.param(*place, id=" ".join(place[::-1])) for place in OPERATIONS])
async def test_good_answers_are_as_described(gateway: Running, path: str, method: str) -> None:
    """Among requests that fit and name what is there, some are granted, and those answers are as described too."""
    key = {"idempotency-key": "one"}
    run = (await gateway.chat("hi", headers=key)).headers["x-openclaw-run-id"]
    # Under the run's own id, because all parameters of a path are given the same name.
    gateway.gateway.services.gate.book.open(Question("ls", "/", "main", "talk", run_id=run), 60, run)
    created = await gateway.http.post("/v1/responses", json={"model": "openclaw", "input": "hi"})
    known = {"/v1/runs": run, "/v1/responses": created.json()["id"], "/v1/models": "openclaw/main", "/sessions": "talk"}
    there = next((name for prefix, name in known.items() if path.startswith(f"{prefix}/")), "")
    statuses = await asyncio.to_thread(_try, _operation(path, method), GenerationMode.POSITIVE, gateway.url, there)
    assert 200 in statuses


def _operation(path: str, method: str) -> Any:
    document = json.loads(msgspec.json.encode(describe(all_routes(), "1")))
    return from_dict(document)[path][method]


def _try(operation: Any, mode: GenerationMode, url: str, there: str | None = None) -> set[int]:
    """Send requests. there: what the path shall name; then few of the optional fields come at once."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    statuses = set()

    @settings(
        max_examples=MAX_EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), choice=st.randoms(use_true_random=False))
    def send(case: schemathesis.Case, choice: Random) -> None:
        if there is not None:
            _guide(case, choice, there)
        reply = case.call_and_validate(base_url=url, headers=headers, checks=CHECKS, timeout=20)
        statuses.add(reply.status_code)

    send()
    return statuses


def _guide(case: schemathesis.Case, choice: Random, there: str) -> None:
    """Make a request that fits also one that can be granted."""
    case.path_parameters = dict.fromkeys(case.path_parameters or {}, there)
    case.headers.clear()
    case.query = {name: value for name, value in case.query.items() if choice.random() < 0.5}
    body = case.body
    if isinstance(body, dict):
        case.body = {name: value for name, value in body.items() if name == "input" or choice.random() < 0.1}
        case.body |= {"name": "echo"} if case.path == "/tools/invoke" else {"model": "openclaw"}
        if "messages" in body:
            case.body["messages"] = [*body["messages"][:1], {"role": "user", "content": "hi"}]
        if "decision" in body:
            case.body = {"decision": "deny"}
