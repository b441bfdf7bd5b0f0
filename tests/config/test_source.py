"""Several files as one config: includes, their limits, and where each part stands."""

import os
from pathlib import Path

import pytest
from tests.config.folder import issues_of, load_text, surroundings, write

from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.load import LaunchOptions, load
from openclaw_gateway.config.source import MAX_INCLUDE_DEPTH, read_source


@pytest.mark.parametrize(
    ("files", "text", "expected"),
    [
        pytest.param({"a.json5": "{x: 1}"}, "{v: {$include: './a.json5'}}", {"v": {"x": 1}}, id="one file"),
        pytest.param({"a.json5": "[1]"}, "{v: {$include: './a.json5'}}", {"v": [1]}, id="any value"),
        pytest.param(
            {"a.json5": "{x: 1, y: 1}"}, "{v: {y: 2, $include: 'a.json5'}}", {"v": {"x": 1, "y": 2}}, id="sibling"
        ),
        pytest.param(
            {"a.json5": "{x: {p: 1, l: [1]}, k: 1}", "b.json5": "{x: {q: 2, l: [2]}, k: 2}"},
            "{v: {$include: ['a.json5', 'b.json5']}}",
            {"v": {"x": {"p": 1, "q": 2, "l": [1, 2]}, "k": 2}},
            id="merged in order",
        ),
        pytest.param(
            {"d/a.json5": "{b: {$include: './b.json5'}}", "d/b.json5": "{x: 1}"},
            "{v: {$include: 'd/a.json5'}}",
            {"v": {"b": {"x": 1}}},
            id="relative to the including file",
        ),
        pytest.param({"a.json5": "{gateway: 1}"}, "{$include: 'a.json5'}", {"gateway": 1}, id="at the top"),
        pytest.param(
            {"a.json5": "{}"}, "{v: [{$include: 'a.json5'}, {$include: 'a.json5'}]}", {"v": [{}, {}]}, id="twice"
        ),
    ],
)
def test_includes_are_put_in_place(tmp_path: Path, files: dict[str, str], text: str, expected: object) -> None:
    """An include stands for what its file holds."""
    for name, content in files.items():
        write(tmp_path, content, name)
    assert read_source(write(tmp_path, text)).tree == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "{a: {$include: './nope.json5'}}", "Failed to read include file: ./nope.json5 (resolved: ", id="missing"
        ),
        pytest.param("{a: {$include: '../outside.json5'}}", "outside of the config folder", id="outside"),
        pytest.param("{a: {$include: '/etc/passwd'}}", "outside of the config folder", id="absolute"),
        pytest.param("{a: {$include: 'link.json5'}}", "outside of the config folder", id="link to the outside"),
        pytest.param("{a: {$include: 'self.json5'}}", "in a circle", id="itself"),
        pytest.param("{a: {$include: 'openclaw.json'}}", "in a circle", id="the main file"),
        pytest.param("{a: {$include: 'folder'}}", "not a regular file", id="folder"),
        pytest.param("{a: {$include: 'pipe'}}", "not a regular file", id="named pipe"),
        pytest.param("{a: {$include: 'broken.json5'}}", "Invalid JSON5", id="broken"),
        pytest.param("{a: {$include: 3}}", "expects a path", id="number"),
        pytest.param("{a: {$include: 'x\\u0000'}}", "Invalid include path", id="NUL"),
        pytest.param("{a: {$include: ''}}", "Invalid include path", id="empty"),
        pytest.param(f"{{a: {{$include: '{'x' * 4096}'}}}}", "Invalid include path", id="long path"),
        pytest.param("{a: {$include: 'list.json5', b: 1}}", "must hold an object", id="list beside keys"),
        pytest.param("{a: {$include: 'level0.json5'}}", "nested deeper than", id="too many levels"),
        pytest.param("{a: {$include: 'large.json5'}}", "larger than", id="too large"),
    ],
)
def test_a_bad_include_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """An include that cannot be used is an issue at the root that says which, where and why."""
    (tmp_path / "outside.json5").write_text("{}")
    write(tmp_path, "{a: {$include: './self.json5'}}", "self.json5")
    write(tmp_path, "{a: [}", "broken.json5")
    write(tmp_path, "[]", "list.json5")
    write(tmp_path, " " * (2 * 1024 * 1024 + 1), "large.json5")
    for level in range(MAX_INCLUDE_DEPTH + 1):
        write(tmp_path, f"{{a: {{$include: 'level{level + 1}.json5'}}}}", f"level{level}.json5")
    (tmp_path / "state" / "link.json5").symlink_to(tmp_path / "outside.json5")
    (tmp_path / "state" / "folder").mkdir()
    os.mkfifo(tmp_path / "state" / "pipe")
    (issue,) = issues_of(tmp_path, text)
    assert issue.path == "<root>"
    assert message in issue.message
    assert issue.line == 1


def test_more_folders_may_be_allowed(tmp_path: Path) -> None:
    """OPENCLAW_INCLUDE_ROOTS names folders that may be included from."""
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "a.json5").write_text("{port: 5}")
    text = "{gateway: {$include: '../shared/a.json5'}}"
    assert load_text(tmp_path, text, OPENCLAW_INCLUDE_ROOTS=str(shared)).port == 5


def test_a_fault_in_an_include_is_told_there(tmp_path: Path) -> None:
    """A fault points into the file that brought it; a key that overrides points at itself."""
    write(tmp_path, "{\n  auth: { mood: 1 },\n  port: 'x',\n}", "parts/gateway.json5")
    issues = issues_of(tmp_path, "{gateway: {\n $include: 'parts/gateway.json5', bind: 'x'}}")
    assert [(issue.path, issue.file, issue.line) for issue in issues] == [
        ("gateway.auth", "parts/gateway.json5", 2),
        ("gateway.port", "parts/gateway.json5", 3),
        ("gateway.bind", "openclaw.json", 2),
    ]


def test_the_file_may_not_be_a_link(tmp_path: Path) -> None:
    """A config file behind a symbolic link is refused."""
    path = write(tmp_path, "{}", "real.json")
    (path.parent / "openclaw.json").symlink_to(path)
    with pytest.raises(ConfigInvalid, match="symbolic link"):
        load(LaunchOptions(), surroundings(tmp_path))


def test_deep_files_in_deep_places_are_refused(tmp_path: Path) -> None:
    """Depth adds up over includes, and the sum has the limit of one file."""
    write(tmp_path, "[" * 60 + "]" * 60, "a.json5")
    (issue,) = issues_of(tmp_path, "{v:" * 60 + "{$include: 'a.json5'}" + "}" * 60)
    assert "levels together" in issue.message


def test_includes_have_a_size_together(tmp_path: Path) -> None:
    """A list that names a large file many times does not fill the memory."""
    write(tmp_path, "{}" + " " * (2 * 1024 * 1024 - 2), "a.json5")
    names = ", ".join(["'a.json5'"] * 20)
    (issue,) = issues_of(tmp_path, f"{{v: {{$include: [{names}]}}}}")
    assert "bytes together" in issue.message
