"""The original's command line against our gateway, found by OPENCLAW_GATEWAY_URL and OPENCLAW_GATEWAY_TOKEN."""

import json

import pytest
from bench.processes import TOKEN
from tests.interop.original.conftest import BIN, Programs


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
