"""Values that contradict each other or need a parser."""

from pathlib import Path

import pytest
from tests.config.folder import issues_of


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        pytest.param("{gateway: {bind: 'custom'}}", "gateway.bind", "customBindHost", id="custom without a host"),
        pytest.param("{gateway: {customBindHost: '::1'}}", "gateway.customBindHost", "IPv4", id="host"),
        pytest.param("{gateway: {customBindHost: '1.2.3'}}", "gateway.customBindHost", "IPv4", id="half an address"),
        pytest.param("{gateway: {publicOrigin: 'http://x'}}", "gateway.publicOrigin", "https", id="origin without TLS"),
        pytest.param(
            "{gateway: {publicOrigin: 'https://x/y'}}", "gateway.publicOrigin", "https", id="origin with a path"
        ),
        pytest.param("{gateway: {trustedProxies: ['::1', 'x']}}", "gateway.trustedProxies[1]", "CIDR", id="proxy"),
        pytest.param("{gateway: {bind: '0.0.0.0'}}", "gateway.bind", "allowed", id="an address as bind"),
        pytest.param("{tools: {allow: ['a'], alsoAllow: ['b']}}", "tools.alsoAllow", "exclude each other", id="policy"),
        pytest.param(
            "{agents: {entries: {x: {tools: {allow: ['a'], alsoAllow: ['b']}}}}}",
            "agents.entries.x.tools.alsoAllow",
            "exclude each other",
            id="policy of an agent",
        ),
        pytest.param("{agents: {entries: {'a:b': {}}}}", "agents.entries", "Invalid key 'a:b'", id="agent's id"),
        pytest.param("{models: {providers: {'a/b': {}}}}", "models.providers", "Invalid key 'a/b'", id="provider's id"),
        pytest.param("{agents: {list: [{name: 'x'}]}}", "agents.list[0].id", "expected string", id="agent without id"),
        pytest.param("{agents: {list: [3]}}", "agents.list[0]", "expected object", id="agent that is none"),
        pytest.param(
            "{agents: {list: [{id: 'a'}, {id: 'a'}]}}", "agents.list[1].id", "another agent", id="two of an id"
        ),
        pytest.param("{agents: {list: {}}}", "agents", "Unrecognized key", id="list that is none"),
        pytest.param("{env: {A: 3}}", "env", "Unrecognized key", id="variable that is no text"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, text: str, path: str, message: str) -> None:
    """A contradiction is an issue with its place in the file as the user wrote it."""
    (issue,) = issues_of(tmp_path, text)
    assert issue.path == path
    assert message in issue.message
    assert issue.line == 1
