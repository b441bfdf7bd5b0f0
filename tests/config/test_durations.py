"""Durations of the config."""

import pytest

from openclaw_gateway.config.durations import read_duration_ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        pytest.param("500ms", 500, id="milliseconds"),
        pytest.param("30s", 30_000, id="seconds"),
        pytest.param("1h30m", 5_400_000, id="two units"),
        pytest.param("1.5d", 129_600_000, id="part of a day"),
        pytest.param("5", 300_000, id="bare number is minutes"),
    ],
)
def test_durations_are_read(text: str, ms: int) -> None:
    """Each unit counts as what it is called."""
    assert read_duration_ms(text) == ms
