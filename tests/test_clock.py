"""The wall clock counts milliseconds since the epoch."""

from datetime import UTC, datetime

from openclaw_gateway.clock import wall_clock_ms


def test_it_is_the_time_of_day() -> None:
    """Two readings enclose the time that the calendar tells between them."""
    before_ms = wall_clock_ms()
    between_ms = datetime.now(UTC).timestamp() * 1000
    assert before_ms <= between_ms < wall_clock_ms() + 1
