"""The agent's own tools, shown to a real model server."""

import httpx2
import pytest
from tests.interop.sdk import Access
from tests.interop.test_answers import AGENTS, FORMS, request

LOOKUP = {
    "type": "function",
    "function": {
        "name": "lookup",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
    },
}


def ask(access: Access, body: dict[str, object]) -> httpx2.Response:
    """One call of the chat endpoint, read to its end."""
    headers = {"authorization": f"Bearer {access.key}"}
    return httpx2.post(f"{access.base_url}/chat/completions", json=body, headers=headers, timeout=120)


def test_agents_have_their_tools(access: Access) -> None:
    """What follows is asked with tools shown: this one may also be called without a model."""
    url, headers = access.base_url.removesuffix("/v1"), {"authorization": f"Bearer {access.key}"}
    reply = httpx2.post(f"{url}/tools/invoke", json={"tool": "agents_list"}, headers=headers, timeout=30)
    assert reply.json()["ok"], reply.text


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("stream", FORMS)
@pytest.mark.parametrize("choice", ["auto", "required"])
def test_tools_run_through(access: Access, agent: str, stream: bool, choice: str) -> None:
    """With all tools shown and one of the caller's, a turn is answered; a model that makes no call where one is
    required is an error that says so, and never one of the protocol.
    """
    reply = ask(access, request(agent, stream=stream, tools=[LOOKUP], tool_choice=choice))
    text = reply.text
    assert reply.status_code in ({200} if choice == "auto" else {200, 502}), text
    assert not stream or reply.status_code != 200 or text.rstrip().endswith("data: [DONE]")
    if '"error"' in text:
        assert choice == "required"
        assert "tool_choice=required was not satisfied" in text
