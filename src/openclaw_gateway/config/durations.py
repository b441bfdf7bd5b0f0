"""Durations as the config writes them: 500ms, 30s, 5m, 1h30m."""

import re

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


def read_duration_ms(text: str, unit: str = "m") -> int:
    """Milliseconds of a text that the schema has accepted. unit: what a bare number counts."""
    parts: list[tuple[str, str]] = re.findall(r"(\d+(?:\.\d+)?)(ms|[smhdw])?", text)
    return round(sum([float(number) * _UNITS_MS[named or unit] for number, named in parts]))
