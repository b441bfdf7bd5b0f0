"""What is wrong with a config file, said so that a person can mend it without a manual.

The forms of the messages are the original's (OpenClaw docs/gateway/configuration.md, "Strict validation"); line, column
and the nearest valid key are ours.
"""

from pathlib import Path

import msgspec

# Stands for the file in issues with a variable of the process.
ENVIRONMENT = "environment"


class Issue(msgspec.Struct, frozen=True):
    """One thing that is wrong.

    path: spelled as in key_path.py. file, line, column: where, None if the file has no such place. expected: in words.
    nearest: the valid key or value that was probably meant. allowed_values: all of them, for a closed set. got: the
    value as JSON, None for what may be secret.
    """

    path: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    expected: str | None = None
    nearest: str | None = None
    allowed_values: tuple[str | int | bool, ...] | None = None
    got: str | None = None

    def for_person(self) -> str:
        """One line: `openclaw.json:3:5 — gateway.port: …`."""
        where = self.file or "config"
        if self.line is not None:
            where += f":{self.line}:{self.column}"
        got = f", got: {self.got}" if self.got is not None else ""
        return f"{where} — {self.path}: {self.message}{got}{self.hint}"

    @property
    def hint(self) -> str:
        """What stands behind the message when something else was probably meant; else empty."""
        return f' (did you mean "{self.nearest}"?)' if self.nearest is not None else ""

    def as_json(self) -> dict[str, object]:
        """The object of `config validate --json`."""
        fields: dict[str, object] = {"path": self.path, "message": self.message}
        optional = {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "expected": self.expected,
            "nearest": self.nearest,
            "allowedValues": self.allowed_values,
        }
        return fields | {key: value for key, value in optional.items() if value is not None}


class ConfigInvalid(Exception):
    """The config file cannot be used. Told on stderr with exit code 78, never to a peer.

    warnings: what else was seen in the file, for it may be the reason: a key that stands twice.
    """

    def __init__(self, path: Path, issues: tuple[Issue, ...], warnings: tuple[str, ...] = ()) -> None:
        super().__init__(f"Invalid config at {path}: " + "; ".join(f"{i.path}: {i.message}" for i in issues))
        self.path = path
        self.issues = issues
        self.warnings = warnings

    @property
    def heading(self) -> str:
        """What is invalid: the file, or what the environment says beside it."""
        if all(issue.file == ENVIRONMENT for issue in self.issues):
            return "Invalid environment:"
        return f"Invalid config at {self.path}:"

    def lines(self, check: str = "openclaw config validate") -> list[str]:
        """What the gateway prints before it exits. check: the command that looks at the same file."""
        is_file = any(issue.file != ENVIRONMENT for issue in self.issues)
        return [
            f"Gateway failed to start: {self.heading}",
            *(issue.for_person() for issue in self.issues),
            *self.warnings,
            *([f"Mend the file, then check it with: {check}"] if is_file else []),
        ]


class Unresolved(Exception):
    """A SecretRef has no value; the text says why, and holds none."""
