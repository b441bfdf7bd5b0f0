"""Commands that tell what there is."""

from pathlib import Path

import pytest
from tests.commands.saying import KEY, answer, refusal
from tests.running import Running, config_for, running_gateway
from tests.upstream import Upstream


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("/status", ["Model: up/tiny", f"session: {KEY}", "of 32,000 tokens", "Queue: steer"], id="status"),
        pytest.param("/whoami", ["shared-secret", "operator.admin", KEY], id="whoami"),
        pytest.param("/tools", ["Tools of main", "read", "exec"], id="tools"),
        pytest.param("/tools verbose", ["read: ", "image: not available"], id="tools verbose"),
        pytest.param("/models", ["up/tiny", "window 32,000"], id="models"),
        pytest.param("/models up", ["up/tiny"], id="models of one provider"),
        pytest.param("/models nowhere", ["No models are listed of nowhere"], id="models of nobody"),
    ],
)
async def test_what_is_told(tmp_path: Path, upstream: Upstream, text: str, told: list[str]) -> None:
    """Each names what it is about, and asks no model."""
    config = config_for(upstream, tools={"deny": ["view_image"]})
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        answered = await answer(gateway, text)
    assert [words for words in told if words.replace("image:", "view_image:") not in answered] == []
    assert upstream.requests == []


async def test_no_tools_are_told(gateway: Running) -> None:
    """An agent without tools says so."""
    assert await answer(gateway, "/tools") == "Agent main has no tools."


async def test_wrong_word(gateway: Running) -> None:
    """A word that means nothing is refused with those that do."""
    assert await refusal(gateway, "/tools all") == (400, "expected /tools [compact|verbose], got 'all'")
