"""What the decoders of JSON raise."""

import msgspec
import pytest

from openclaw_gateway.json_errors import JSON_ERRORS


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="cut"),
        pytest.param("[]", id="of another form"),
        pytest.param(b'{"a":"\xff"}', id="not UTF-8"),
        pytest.param('{"a":"\ud800"}', id="half a pair"),
        pytest.param(b'{"a":"\\ud800"}', id="half a pair, escaped"),
        pytest.param('{"a":' + "[" * 100_000, id="deep"),
    ],
)
def test_whatever_cannot_be_read_is_one_of_them(text: str | bytes) -> None:
    """No text makes a decoder raise anything else."""
    with pytest.raises(JSON_ERRORS):
        msgspec.json.decode(text, type=dict[str, object])
