"""The check of frames itself: it finds what is wrong, and allows no more than it must."""

import pytest
from tests.interop.original.relay import Frame, Sent
from tests.interop.original.schema import EVENTS, NEWER, RESULTS, definitions, find_violations


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        pytest.param(
            "tick", {"type": "event", "event": "tick", "payload": {"ts": 1}, "more": 1}, id="field of a frame"
        ),
        pytest.param("tick", {"type": "event", "event": "tick", "payload": {}}, id="payload of an event"),
        pytest.param("health", {"type": "res", "id": "1", "ok": False, "error": {"code": "X"}}, id="error"),
        pytest.param("logs.tail", {"type": "res", "id": "1", "ok": True, "payload": {"file": "a"}}, id="result"),
        pytest.param(
            "sessions.list", {"type": "res", "id": "1", "ok": True, "payload": {"sessions": [{"key": 1}]}}, id="row"
        ),
    ],
)
def test_wrong_frame_is_found(name: str, frame: Frame) -> None:
    """A frame that the published schema does not allow is named."""
    (problem, *_) = find_violations([Sent(name, frame)])
    assert problem.startswith(f"{name}: ")


@pytest.mark.parametrize(("definition", "field"), NEWER)
def test_allowed_field_is_unknown_to_the_schema(definition: str, field: str) -> None:
    """A field is on the list only as long as the schema does not have it."""
    assert field not in definitions()[definition]["properties"]


def test_schema_has_what_is_checked() -> None:
    """Every event and result that is checked has its definition in the package."""
    assert {*EVENTS.values(), *RESULTS.values()} <= set(definitions())
