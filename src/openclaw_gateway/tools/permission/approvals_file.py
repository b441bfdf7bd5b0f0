"""`exec-approvals.json` in the state folder: what people have allowed for good, in a form that they can read and edit.

Its shape is the original's: {version, defaults {security, ask, askFallback, …}, agents {<id> {…, allowlist [{pattern,
argPattern}]}}}. A file that cannot be understood allows nothing.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from openclaw_gateway.config.files import Unreadable, read_regular, write_atomically
from openclaw_gateway.errors import Conflict, InvalidRequest, StoreUnavailable
from openclaw_gateway.identifiers import new_uuid
from openclaw_gateway.json_errors import JSON_ERRORS
from openclaw_gateway.tools.permission.entries import AllowEntry
from openclaw_gateway.tools.permission.terms import Ask, Security, Terms

FILE_NAME: Final = "exec-approvals.json"
MAX_FILE_BYTES: Final = 1024 * 1024
MAX_ENTRIES: Final = 1_000
# The entries of every agent.
ALL_AGENTS: Final = "*"

JsonObject = dict[str, object]


class _Entry(msgspec.Struct, rename="camel"):
    pattern: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    arg_pattern: Annotated[str, msgspec.Meta(max_length=65_536)] | None = None


class _AgentRecord(msgspec.Struct, rename="camel"):
    security: Security | None = None
    ask: Ask | None = None
    ask_fallback: Security | None = None
    allowlist: Annotated[list[_Entry], msgspec.Meta(max_length=MAX_ENTRIES)] = []


class ApprovalsRecord(msgspec.Struct, rename="camel"):
    """The file, as far as it is read here."""

    version: Literal[1] = 1
    defaults: _AgentRecord = msgspec.field(default_factory=_AgentRecord)
    agents: dict[str, _AgentRecord] = {}

    def terms(self, agent_id: str) -> Terms:
        """What the file demands of an agent's commands; the original's defaults where it says nothing."""
        layers = (self.agents.get(agent_id), self.agents.get(ALL_AGENTS), self.defaults)
        known = [layer for layer in layers if layer is not None]
        return Terms(
            next((layer.security for layer in known if layer.security is not None), "full"),
            next((layer.ask for layer in known if layer.ask is not None), "off"),
            next((layer.ask_fallback for layer in known if layer.ask_fallback is not None), "deny"),
        )

    def allowlist(self, agent_id: str) -> tuple[AllowEntry, ...]:
        """What it allows an agent, with what it allows all of them."""
        layers = [self.agents.get(name) for name in (agent_id, ALL_AGENTS)]
        return tuple(
            [AllowEntry(entry.pattern, entry.arg_pattern) for layer in layers if layer for entry in layer.allowlist]
        )


class Snapshot(msgspec.Struct, frozen=True):
    """The file as it is. hash: of its bytes, of none if there is no file; content: as JSON."""

    path: str
    exists: bool
    hash: str
    content: JsonObject
    record: ApprovalsRecord


class ApprovalsFile:
    """The file of one gateway. Its methods block on the disk and may be called from any thread.

    Each raises StoreUnavailable for a file that is there and cannot be used.
    """

    def __init__(self, state_dir: Path, now_ms: Callable[[], int]) -> None:
        self.path = state_dir / FILE_NAME
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._read_as: tuple[bytes, Snapshot] | None = None

    def read(self) -> Snapshot:
        """What it says now, whoever has edited it meanwhile."""
        try:
            content = read_regular(self.path, MAX_FILE_BYTES)
        except Unreadable as error:
            if error.is_missing:
                return Snapshot(str(self.path), exists=False, hash=_hash(b""), content=_EMPTY, record=ApprovalsRecord())
            raise StoreUnavailable(f"cannot read {FILE_NAME}: {error.reason}") from None
        kept = self._read_as
        if kept is not None and kept[0] == content:
            return kept[1]
        try:
            snapshot = self._parse(content)
        except InvalidRequest as error:
            raise StoreUnavailable(f"{FILE_NAME}: {error.message}; correct it or remove it") from None
        self._read_as = (content, snapshot)
        return snapshot

    def remember(self, agent_id: str, entries: Iterable[AllowEntry], command: str) -> None:
        """Add what a person has allowed for good to what stands there now. command: what was asked about.

        Raises Conflict when the list is full.
        """
        with self._lock:
            snapshot = self.read()
            known = snapshot.record.allowlist(agent_id)
            new = [entry for entry in entries if entry not in known]
            if not new:
                return
            content = msgspec.json.decode(msgspec.json.encode(snapshot.content), type=JsonObject)
            allowlist = _list_in(_object_in(_object_in(content, "agents"), agent_id), "allowlist")
            if len(allowlist) + len(new) > MAX_ENTRIES:
                raise Conflict(f"{FILE_NAME} holds {MAX_ENTRIES} entries for this agent; remove some")
            for entry in new:
                allowlist.append(
                    {
                        "id": new_uuid(),
                        "pattern": entry.pattern,
                        **({} if entry.arguments is None else {"argPattern": entry.arguments}),
                        "source": "allow-always",
                        "commandText": command,
                        "createdAt": self._now_ms(),
                    }
                )
            self._write(content)

    def replace(self, content: JsonObject, base_hash: str | None) -> Snapshot:
        """Put this in the place of the file that has the hash. Raises InvalidRequest, Conflict if it has another."""
        with self._lock:
            try:
                current = self.read()
            except StoreUnavailable:
                current = None  # the way to repair it
            if current is not None and current.exists and base_hash is None:
                raise InvalidRequest("exec approvals base hash required; read exec.approvals.get and try again")
            if current is not None and base_hash is not None and base_hash != current.hash:
                raise Conflict("exec approvals changed since last load; read exec.approvals.get and try again")
            self._parse(msgspec.json.encode(content))
            self._write(content)
            return self.read()

    def _parse(self, content: bytes) -> Snapshot:
        try:
            record = msgspec.json.decode(content, type=ApprovalsRecord)
            whole = msgspec.json.decode(content, type=JsonObject)
        except JSON_ERRORS as error:
            raise InvalidRequest(f"it is not understood: {error}") from None
        for agent in record.agents.values():
            for entry in agent.allowlist:
                _check_pattern(entry)
        return Snapshot(str(self.path), exists=True, hash=_hash(content), content=whole, record=record)

    def _write(self, content: JsonObject) -> None:
        pretty = msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
        if len(pretty) > MAX_FILE_BYTES:
            raise InvalidRequest(f"{FILE_NAME} would be larger than {MAX_FILE_BYTES} bytes")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self.path, pretty)
        except OSError as error:
            raise StoreUnavailable(f"cannot write {FILE_NAME}: {error.strerror or 'unknown cause'}") from error


_EMPTY: Final[JsonObject] = {"version": 1, "defaults": {}, "agents": {}}


def _check_pattern(entry: _Entry) -> None:
    if entry.arg_pattern is not None:
        try:
            re.compile(entry.arg_pattern)
        except re.error as error:
            raise InvalidRequest(f"argPattern {entry.arg_pattern[:80]!r}: {error}") from None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _object_in(parent: JsonObject, key: str) -> JsonObject:
    value = parent.setdefault(key, {})
    if not isinstance(value, dict):
        raise StoreUnavailable(f"{FILE_NAME}: {key} is no object")
    return value


def _list_in(parent: JsonObject, key: str) -> list[object]:
    value = parent.setdefault(key, [])
    if not isinstance(value, list):
        raise StoreUnavailable(f"{FILE_NAME}: {key} is no list")
    return value
