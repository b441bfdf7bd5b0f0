"""The documentation keeps up with the code: what can be asked, set or met is written down, and nothing that is gone."""

import argparse
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from tests.config.reference import PAGE, render_page

from openclaw_gateway import client, errors
from openclaw_gateway.cli.console import Exit
from openclaw_gateway.cli.main import COMMANDS, build_parser
from openclaw_gateway.client import GatewayClient
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.wire.http_table import build_routes

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "openclaw_gateway"
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"


def _words(*names: str) -> str:
    return "\n".join((REFERENCE / name).read_text(encoding="utf-8") for name in names)


def _all_reference() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(REFERENCE.glob("*.md")))


def _files_named(page: Path) -> list[str]:
    return re.findall(r"`([\w./-]+\.py)`", page.read_text(encoding="utf-8"))


def test_way_names_files_that_exist() -> None:
    """Each file that docs/way.md names can be opened."""
    named = _files_named(DOCS / "way.md")
    assert len(named) > 30
    assert [name for name in named if not (SOURCE / name).is_file()] == []


def test_design_has_the_layers_that_are_kept() -> None:
    """The line of rooms in docs/design.md is the one that import-linter keeps, and each of its contracts is named."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = [contract["layers"] for contract in linter["contracts"] if contract["type"] == "layers"]
    page = " ".join((DOCS / "design.md").read_text(encoding="utf-8").split())
    assert f"`{' > '.join(layers)}`" in page
    plain = page.replace("`", "").lower()
    assert [contract["name"] for contract in linter["contracts"] if contract["name"].lower() not in plain] == []


def test_way_passes_every_room() -> None:
    """Each room has at least one file on the way, so that none is a surprise."""
    named = _files_named(DOCS / "way.md")
    rooms = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    assert {name.split("/")[0] for name in named} >= rooms - {"agents"}


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")]), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Links to files of the project, and the pages it speaks of, exist."""
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not link.startswith("http")]
    assert [link for link in links if not (page.parent / link).exists()] == []
    pages = re.findall(r"`(docs/[\w/-]+\.md)`", text)
    assert [name for name in pages if not (ROOT / name).exists()] == []


def _parsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    below = [
        _parsers(child)
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for child in action.choices.values()
    ]
    return [parser, *(found for group in below for found in group)]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command: str) -> None:
    """docs/reference/cli.md names each command and each of its long options, config's in its own page."""
    text = _words("cli.md", "config.md") if command == "config" else _words("cli.md")
    assert f"openclaw {command}" in text
    for parser in _parsers(build_parser([command])):
        for action in parser._actions:
            for option in action.option_strings:
                assert not option.startswith("--") or option in text, f"{parser.prog} {option}"


def test_every_exit_code_is_documented() -> None:
    """The table of exit codes has a row for each."""
    text = _words("cli.md")
    assert [code for code in Exit if not re.search(rf"^\| (\d+, )?{code.value}(, \d+)? \|", text, re.MULTILINE)] == []


def _error_classes(root: type[errors.GatewayError]) -> list[type[errors.GatewayError]]:
    return [root, *(found for child in root.__subclasses__() for found in _error_classes(child))]


def test_every_error_code_is_documented() -> None:
    """docs/reference/errors.md has each code with its status, wherever the class of the error is."""
    text = _words("errors.md")
    for path in SOURCE.rglob("*.py"):
        if "(errors." in (source := path.read_text(encoding="utf-8")) or "openclaw_gateway.errors import" in source:
            import_module(".".join(path.relative_to(SOURCE.parent).with_suffix("").parts))
    for kind in _error_classes(errors.GatewayError):
        if kind.default_code is not None:
            assert re.search(rf"^\| `{kind.default_code}` \| {kind.status} \|", text, re.MULTILINE), kind.__name__


def test_every_method_is_documented() -> None:
    """docs/reference/protocol.md names each method of the table."""
    methods = import_module("openclaw_gateway.endpoints.gateway.methods")
    text = _words("protocol.md")
    assert [name for name in methods.build_table().names if f"`{name}`" not in text] == []


def test_every_endpoint_is_documented() -> None:
    """docs/reference/http.md has each route with its methods and the scope that it declares."""
    # Routes are made over the gateway's services, which they do not touch before a request comes.
    routes = build_routes(Services.__new__(Services))
    assert len(routes) > 5
    text = _words("http.md")
    for route in routes:
        row = rf"^\| [^|]*`{re.escape(route.path)}`[^|]* \| {', '.join(route.methods)} \| {route.scope or 'none'} \|"
        assert re.search(row, text, re.MULTILINE), route.path


def test_every_config_key_is_documented() -> None:
    """The tables of docs/reference/config.md are those that the schema makes."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == render_page(page)


def test_every_name_of_the_client_library_is_documented() -> None:
    """docs/reference/client.md names whatever `openclaw_gateway.client` offers, and each call of a client."""
    text = _words("client.md")
    calls = [name for name in vars(GatewayClient) if not name.startswith("_")]
    assert [name for name in [*client.__all__, *calls] if not re.search(rf"\b{name}\b", text)] == []
