"""What is wrong with a tree, said completely and so that a person can mend it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.config.json5_texts import TREES

from openclaw_gateway.config.schema import Config
from openclaw_gateway.config.validate import MAX_ISSUES, Fault, validate


def _faults(tree: dict[str, object]) -> list[Fault]:
    found = validate(tree)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("tree", "path", "message", "nearest"),
    [
        pytest.param(
            {"gateway": {"port": "weird"}},
            "gateway.port",
            "Invalid input: expected number, received string",
            None,
            id="wrong type",
        ),
        pytest.param(
            {"gateway": {"auth": {"mode": "tokn"}}},
            "gateway.auth.mode",
            'Invalid input (allowed: "none", "token", "password", "trusted-proxy")',
            "token",
            id="closed set in the schema's order",
        ),
        pytest.param({"gateway": {"bogus": 1}}, "gateway", 'Unrecognized key: "bogus"', None, id="unknown key"),
        pytest.param(
            {"agents": {"entries": {"main": {"default": True}}}},
            "agents.entries.main",
            'Unrecognized key: "default"',
            "agents.defaults.systemAgent.agentId",
            id="a key that is said elsewhere now",
        ),
        pytest.param(
            {"agents": {"entries": {"main": {"model": 3}}}},
            "agents.entries.main.model",
            "Invalid input: expected a string or an object, received number",
            None,
            id="number for a model",
        ),
        pytest.param({"gatway": {}}, "<root>", 'Unrecognized key: "gatway"', "gateway", id="near miss at the top"),
        pytest.param(
            {"gateway": {"http": {"endpoints": {"chatcompletions": {}}}}},
            "gateway.http.endpoints",
            'Unrecognized key: "chatcompletions"',
            "chatCompletions",
            id="wrong case",
        ),
        pytest.param(
            {"gateway": {"port": 70000}}, "gateway.port", "Too big: expected number to be <=65535", None, id="too big"
        ),
        pytest.param(
            {"gateway": {"port": 1.5}}, "gateway.port", "Invalid input: expected int, received number", None, id="half"
        ),
        pytest.param(
            {"gateway": {"port": True}},
            "gateway.port",
            "Invalid input: expected number, received boolean",
            None,
            id="bool",
        ),
        pytest.param(
            {"models": {"providers": {"a/b": {"models": [{"name": "x"}]}}}},
            'models.providers["a/b"].models[0].id',
            "Invalid input: expected string, received undefined",
            None,
            id="missing key",
        ),
        pytest.param(
            {"models": {"providers": {"x": {"models": {}}}}},
            "models.providers.x.models",
            "Invalid input: expected array, received object",
            None,
            id="object for a list",
        ),
        pytest.param(
            {"agents": {"defaults": {"fastModeDefault": "on"}}},
            "agents.defaults.fastModeDefault",
            "Invalid input: expected boolean, received string",
            None,
            id="union",
        ),
        pytest.param(
            {"secrets": {"providers": {"v": {"source": "vault"}}}},
            "secrets.providers.v.source",
            'Invalid input (allowed: "env", "file", "exec", "store")',
            None,
            id="tag of a union",
        ),
        pytest.param(
            {"secrets": {"providers": {"v": {"source": "file", "path": "/x", "pat": 1}}}},
            "secrets.providers.v",
            'Unrecognized key: "pat"',
            "path",
            id="inside a tagged union",
        ),
        pytest.param(
            {"tools": {"toolSearch": {"mode": "x"}}},
            "tools.toolSearch.mode",
            'Invalid input (allowed: "code", "tools", "directory")',
            None,
            id="inside the branch that was meant",
        ),
        pytest.param(
            {"session": {"maintenance": {"pruneAfter": "soon"}}},
            "session.maintenance.pruneAfter",
            r"Invalid string: must match pattern /^(?:(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+|\d+(?:\.\d+)?)$/",
            None,
            id="no duration",
        ),
        pytest.param(
            {"models": {"providers": {"x": {"models": [{"id": ""}]}}}},
            "models.providers.x.models[0].id",
            "Too small: expected string to have >=1 characters",
            None,
            id="empty text",
        ),
    ],
)
def test_each_fault_is_told_in_the_original_words(
    tree: dict[str, object], path: str, message: str, nearest: str | None
) -> None:
    """A fault names the path, what was expected, and the valid name that was probably meant."""
    (fault,) = _faults(tree)
    issue = fault.issue()
    assert (issue.path, issue.message, issue.nearest) == (path, message, nearest)
    assert issue.expected


def test_all_faults_are_told_at_once() -> None:
    """A file is mended in one round, not fault by fault; a file of rubbish does not fill the screen."""
    tree: dict[str, object] = {"gateway": {"port": "x", "bind": 1, "modes": 1}, "session": []}
    assert len(_faults(tree)) == 4
    assert len(_faults({f"k{number}": 1 for number in range(1000)})) == MAX_ISSUES


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param({"gateway": {"auth": "s3cret-in-the-wrong-place"}}, id="text for an object"),
        pytest.param({"gateway": {"auth": {"token": ["s3cret"]}}}, id="list for a secret"),
        pytest.param({"models": {"providers": {"x": {"headers": "Bearer s3cret"}}}}, id="text for a map"),
    ],
)
def test_a_misplaced_secret_is_not_repeated(tree: dict[str, object]) -> None:
    """What stands where a secret could have slipped to is not printed."""
    assert all("s3cret" not in fault.issue().for_person() for fault in _faults(tree))


_SECTIONS = st.sampled_from([field.encode_name for field in msgspec.structs.fields(Config)])
_KEYS = st.sampled_from(
    ["port", "auth", "mode", "defaults", "entries", "providers", "x", "models", "token", "exec", "id"]
)
_DEEP = st.recursive(TREES, lambda below: st.dictionaries(_KEYS, below, max_size=3), max_leaves=8)


@given(st.dictionaries(_SECTIONS, _DEEP, max_size=3))
def test_every_tree_is_a_config_or_has_faults(tree: dict[str, object]) -> None:
    """The walk that explains never disagrees with msgspec, which decides."""
    found = validate(tree)
    if isinstance(found, list):
        assert all("msgspec" not in fault.message and not fault.message.startswith("Expected") for fault in found)
        assert all(fault.path or fault.key for fault in found)
