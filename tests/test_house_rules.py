"""The rules that every module keeps, read from the source itself."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "openclaw_gateway"
MODULES = sorted(SOURCE.rglob("*.py"))
TESTS = ROOT / "tests"
TEXTS = sorted(
    path
    for pattern in (
        "src/**/*.py",
        "tests/**/*.py",
        "bench/**/*.py",
        "docs/**/*.md",
        "*.md",
        "*.toml",
        "Makefile",
        ".ci/*",
        "*.lock",
    )
    for path in ROOT.glob(pattern)
    if path.is_file()
)

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60

# One connection, one run, one tool call: the only places that may catch what nobody foresaw.
NETS = {"wire/app.py", "wire/websocket.py", "wire/http_protocol.py", "runs/turn.py", "runs/tool_call.py"}
# Modules whose behaviour shows only through others -> the test file that shows it. A prefix stands for a folder.
COVERED_BY = {
    "cli/config_file.py": "cli/test_onboard.py",
    "cli/gateway_status.py": "cli/test_gateway.py",
    "cli/health.py": "cli/test_gateway.py",
    "cli/launch.py": "cli/test_gateway.py",
    "cli/options.py": "cli/test_main.py",
    "cli/status.py": "cli/test_gateway.py",
    "client/failures.py": "client/test_gateway_client.py",
    "client/frames.py": "client/test_gateway_client.py",
    "client/websocket.py": "client/test_gateway_client.py",
}
ENVIRONMENT_READER = "config/load.py"


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _inside(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=_inside)
def test_modules_and_functions_stay_small(path: Path) -> None:
    """A module has at most 400 lines, a function at most 60."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES
    for node in ast.walk(_tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=_inside)
def test_only_the_nets_catch_everything(path: Path) -> None:
    """`except Exception` and its wider forms, without raising again, live where one connection, run or call ends."""
    if _inside(path) in NETS:
        return
    for node in ast.walk(_tree(path)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = {part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)} if node.type else {"Exception"}
        if caught & {"Exception", "BaseException"}:
            last = node.body[-1]
            assert isinstance(last, ast.Raise), f"line {node.lineno} catches everything"


@pytest.mark.parametrize("path", MODULES, ids=_inside)
def test_only_config_reads_the_environment(path: Path) -> None:
    """`os.environ` and `os.getenv` are named in one module."""
    if _inside(path) == ENVIRONMENT_READER:
        return
    for node in ast.walk(_tree(path)):
        names = {node.attr} if isinstance(node, ast.Attribute) else set()
        names |= (
            {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) and node.module == "os" else set()
        )
        assert not names & {"environ", "environb", "getenv", "getenvb"}, f"line {getattr(node, 'lineno', 0)}"


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name not in ("__init__.py", "__main__.py")], ids=_inside
)
def test_each_module_has_its_tests(path: Path) -> None:
    """src/…/room/thing.py has tests/room/test_thing.py, or COVERED_BY names the file that tests it from outside."""
    relative = path.relative_to(SOURCE)
    own = TESTS / relative.parent / f"test_{relative.name}"
    others = [TESTS / test for prefix, test in COVERED_BY.items() if _inside(path).startswith(prefix)]
    assert own.is_file() or (others and all(other.is_file() for other in others)), f"{own} does not exist"


@pytest.mark.parametrize("prefix", COVERED_BY)
def test_list_of_covered_modules_is_current(prefix: str) -> None:
    """COVERED_BY names nothing that is gone, and nothing that has a test file of its own."""
    modules = [path.relative_to(SOURCE) for path in MODULES if _inside(path).startswith(prefix)]
    assert modules
    assert [module for module in modules if (TESTS / module.parent / f"test_{module.name}").is_file()] == []


@pytest.mark.parametrize("path", TEXTS, ids=_name)
def test_texts_are_at_home_everywhere(path: Path) -> None:
    """No text of the project names a folder of the machine it was written on, or leaves work undone."""
    text = path.read_text(encoding="utf-8")
    own = Path(__file__) == path
    assert own or not re.search(r"(?<![\w.])/(?:work|root|tmp/brief|farm)/\w", text)
    assert own or not re.search(r"\b(?:TODO|FIXME|XXX)\b", text)
    assert own or not re.search(r"[\u2018\u2019\u201c\u201d]", text), "quotes are ASCII"


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.lock")), ids=_name)
def test_locks_are_pinned_hashed_and_name_no_index(path: Path) -> None:
    """Each requirement of a lock file has one version and its hashes, and no place where it must come from."""
    text = path.read_text(encoding="utf-8")
    requirements = re.findall(r"^[a-z][^\n]*(?:\n    --hash=\S+(?: \\)?)+", text, re.MULTILINE | re.IGNORECASE)
    names = re.findall(r"^[a-z]", text, re.MULTILINE | re.IGNORECASE)
    assert requirements
    assert len(requirements) == len(names)
    assert all("==" in requirement for requirement in requirements)
    assert not re.search(r"^\s*--(?!hash)|://", text, re.MULTILINE)


def test_build_tool_is_locked_as_it_is_required() -> None:
    """What builds the project is the version in its lock, so that a build fetches nothing."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["build-system"]["requires"] == project["dependency-groups"]["build"]
    (required,) = project["build-system"]["requires"]
    assert f"\n{required} " in (ROOT / "requirements.lock").read_text(encoding="utf-8")
