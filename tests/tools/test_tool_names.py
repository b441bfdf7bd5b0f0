"""Patterns that name tools."""

import pytest

from openclaw_gateway.tools.tool_names import GROUPS, IN_SANDBOX, NOT_INVOKED, OPTIONAL, PROFILES, is_named


@pytest.mark.parametrize(
    ("tool", "pattern", "named"),
    [
        pytest.param("exec", "exec", True, id="its name"),
        pytest.param("exec", " EXEC ", True, id="case and blanks"),
        pytest.param("exec", "bash", True, id="older name"),
        pytest.param("progress_card", "update_plan", True, id="older name of the card"),
        pytest.param("view_image", "image", True, id="older name of pictures"),
        pytest.param("automations", "cron", True, id="older name of jobs"),
        pytest.param("cron", "automations", True, id="called by the older name"),
        pytest.param("exec", "exe", False, id="a part"),
        pytest.param("exec", "e*c", True, id="glob"),
        pytest.param("exec", "e?ec", False, id="only the star is a glob"),
        pytest.param("exec", "[e]xec", False, id="no classes"),
        pytest.param("exec", "group:runtime", True, id="group"),
        pytest.param("exec", "Group:Runtime", True, id="group without case"),
        pytest.param("read", "group:runtime", False, id="another group"),
        pytest.param("exec", "group:nosuch", False, id="no such group"),
        pytest.param("web_fetch", "group:openclaw", True, id="built in"),
        pytest.param("exec", "group:openclaw", False, id="built in, but runtime"),
        pytest.param("conversations_list", "group:sessions", True, id="glob in a group"),
        pytest.param("srv__look", "group:plugins", True, id="tool of a server"),
        pytest.param("srv__look", "bundle-mcp", True, id="tool of a server by its older group"),
        pytest.param("srv__look", "group:openclaw", False, id="not built in"),
        pytest.param("exec", "*" * 500 + "z", False, id="many stars"),
        pytest.param("exec", "*" * 500, True, id="many stars that fit"),
        pytest.param("aba", "ab*ba", False, id="ends that overlap"),
        pytest.param("a_b_c", "a*_b*c", True, id="a piece between"),
        pytest.param("a_b_c", "a*c*b", False, id="pieces in another order"),
    ],
)
def test_names(tool: str, pattern: str, named: bool) -> None:
    """A pattern means a tool by its name, without case, by a group or by a star."""
    assert is_named(tool, (pattern,)) is named


def test_lists_name_groups_that_there_are() -> None:
    """No built-in list counts on a group that is not there."""
    lists = [*PROFILES.values(), OPTIONAL, IN_SANDBOX, NOT_INVOKED]
    assert {name for names in lists for name in names if name.startswith("group:")} <= {*GROUPS}
