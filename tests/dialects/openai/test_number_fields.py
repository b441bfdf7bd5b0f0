"""Numbers in requests: which are taken, and how the others are refused."""

import pytest

from openclaw_gateway.dialects.openai.number_fields import MAX_SAFE_INTEGER, read_count, refuse_outside
from openclaw_gateway.errors import InvalidRequest


@pytest.mark.parametrize(
    ("value", "count"), [(None, None), (1, 1), (2.0, 2), (MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)], ids=str
)
def test_counts(value: float | None, count: int | None) -> None:
    """Positive whole numbers count, however they are written."""
    assert read_count("n", value) == count


@pytest.mark.parametrize(
    ("value", "reason"),
    [(0, "Too small"), (-1, "Too small"), (1.5, "expected int"), (MAX_SAFE_INTEGER + 1, "Too big"), (1e300, "Too big")],
    ids=str,
)
def test_other_numbers_are_refused(value: float, reason: str) -> None:
    """What is no count is refused with the field and the reason."""
    with pytest.raises(InvalidRequest, match=f"n: .*{reason}") as refused:
        read_count("n", value)
    assert refused.value.param == "n"


@pytest.mark.parametrize(
    ("value", "is_inside"), [(None, True), (0, True), (2, True), (2.1, False), (-0.1, False)], ids=str
)
def test_ranges(value: float | None, is_inside: bool) -> None:
    """A number outside its range is refused by name; silence is not."""
    if is_inside:
        refuse_outside("temperature", value, 2)
        return
    with pytest.raises(InvalidRequest, match="`temperature` must be between 0 and 2"):
        refuse_outside("temperature", value, 2)
