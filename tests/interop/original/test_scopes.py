"""Which scope each method asks, compared with the table of the installed original."""

import re

from tests.endpoints.gateway.test_method_scopes import FIXED
from tests.interop.install import ORIGINAL_FOLDER

_ROW = re.compile(r'\[\s*"([\w.-]+)",\s*(?:"[\w-]+"|null),\s*"([\w.]+)"')
# Unsubscribing has no row of its own there.
UNLISTED = frozenset(("sessions.unsubscribe",))


def test_scopes_are_the_originals() -> None:
    """Every method with one scope has it from the original; there is no method that the original has not."""
    tables = (ORIGINAL_FOLDER / "node_modules" / "openclaw" / "dist").glob("method-scopes-*.mjs")
    known = {name: scope for table in tables for name, scope in _ROW.findall(table.read_text())}
    assert len(known) > 400
    assert {name: scope for name, scope in FIXED.items() if known.get(name) != scope and name not in UNLISTED} == {}
