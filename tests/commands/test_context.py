"""`/context`: sizes of what the model is shown."""

import json

from tests.commands.saying import answer, refusal, say
from tests.running import Running
from tests.upstream import Upstream


async def test_three_forms(gateway: Running, upstream: Upstream) -> None:
    """The list, the details and the form for programs tell the same; commands themselves take no room."""
    upstream.say("Hello.")
    await say(gateway, "hi")
    report = json.loads(await answer(gateway, "/context json"))
    assert report["contextWindow"] == 32_000
    assert report["messages"] == 2
    assert report["totalTokens"] >= report["messageTokens"] > 0
    assert sum(report["parts"]) == report["systemChars"]
    assert f"{report['systemChars']:,} characters" in await answer(gateway, "/context")
    assert "- system prompt: " in await answer(gateway, "/context detail")
    assert json.loads(await answer(gateway, "/context json")) == report


async def test_status_means_the_same(gateway: Running, upstream: Upstream) -> None:
    """`/status` tells the tokens that `/context` tells."""
    upstream.say("Hello.")
    await say(gateway, "hi")
    report = json.loads(await answer(gateway, "/context json"))
    assert f"Context: about {report['totalTokens']:,} of 32,000 tokens" in await answer(gateway, "/status")


async def test_wrong_word(gateway: Running) -> None:
    """There is no other form."""
    assert (await refusal(gateway, "/context map"))[0] == 400
