"""The page that is written from the policy."""

from pathlib import Path

from tests.cli.command import openclaw

from openclaw_gateway.cli.policy_page import write_policy_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "policy.md"


def test_page_is_what_the_policy_says(tmp_path: Path) -> None:
    """The kept page is the one that `make docs` would write, without a configuration or a gateway."""
    written = openclaw(tmp_path, "agents", "tools", "--table")
    assert written.out == write_policy_page() == PAGE.read_text(encoding="utf-8")


def test_page_tells_verdicts() -> None:
    """Rows hold what the policy promises of the tools that matter most."""
    rows = [line for line in write_policy_page().splitlines() if line.startswith("| `")]
    assert "| `exec` | yes | - | yes | - | yes | yes | yes | yes |" in rows
    assert "| `web_fetch` | yes | - | yes | - | yes | - | yes | yes |" in rows
    assert "| `read` | - | - | - |" in rows
    assert "| `exec` | - | - | yes |" in rows
    assert "| `deny` | - | refused | refused | nobody is asked |" in rows
    assert "| `ask` | yes | run | a person is asked | refused |" in rows
