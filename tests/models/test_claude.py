"""What the name of a Claude model tells."""

import pytest

from openclaw_gateway.models.claude import has_xhigh, refuses_sampling, thinks_adaptively, thinks_always


@pytest.mark.parametrize(
    ("model", "adaptive", "newest", "always"),
    [
        pytest.param("claude-3-7-sonnet-20250219", False, False, False, id="the old order of names"),
        pytest.param("claude-opus-4-20250514", False, False, False, id="a date is no minor version"),
        pytest.param("claude-sonnet-4-5", False, False, False, id="before"),
        pytest.param("claude-sonnet-4-6", True, False, False, id="since"),
        pytest.param("Claude-Opus-4.7", True, True, False, id="a dot, capitals"),
        pytest.param("us.anthropic.claude-opus-4-8-20260401-v1:0", True, True, False, id="a cloud's name"),
        pytest.param("anthropic/claude-sonnet-5", True, True, False, id="no minor version"),
        pytest.param("claude-opus-5-5", True, True, True, id="always"),
        pytest.param("claude-mythos-preview", True, True, True, id="always, no version"),
        pytest.param("glm-4.7", False, False, False, id="another model"),
        pytest.param("claude", False, False, False, id="only the family"),
    ],
)
def test_model(model: str, adaptive: bool, newest: bool, always: bool) -> None:
    """A version is read out of every spelling of the name; what is no Claude is asked in the old way."""
    assert (thinks_adaptively(model), thinks_always(model)) == (adaptive, always)
    assert has_xhigh(model) is refuses_sampling(model) is newest
