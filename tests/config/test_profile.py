"""The names that profiles may have."""

import pytest

from openclaw_gateway.config.profile import is_profile_name


@pytest.mark.parametrize(
    ("name", "is_good"),
    [
        pytest.param("work", True, id="letters"),
        pytest.param("my_work-2", True, id="digits and signs"),
        pytest.param("x" * 64, True, id="longest"),
        pytest.param("x" * 65, False, id="too long"),
        pytest.param("", False, id="empty"),
        pytest.param("-", False, id="signs only"),
        pytest.param("../other", False, id="a way out of the folder"),
        pytest.param("a b", False, id="blank"),
        pytest.param("a\0b", False, id="NUL"),
    ],
)
def test_only_what_is_safe_in_a_folder_name(name: str, is_good: bool) -> None:
    """A profile's name can neither leave the home folder nor surprise a shell."""
    assert is_profile_name(name) is is_good
