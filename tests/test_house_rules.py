"""The rules that every module keeps, read from the source itself. A rule that is broken names every place."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "openclaw_gateway"
TESTS = ROOT / "tests"
MODULES = sorted(SOURCE.rglob("*.py"))
TEXTS = sorted(
    path
    for pattern in (
        "src/**/*.py",
        "tests/**/*.py",
        "bench/**/*.py",
        "docs/**/*.md",
        "*.md",
        "*.toml",
        "*.lock",
        ".ci/*",
    )
    for path in [*ROOT.glob(pattern), ROOT / "Makefile"]
    if path.is_file() and path != Path(__file__)
)

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60

# One connection, one run, one tool call: where what nobody foresaw is caught. The others let it pass on.
NETS = {"wire/http_protocol.py", "wire/websocket.py", "runs/turn.py", "runs/tool_call.py"}
# What an agent's folder may hold.
PAGES_OF_AGENTS = {
    "AGENTS.md",
    "BOOTSTRAP.md",
    "HEARTBEAT.md",
    "IDENTITY.md",
    "MEMORY.md",
    "SKILL.md",
    "SOUL.md",
    "TOOLS.md",
    "USER.md",
    "memory/YYYY-MM-DD.md",
}
ENVIRONMENT_READER = "config/load.py"
# Modules whose behaviour shows only through others -> the test file that shows it. A prefix stands for a folder.
COVERED_BY = {
    "agents/prompt_settings.py": "runs/test_briefing.py",
    "agents/templates.py": "agents/test_bootstrap.py",
    "asking.py": "dialects/openai/test_chat_request.py",
    "auth/device_records.py": "auth/test_device_registry.py",
    "dialects/openai/run_approvals.py": "endpoints/runs/test_approvals.py",
    "endpoints/gateway/approval_feed.py": "endpoints/gateway/test_exec_approvals.py",
    "endpoints/gateway/approval_form.py": "endpoints/gateway/test_exec_approvals.py",
    "tools/permission/entries.py": "tools/permission/test_judgement.py",
    "tools/permission/programs.py": "tools/permission/test_judgement.py",
    "tools/memory/library.py": "tools/memory/test_memory_search.py",
    "tools/sessions/port.py": "runs/test_session_desk.py",
    "tools/web/page_worker.py": "tools/web/test_page.py",
    "tools/web/web_access.py": "tools/web/test_web_fetch.py",
    "tools/exec/arguments.py": "tools/exec/test_exec_tool.py",
    "tools/exec/order.py": "tools/exec/test_command.py",
    "tools/exec/process_scan.py": "tools/exec/test_launcher.py",
    "tools/permission/shell_text.py": "tools/permission/test_judgement.py",
    "endpoints/gateway/device_events.py": "endpoints/gateway/test_device_methods.py",
    "attachments/pdf_worker.py": "attachments/test_pdf.py",
    "attachments/rules.py": "attachments/test_reader.py",
    "cli/config_file.py": "cli/test_onboard.py",
    "cli/doctor_checks.py": "cli/test_doctor.py",
    "cli/foresight.py": "cli/test_config.py",
    "cli/launch.py": "cli/test_gateway.py",
    "cli/model_choice.py": "cli/test_models.py",
    "cli/next_steps.py": "cli/test_setup.py",
    "cli/onboard_model.py": "cli/test_onboard_dialogue.py",
    "cli/options.py": "cli/test_main.py",
    "cli/prompts.py": "cli/test_onboard_dialogue.py",
    "cli/provider_auth.py": "cli/test_models_status.py",
    "cli/start_report.py": "cli/test_gateway.py",
    "cli/status.py": "cli/test_gateway.py",
    "client/failures.py": "client/test_gateway_client.py",
    "client/frames.py": "client/test_gateway_client.py",
    "client/websocket.py": "client/test_gateway_client.py",
    "config/schema/": "config/test_schema.py",
    "dialects/openai/chat_fields.py": "dialects/openai/test_reference.py",
    "dialects/openai/chat_wire.py": "dialects/openai/test_chat_request.py",
    "dialects/openai/embeddings_reply.py": "endpoints/openai/test_embeddings.py",
    "dialects/openai/run_events.py": "endpoints/runs/test_runs.py",
    "dialects/openai/run_object.py": "endpoints/runs/test_runs.py",
    "dialects/openai/responses_draft.py": "dialects/openai/test_responses_stream.py",
    "dialects/openai/responses_fields.py": "dialects/openai/test_responses_reference.py",
    "dialects/openai/responses_object.py": "dialects/openai/test_responses_stream.py",
    "dialects/openai/responses_terms.py": "dialects/openai/test_responses_request.py",
    "dialects/openai/responses_wire.py": "dialects/openai/test_responses_items.py",
    "endpoints/openai/response_endpoints.py": "endpoints/openai/test_responses.py",
    "endpoints/audience.py": "endpoints/gateway/test_session_feed.py",
    "endpoints/exchange.py": "test_way.py",
    "endpoints/gateway/session_address.py": "endpoints/gateway/test_chat_send.py",
    "endpoints/gateway/session_defaults.py": "endpoints/gateway/test_chat_history.py",
    "endpoints/gateway/session_entry.py": "endpoints/gateway/test_sessions_patch.py",
    "endpoints/gateway/session_rows.py": "endpoints/gateway/test_sessions_read.py",
    "endpoints/kept_runs.py": "endpoints/openai/test_delivery.py",
    "endpoints/openai/chat_completions.py": "test_way.py",
    "endpoints/openapi/": "endpoints/test_openapi.py",
    "endpoints/openai/error_reply.py": "test_way.py",
    "endpoints/openai/models.py": "test_way.py",
    "endpoints/seen_run.py": "endpoints/openai/test_delivery.py",
    "endpoints/server_timing.py": "test_way.py",
    "endpoints/services.py": "test_way.py",
    "errors.py": "dialects/openai/test_error_body.py",
    "events.py": "runs/test_event_log.py",
    "model_errors.py": "models/test_classify.py",
    "messages.py": "dialects/openai/test_chat_messages.py",
    "models/model.py": "runs/test_loop.py",
    "runs/in_flight.py": "test_way.py",
    "runs/order.py": "test_way.py",
    "runs/prepared.py": "test_way.py",
    "runs/turn.py": "test_way.py",
    "sessions/directory.py": "sessions/test_sqlite_directory.py",
    "sessions/pending_input.py": "sessions/test_input_table.py",
    "sessions/reply_record.py": "sessions/test_reply_table.py",
    "sessions/run_record.py": "sessions/test_run_table.py",
    "sessions/settings.py": "sessions/test_sqlite_directory.py",
    "wire/http_table.py": "test_gateway.py",
    "wire/socket_handler.py": "wire/test_websocket.py",
}


def _inside(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(_text(path))))


def _own_test(path: Path) -> Path:
    relative = path.relative_to(SOURCE)
    return TESTS / relative.parent / f"test_{relative.name}"


def test_modules_and_functions_stay_small() -> None:
    """A module has at most 400 lines, a function at most 60."""
    long_modules = [_inside(path) for path in MODULES if len(_text(path).splitlines()) > MAX_MODULE_LINES]
    long_functions = [
        f"{_inside(path)}:{node.lineno} {node.name}"
        for path in MODULES
        for node in _nodes(path)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or node.lineno) - node.lineno >= MAX_FUNCTION_LINES
    ]
    assert long_modules + long_functions == []


def test_only_the_nets_catch_everything() -> None:
    """`except Exception` and wider, without raising again, is where one connection, run or call ends, nowhere else."""
    assert [
        f"{_inside(path)}:{handler.lineno}"
        for path in MODULES
        if _inside(path) not in NETS
        for handler in _nodes(path)
        if isinstance(handler, ast.ExceptHandler)
        and _catches_all(handler)
        and not isinstance(handler.body[-1], ast.Raise)
    ] == []


def test_every_net_catches() -> None:
    """NETS names nothing that catches nothing."""
    assert {
        net
        for net in NETS
        if not any(isinstance(node, ast.ExceptHandler) and _catches_all(node) for node in _nodes(SOURCE / net))
    } == set()


def _catches_all(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(
        isinstance(part, ast.Name) and part.id in ("Exception", "BaseException") for part in ast.walk(handler.type)
    )


def test_only_config_reads_the_environment() -> None:
    """Only config/load.py knows `os.environ` and its kin."""
    assert [
        f"{_inside(path)}:{getattr(node, 'lineno', 0)}"
        for path in MODULES
        if _inside(path) != ENVIRONMENT_READER
        for node in _nodes(path)
        if _names_taken_from_os(node) & {"environ", "environb", "getenv", "getenvb", "putenv"}
    ] == []


def _names_taken_from_os(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
        return {node.attr}
    if isinstance(node, ast.ImportFrom) and node.module == "os":
        return {alias.name for alias in node.names}
    return set()


def test_each_module_has_its_tests() -> None:
    """src/…/room/thing.py has tests/room/test_thing.py, or COVERED_BY names the file that tests it from outside."""
    assert [
        _inside(path)
        for path in MODULES
        if path.name not in ("__init__.py", "__main__.py")
        and not _own_test(path).is_file()
        and not any((TESTS / test).is_file() for prefix, test in COVERED_BY.items() if _inside(path).startswith(prefix))
    ] == []


def test_list_of_covered_modules_is_current() -> None:
    """COVERED_BY names nothing that is gone, and nothing that has a test file of its own."""
    for prefix in COVERED_BY:
        modules = [path for path in MODULES if _inside(path).startswith(prefix)]
        assert modules, f"{prefix} is gone"
        assert [_inside(path) for path in modules if _own_test(path).is_file()] == []


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"(?<![\w.])/(?:work|root|tmp/brief|farm)/\w", id="folder of somebody's machine"),
        pytest.param(r"\b(?:TODO|FIXME|XXX)\b", id="work left undone"),
        pytest.param(r"[\u2018\u2019\u201c\u201d]", id="typographic quotes"),
        pytest.param(r"spec/[\w-]+\.md", id="page that is not in the project"),
    ],
)
def test_texts_are_at_home_everywhere(pattern: str) -> None:
    """No text of the project holds what only made sense where and when it was written."""
    places = [f"{path.relative_to(ROOT)}:{line}" for path in TEXTS for line in _lines_with(pattern, path)]
    assert places == []


def test_pages_that_are_named_exist() -> None:
    """A page that the source names is in the project, or one of the original's: "OpenClaw docs/..."."""
    strays = [
        f"{_inside(path)}: {match['page']}"
        for path in MODULES
        for match in re.finditer(r"(?P<original>OpenClaw[\s#]+)?(?P<page>(?<![\w/-])[\w/.-]*\w\.md)\b", _text(path))
        if not (match["original"] and match["page"].startswith("docs/"))
        and not (match["page"].startswith("docs/") and (ROOT / match["page"]).is_file())
        and match["page"] not in PAGES_OF_AGENTS
    ]
    assert strays == []


def _lines_with(pattern: str, path: Path) -> Iterator[int]:
    for match in re.finditer(pattern, _text(path)):
        yield _text(path).count("\n", 0, match.start()) + 1


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-interop.lock"])
def test_locks_are_pinned_hashed_and_name_no_index(name: str) -> None:
    """Each requirement of a lock file has one version and its hashes, and no place where it must come from."""
    text = _text(ROOT / name)
    requirements = re.findall(r"^[a-z][^\n]*(?:\n    --hash=sha256:\S+(?: \\)?)+", text, re.MULTILINE | re.IGNORECASE)
    assert len(requirements) == len(re.findall(r"^[a-z]", text, re.MULTILINE | re.IGNORECASE)) > 0
    assert all("==" in requirement for requirement in requirements)
    assert not re.search(r"^\s*--(?!hash)|://", text, re.MULTILINE)


def test_build_tool_is_locked_as_it_is_required() -> None:
    """What builds the project is the version in its lock, so that a build fetches nothing."""
    project = tomllib.loads(_text(ROOT / "pyproject.toml"))
    (required,) = project["build-system"]["requires"]
    assert project["dependency-groups"]["build"] == [required]
    assert f"\n{required} " in _text(ROOT / "requirements.lock")
