"""The original's command line against our gateway, found by OPENCLAW_GATEWAY_URL and OPENCLAW_GATEWAY_TOKEN."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from bench.processes import TOKEN
from tests.interop.original.conftest import BIN, MAX_PROGRAM_S, Programs

LONG_ANSWER = f"[[say {'the quick brown fox ' * 40}]]"


async def test_agent(programs: Programs) -> None:
    """`openclaw agent` runs a turn and prints the run's result."""
    output = await programs.openclaw("agent", "--agent", "main", "--message", "[[say Hello there.]]", "--json")
    turn = json.loads(output)
    assert turn["status"] == "ok"
    assert [payload["text"] for payload in turn["result"]["payloads"]] == ["Hello there."]
    assert turn["result"]["meta"]["agentMeta"]["sessionKey"] == "agent:main:main"


async def test_agent_as_text(programs: Programs) -> None:
    """Without --json it prints the answer alone."""
    output = await programs.openclaw("agent", "--agent", "main", "--message", "[[say Hello there.]]")
    assert output.strip().endswith("Hello there.")


async def test_failed_turn(programs: Programs) -> None:
    """A run that fails upstream is a failure of the command."""
    ended = await programs.run(
        str(BIN / "openclaw"), "agent", "--agent", "main", "--message", "[[error 401 no such key]]", "--json"
    )
    assert ended.code != 0
    assert "no such key" in ended.output + ended.errors


async def test_health(programs: Programs) -> None:
    """`openclaw gateway health` reads our agents."""
    health = json.loads(await programs.openclaw("gateway", "health", "--json"))
    assert health["ok"] is True
    assert [agent["agentId"] for agent in health["agents"]] == ["main"]


async def test_status(programs: Programs) -> None:
    """`openclaw gateway status` reaches the gateway, to read only. (It takes --url, not the environment.)"""
    words = ("gateway", "status", "--url", programs.relay.url, "--token", TOKEN, "--require-rpc", "--json")
    rpc = json.loads(await programs.openclaw(*words))["rpc"]
    assert (rpc["ok"], rpc["capability"]) == (True, "read_only")


async def test_probe(programs: Programs) -> None:
    """`openclaw gateway probe` reaches it and may ask. (It takes --url, not the environment.)"""
    words = ("gateway", "probe", "--url", programs.relay.url, "--token", TOKEN, "--json")
    probe = json.loads(await programs.openclaw(*words))
    (target,) = [target for target in probe["targets"] if target["url"] == programs.relay.url]
    assert probe["ok"] is True
    assert target["connect"]["rpcOk"] is True


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("agent.identity.get", {}),
        ("agents.files.list", {"agentId": "main"}),
        ("agents.list", {}),
        ("commands.list", {}),
        ("config.get", {}),
        ("config.schema", {}),
        ("cron.list", {}),
        ("logs.tail", {}),
        ("models.list", {}),
        ("question.list", {}),
        ("sessions.create", {"label": "Called"}),
        ("sessions.list", {}),
        ("skills.status", {}),
        ("status", {}),
        ("system-presence", {}),
        ("taskSuggestions.list", {}),
        ("tools.catalog", {}),
        ("tools.effective", {"sessionKey": "main"}),
        ("usage.cost", {}),
        ("usage.status", {}),
    ],
)
async def test_call(programs: Programs, method: str, params: dict[str, str]) -> None:
    """`openclaw gateway call` prints the answer of a method."""
    output = await programs.openclaw("gateway", "call", method, "--params", json.dumps(params), "--json")
    assert json.loads(output) is not None
    assert programs.relay.refused == {}


async def test_unknown_method(programs: Programs) -> None:
    """A method that we do not have is told as such."""
    ended = await programs.run(str(BIN / "openclaw"), "gateway", "call", "no.such.method", "--json")
    error = json.loads(ended.output)["error"]
    assert (ended.code, error["code"], error["message"]) == (1, "INVALID_REQUEST", "unknown method: no.such.method")


async def test_logs(programs: Programs) -> None:
    """`openclaw logs` reads our log's lines with their time, level and part."""
    lines = [json.loads(line) for line in (await programs.openclaw("logs", "--json")).splitlines()]
    assert lines[0]["type"] == "meta"
    (listens,) = [line for line in lines[1:] if "listens" in line["message"]]
    assert (listens["level"], listens["subsystem"]) == ("info", "gateway")


async def test_logs_are_followed(programs: Programs) -> None:
    """`openclaw logs --follow` prints what is logged after its start."""
    words = (str(BIN / "openclaw"), "logs", "--follow", "--json", "--interval", "100")
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=nowhere,
        stdout=pipe,
        stderr=nowhere,
        env=programs.environment,
        cwd=programs.folder,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(MAX_PROGRAM_S):
            assert json.loads(await process.stdout.readline())["type"] == "meta"
            await log_something(programs)
            async for line in process.stdout:
                if "wrong credential" in json.loads(line).get("message", ""):
                    break
            else:
                pytest.fail("the command ended before the line came")
    finally:
        process.terminate()  # which it passes on to the process that it started, and that holds the pipe
        await process.stdout.read()
        await process.wait()


async def log_something(programs: Programs) -> None:
    """Have the gateway write a line: pages in a browser with a wrong credential are noted."""
    address = urlsplit(programs.relay.target)
    reading, writing = await asyncio.open_connection(address.hostname, address.port)
    head = f"GET /v1/models HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: http://{address.netloc}\r\n"
    writing.write(f"{head}Authorization: Bearer {TOKEN}x\r\nConnection: close\r\n\r\n".encode())
    assert b" 401 " in await reading.read()
    writing.close()


async def test_compact(programs: Programs) -> None:
    """`openclaw sessions compact` has a long session summed up, and fails for one with nothing to sum up."""
    for number in range(4):
        await programs.openclaw(
            "agent", "--session-key", "agent:main:long-talk", "--message", f"{number} {LONG_ANSWER}"
        )
    words = ("--url", programs.relay.url, "--token", TOKEN, "--json")
    done = json.loads(await programs.openclaw("sessions", "compact", "agent:main:long-talk", *words))
    assert (done["ok"], done["compacted"]) == (True, True)
    assert done["result"]["tokensAfter"] < done["result"]["tokensBefore"]
    again = await programs.run(str(BIN / "openclaw"), "sessions", "compact", "agent:main:nosuch", *words)
    assert (again.code, "session not found" in again.output) == (1, True)
