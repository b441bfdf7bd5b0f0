"""Calls that only read standard input."""

import pytest

from openclaw_gateway.tools.permission.safe_bins import is_stdin_only


@pytest.mark.parametrize(
    ("words", "is_safe"),
    [
        pytest.param(("wc", "-l"), True, id="flag"),
        pytest.param(("wc", "f"), False, id="a file"),
        pytest.param(("head", "-n", "5"), True, id="a value apart"),
        pytest.param(("head", "-n5"), True, id="a value joined"),
        pytest.param(("head", "-5"), True, id="a number"),
        pytest.param(("head", "-n"), False, id="a value that is missing"),
        pytest.param(("head", "-n", None), False, id="a value that is not known"),
        pytest.param(("tail", "-f"), False, id="an option of no form"),
        pytest.param(("tr", "a-z", "A-Z"), True, id="operands that are no files"),
        pytest.param(("tr", "a", "b", "c"), False, id="too many operands"),
        pytest.param(("grep", "-in", "x"), True, id="a pattern"),
        pytest.param(("grep", "x", "f"), False, id="a pattern and a file"),
        pytest.param(("grep", "-e", "x", "f"), False, id="a pattern by option, and a file"),
        pytest.param(("grep", "-f", "f"), False, id="patterns of a file"),
        pytest.param(("grep", "-r", "x"), False, id="a whole folder"),
        pytest.param(("sort", "-o", "f"), False, id="writes"),
        pytest.param(("sort", "--output=f"), False, id="a long option"),
        pytest.param(("jq", ".a"), True, id="a filter"),
        pytest.param(("jq", "env.SECRET"), False, id="a filter that reads the environment"),
        pytest.param(("jq", "$ENV.SECRET"), False, id="the same by a variable"),
        pytest.param(("wc", "-"), False, id="standard input by name"),
        pytest.param(("wc", "--"), False, id="end of options"),
        pytest.param(("cat",), False, id="no form"),
    ],
)
def test_stdin_only(words: tuple[str | None, ...], *, is_safe: bool) -> None:
    """A call is safe when it has the form of one that can name no file."""
    assert is_stdin_only(words[0] or "", words) is is_safe
