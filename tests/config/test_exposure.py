"""Secrets in files that others may read."""

from pathlib import Path

import pytest
from tests.config.folder import load_text, surroundings, write

from openclaw_gateway.config.load import LaunchOptions, load

LITERAL = '{gateway: {mode: "local", auth: {token: "dummy-token-0123456789"}}}'
REFERRED = '{gateway: {mode: "local", auth: {token: "${GATEWAY_TOKEN}"}}}'


def _warnings(folder: Path, text: str, mode: int) -> list[str]:
    write(folder, text).chmod(mode)
    loaded = load(LaunchOptions(), surroundings(folder, GATEWAY_TOKEN="dummy-token-0123456789"))
    return [warning for warning in loaded.warnings if "chmod" in warning]


@pytest.mark.parametrize(
    ("text", "mode", "is_told"),
    [
        pytest.param(LITERAL, 0o644, True, id="everybody"),
        pytest.param(LITERAL, 0o640, True, id="the group"),
        pytest.param(LITERAL, 0o600, False, id="nobody else"),
        pytest.param(REFERRED, 0o644, False, id="no secret in it"),
        pytest.param("{gateway: {mode: 'local'}}", 0o644, False, id="no secret at all"),
    ],
)
def test_a_readable_file_with_secrets_is_told(tmp_path: Path, text: str, mode: int, *, is_told: bool) -> None:
    """A start warns of a file that holds a secret and that others may read, with the command that mends it."""
    warnings = _warnings(tmp_path, text, mode)
    assert [str(tmp_path / "state" / "openclaw.json") in warning for warning in warnings] == [True] * is_told


def test_the_file_that_holds_the_secret_is_named(tmp_path: Path) -> None:
    """With includes, it is the included file that counts."""
    write(tmp_path, LITERAL, "auth.json5").chmod(0o644)
    (warning,) = _warnings(tmp_path, '{"$include": "./auth.json5"}', 0o644)
    assert warning.startswith("auth.json5 holds secrets")


def test_the_default_bind_of_a_container_is_told(tmp_path: Path) -> None:
    """Where the default is every interface, a start that did not choose it is warned."""
    load_text(tmp_path, LITERAL)
    outside = surroundings(tmp_path)
    inside = type(outside)(outside.variables, outside.home, outside.cwd, is_container=True)
    told = [warning for warning in load(LaunchOptions(), inside).warnings if "gateway.bind is not set" in warning]
    chosen = load(LaunchOptions(bind="lan"), inside).warnings
    assert len(told) == 1
    assert not [warning for warning in (*chosen, *load(LaunchOptions(), outside).warnings) if "gateway.bind" in warning]
