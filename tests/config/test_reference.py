"""docs/reference/config.md says what the schema says."""

from tests.config.reference import PAGE, render_page


def test_the_page_of_config_keys_is_up_to_date() -> None:
    """The tables are those of the schema; `python -m tests.config.reference` writes them."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == render_page(page)
