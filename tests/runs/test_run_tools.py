"""What the models of a run are shown and may call."""

from pathlib import Path
from typing import Any

import pytest
from tests.running import Running, config_for, running_gateway
from tests.tools.test_toolbox import Counter
from tests.upstream import Answer, Call, Upstream

from openclaw_gateway.gateway import GatewayOptions


def shown(upstream: Upstream, number: int) -> list[str]:
    """Names of the tools in a request that the model's server got."""
    return [tool["function"]["name"] for tool in upstream.requests[number].json.get("tools", [])]


def config_with(upstream: Upstream, tools: Any, **defaults: Any) -> Any:
    """Two models of one server, and what the config says of tools."""
    config = config_for(upstream, tools=tools, agents={"defaults": {"model": "up/tiny", **defaults}})
    config["models"]["providers"]["up"]["models"].append({"id": "small", "contextWindow": 32_000})
    return config


NONE_BUILT_IN = ["group:openclaw", "group:fs", "group:runtime"]


async def test_model_is_shown_what_it_may_use(tmp_path: Path, upstream: Upstream) -> None:
    """Tools that are denied to a model are not shown to it, and another model is shown them."""
    tools = {name: Counter(name) for name in ("look", "burn")}
    config = config_with(upstream, {"deny": NONE_BUILT_IN, "byProvider": {"up/small": {"deny": ["burn"]}}})
    async with running_gateway(tmp_path, upstream, config=config, options=GatewayOptions(tools=tools)) as gateway:
        await gateway.chat("hi")
        await gateway.chat("hi", headers={"x-openclaw-model": "up/small"})
    assert (shown(upstream, 0), shown(upstream, 1)) == (["look", "burn"], ["look"])


async def test_stand_in_may_not_do_more_than_by_itself(tmp_path: Path, upstream: Upstream) -> None:
    """A model that takes over in a run is not shown what it may not use, and calling it anyway finds nothing; when the
    first model is back it finds its tools again.
    """
    tools = {name: Counter(name) for name in ("look", "burn")}
    config = config_with(
        upstream,
        {"deny": NONE_BUILT_IN, "byProvider": {"up/small": {"deny": ["burn"]}}},
        model={"primary": "up/tiny", "fallbacks": ["up/small"]},
    )
    upstream.fail(404, "no such model")
    upstream.plan(Answer(calls=(Call("burn", ("{}",), "a"), Call("look", ("{}",), "b"))))
    async with running_gateway(tmp_path, upstream, config=config, options=GatewayOptions(tools=tools)) as gateway:
        reply = await gateway.chat("hi")
    assert reply.status_code == 200
    assert [request.json["model"] for request in upstream.requests][:2] == ["tiny", "small"]
    assert (shown(upstream, 0), shown(upstream, 1)) == (["look", "burn"], ["look"])
    refused, done = [message["content"] for message in upstream.requests[2].json["messages"][-2:]]
    assert ("Tool burn not found" in refused, done) == (True, "look was called")
    assert (tools["burn"].calls, tools["look"].calls) == (0, 1)


@pytest.mark.parametrize(
    ("tools", "key"),
    [
        pytest.param({"allow": ["nosuch"]}, "tools.allow", id="not there"),
        pytest.param({"allow": ["look"], "deny": ["l*"]}, "tools.allow", id="denied"),
        pytest.param(
            {"deny": ["look", *NONE_BUILT_IN], "byProvider": {"up": {"allow": ["look"]}}},
            "tools.byProvider.up.allow",
            id="of a provider",
        ),
    ],
)
async def test_agent_without_its_tools_does_not_begin(tmp_path: Path, upstream: Upstream, tools: Any, key: str) -> None:
    """A list of allowed tools that leaves none stops the run before the model is asked, and the error names the list;
    a caller that brings tools has some.
    """
    options = GatewayOptions(tools={"look": Counter("look")})
    function = {"name": "mine", "parameters": {"type": "object"}}
    async with running_gateway(tmp_path, upstream, config=config_with(upstream, tools), options=options) as gateway:
        refused = await gateway.chat("hi")
        assert upstream.requests == []
        accepted = await gateway.chat("hi", tools=[{"type": "function", "function": function}])
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], accepted.status_code) == (403, "no_tools_left", 200)
    assert key in error["message"]


async def test_names_of_a_callers_tools_are_compared_with_what_the_model_may_use(gateway: Running) -> None:
    """Without tools of the agent every name is free."""
    function = {"name": "exec", "parameters": {"type": "object"}}
    assert (await gateway.chat("hi", tools=[{"type": "function", "function": function}])).status_code == 200
