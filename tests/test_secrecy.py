"""P20: what is secret in a gateway's configuration stays in it, whatever goes wrong."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from tests.cli.command import environment, free_port
from tests.running import Json, Running
from tests.upstream import Upstream

ANSWERING = 20
CANARIES = {
    "token": "canary-gateway-token-0123456789",
    "key": "canary-upstream-key",
    "header": "canary-provider-header",
    "request header": "canary-request-header",
    "entry header": "canary-entry-header",
    "variable": "canary-from-the-environment",
    "program": "canary-from-a-program",
}


def _config(folder: Path, upstream: Upstream, port: int) -> Json:
    """Every way in which a secret comes into a configuration."""
    program = folder / "secrets"
    program.write_text(f'#!{sys.executable} -I\nprint(\'{{"values": {{"id": "Bearer {CANARIES["program"]}"}}}}\')\n')
    program.chmod(0o700)
    model = {"id": "tiny", "contextWindow": 32_000, "headers": {"x-entry": CANARIES["entry header"]}}
    headers = {
        "x-provider": CANARIES["header"],
        "x-variable": "Bearer ${CANARY}",
        "x-program": {"source": "exec", "provider": "mine", "id": "id"},
    }
    provider = {
        "baseUrl": upstream.url,
        "apiKey": CANARIES["key"],
        "headers": headers,
        "request": {"headers": {"x-request": CANARIES["request header"]}},
        "models": [model],
    }
    endpoints = {"chatCompletions": {"enabled": True}, "responses": {"enabled": True}}
    auth = {"mode": "token", "token": CANARIES["token"], "rateLimit": {"maxAttempts": 1000}}
    return {
        "gateway": {"mode": "local", "bind": "loopback", "port": port, "auth": auth, "http": {"endpoints": endpoints}},
        "secrets": {"providers": {"mine": {"source": "exec", "command": str(program)}}},
        "models": {"providers": {"up": provider}},
        "agents": {"defaults": {"model": "up/tiny"}},
        "logging": {"level": "trace", "consoleLevel": "trace"},
    }


@asynccontextmanager
async def _gateway(folder: Path, upstream: Upstream) -> AsyncIterator[tuple[httpx2.AsyncClient, list[bytes]]]:
    """A gateway in a process of its own; what it printed is in the list once it has stopped."""
    port = free_port()
    (folder / ".openclaw").mkdir()
    path = folder / ".openclaw" / "openclaw.json"
    path.write_text(json.dumps(_config(folder, upstream, port)))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-m", "openclaw_gateway", "gateway"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env=environment(folder, CANARY=CANARIES["variable"]),
    )
    assert process.stdout is not None
    printed: list[bytes] = []
    try:
        async for line in process.stdout:
            printed.append(line)
            if b"http server listening" in line:
                break
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=ANSWERING) as http:
            yield http, printed
    finally:
        process.terminate()
        printed.append(await process.stdout.read())
        await process.wait()


def _plan_failures(upstream: Upstream, said: str) -> int:
    """A model's server that repeats what it was sent, in every kind of failure; returns how many."""
    upstream.fail(401, f"bad key: {said}")
    upstream.fail(400, said)
    upstream.fail(404, f"no model for {said}")
    upstream.fail(402, said)
    upstream.fail(403, said)
    upstream.send_sse(b"data: " + json.dumps({"error": {"message": said, "code": 400}}).encode() + b"\n\n")
    upstream.send_sse(b"data: {" + said.encode() + b"\n\n")
    upstream.speak_garbage(f"{said}\r\n".encode())
    return 8


async def test_p20_no_secret_is_told(tmp_path: Path, upstream: Upstream) -> None:
    """No token, key, header, variable or program's answer is in any reply, log line or output, however calls fail."""
    said = " ".join(canary for name, canary in CANARIES.items() if name != "token")  # a server is never sent that one
    turn: Json = {"model": "openclaw", "messages": [{"role": "user", "content": "hi"}]}
    answers: list[bytes] = []
    async with _gateway(tmp_path, upstream) as (http, printed):
        right = {"authorization": f"Bearer {CANARIES['token']}"}

        async def ask(path: str, body: Json, **headers: str) -> int:
            reply = await http.post(path, json=body, headers={**right, **headers})
            answers.append(repr(reply.headers).encode() + reply.content)
            return reply.status_code

        assert await ask("/v1/chat/completions", turn) == 200
        sent = json.dumps(dict(upstream.requests[0].headers))
        assert [name for name, canary in CANARIES.items() if canary not in sent] == ["token"]  # the keys arrive
        for path, body in (
            ("/v1/chat/completions", turn),
            ("/v1/chat/completions", {**turn, "stream": True}),
            ("/v1/responses", {"model": "openclaw", "input": "hi"}),
        ):
            for _ in range(_plan_failures(upstream, said)):
                await ask(path, body)
            upstream.forget_plans()
        bad: list[Json] = [{}, {"messages": 3}, {**turn, "model": "nosuch/model"}, {**turn, "temperature": "hot"}]
        for body in bad:
            assert await ask("/v1/chat/completions", body) >= 400
        assert await ask("/v1/chat/completions", turn, authorization="Bearer wrong") == 401
        assert await ask("/v1/embeddings", {"model": "openclaw", "input": "hi"}) >= 400
        assert await ask("/tools/invoke", {"name": "nosuch"}) == 404
        for path in ("/v1/models", "/openapi.json", "/healthz", "/readyz", "/nosuch"):
            reply = await http.get(path, headers=right)
            answers.append(repr(reply.headers).encode() + reply.content)
    logs = [path.read_bytes() for path in (tmp_path / ".openclaw" / "logs").iterdir()]
    assert len(answers) > ANSWERING
    assert b"".join(logs).count(b"\n") > ANSWERING
    for place, texts in (("answers", answers), ("log", logs), ("output", printed)):
        told = b"".join(texts).decode(errors="replace")
        assert not [name for name, canary in CANARIES.items() if canary in told], place


LONG = "n" * 100_000


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/tools/invoke", {"name": LONG}, id="tool"),
        pytest.param("/tools/invoke", {"name": "x", "agentId": LONG}, id="agent"),
        pytest.param("/tools/invoke", {"name": "x", "sessionKey": LONG}, id="session"),
        pytest.param("/v1/chat/completions", {"model": LONG, "messages": []}, id="model"),
        pytest.param("/v1/chat/completions", {"messages": [{"role": LONG, "content": "x"}]}, id="role"),
        pytest.param("/v1/chat/completions", {"messages": [{"role": "user", "content": [{"type": LONG}]}]}, id="part"),
        pytest.param(
            "/v1/chat/completions",
            {
                "messages": [{"role": "user", "content": "x"}],
                "tools": [{"type": "function", "function": {"name": LONG}}] * 2,
            },
            id="two tools",
        ),
        pytest.param("/v1/chat/completions", {LONG: 1}, id="unknown key"),
        pytest.param("/v1/embeddings", {"model": LONG, "input": "x"}, id="embedding model"),
    ],
)
async def test_a_long_text_is_not_sent_back(gateway: Running, path: str, body: Json) -> None:
    """An error that repeats what came repeats its beginning only."""
    reply = await gateway.http.post(path, json=body)
    assert 400 <= reply.status_code < 500
    assert len(reply.content) < 3_000
