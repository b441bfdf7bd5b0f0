"""Paths of config values: reading and spelling them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.config.key_path import KeyPath, format_key_path, look_up, parse_key_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("gateway.port", ("gateway", "port"), id="dots"),
        pytest.param('models.providers["a/b"].apiKey', ("models", "providers", "a/b", "apiKey"), id="double quotes"),
        pytest.param("a['x y']", ("a", "x y"), id="single quotes"),
        pytest.param("list[0].id", ("list", 0, "id"), id="index"),
        pytest.param("list.0", ("list", "0"), id="index behind a dot stays text"),
        pytest.param(r'a["q\"\\"]', ("a", 'q"\\'), id="escapes"),
        pytest.param("agents.entries.my-agent", ("agents", "entries", "my-agent"), id="dash"),
    ],
)
def test_paths_are_read(text: str, path: KeyPath) -> None:
    """Dots and brackets name a place."""
    assert parse_key_path(text) == path


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a..b", "a[", "a[b]", "a]", 'a["b', "a[1", "a b", "a[-1]", "x" * 5000, "a[0]b", '""']
)
def test_a_bad_path_is_refused(text: str) -> None:
    """What cannot be read is refused with its reason, not guessed."""
    with pytest.raises(ValueError, match="config path"):
        parse_key_path(text)


@given(
    st.lists(st.one_of(st.text(min_size=1, max_size=8), st.integers(0, 10**8)), min_size=1, max_size=6).map(tuple),
)
def test_a_spelled_path_reads_back(path: KeyPath) -> None:
    """Spelling a path and reading it gives the same place."""
    assert parse_key_path(format_key_path(path)) == path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(("a", "b", 1), (True, 3), id="there"),
        pytest.param(("a", "b", "1"), (True, 3), id="index as text"),
        pytest.param(("a", "b", 2), (False, None), id="behind the end"),
        pytest.param(("a", "c"), (False, None), id="no such key"),
        pytest.param(("a", "b", 1, "x"), (False, None), id="below a number"),
        pytest.param((), (True, {"a": {"b": [2, 3]}}), id="the whole"),
    ],
)
def test_values_are_looked_up(path: KeyPath, expected: tuple[bool, object]) -> None:
    """A path leads to a value or to nothing, never to an error."""
    assert look_up({"a": {"b": [2, 3]}}, path) == expected
