"""Where tools work."""

from pathlib import Path

from openclaw_gateway.tools.place import Place


def test_a_folder_of_this_machine_is_shown_under_its_own_name() -> None:
    """Commands and files agree about where they are."""
    place = Place.of_host(Path("/somewhere"), is_contained=True)
    assert (place.shown_as, place.is_contained, place.is_writable) == ("/somewhere", True, True)
