"""What tools and the loop tell each other."""

import pytest

from openclaw_gateway.tools.tool import ToolResult, result_cap


@pytest.mark.parametrize(
    ("window", "cap"),
    [
        pytest.param(99_999, 16_000, id="small window"),
        pytest.param(100_000, 32_000, id="middle"),
        pytest.param(200_000, 64_000, id="large"),
    ],
)
def test_a_model_with_a_larger_window_reads_more_of_a_result(window: int, cap: int) -> None:
    """The steps are those of the original."""
    assert result_cap(window) == cap


def test_details_are_encoded_once() -> None:
    """What programs read of a result is JSON from the start."""
    result = ToolResult.of_text("done", details={"exitCode": 0})
    assert result.details is not None
    assert bytes(result.details) == b'{"exitCode":0}'
