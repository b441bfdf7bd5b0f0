"""The composition root: a loaded config goes in, a running gateway comes out. All that lives hangs from here."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from openclaw_gateway import COMPATIBLE_VERSION, __version__
from openclaw_gateway.auth.principal import SHARED_SECRET, Principal
from openclaw_gateway.auth.scopes import ADMIN
from openclaw_gateway.auth.start_check import UnsafeStart
from openclaw_gateway.clock import wall_clock_ms
from openclaw_gateway.config.hidden import secrets_of, texts_to_hide
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.config.reload import NotTaken
from openclaw_gateway.config.watch import POLL_EVERY_S, ConfigWatch
from openclaw_gateway.dialects.gateway.connection import POLICY_VIOLATION
from openclaw_gateway.dialects.gateway.frames import Request, encode_event
from openclaw_gateway.dialects.gateway.handshake import Attachments, ConnectParams, HelloOk, Policy, refuse_mismatch
from openclaw_gateway.endpoints.gateway.approval_feed import feed_approvals
from openclaw_gateway.endpoints.gateway.connect import Admission, admit, build_hello
from openclaw_gateway.endpoints.gateway.message_parts import MAX_BYTES, MAX_IMAGE_BYTES
from openclaw_gateway.endpoints.gateway.presence import PresenceFeed
from openclaw_gateway.endpoints.gateway.run_feed import RunFeed
from openclaw_gateway.endpoints.gateway.session_feed import SessionFeed
from openclaw_gateway.endpoints.openai.error_reply import answer_error
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Caller, MethodTable
from openclaw_gateway.errors import Draining
from openclaw_gateway.journal import Journal, open_journal
from openclaw_gateway.models.catalog import Catalog
from openclaw_gateway.models.cooldown_file import FILE_NAME, CooldownFile, read_cooldowns
from openclaw_gateway.models.cooldowns import Cooldowns
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.runs.in_flight import Runs
from openclaw_gateway.runs.lanes import Lanes
from openclaw_gateway.runs.prepared import Prepared, prepare
from openclaw_gateway.runs.session_desk import SessionDesk
from openclaw_gateway.sessions.disk_room import DiskRoom
from openclaw_gateway.sessions.store import SqliteStore
from openclaw_gateway.tools.exec.process_table import ProcessTable
from openclaw_gateway.tools.permission.gate import Gate
from openclaw_gateway.tools.shelf import ToolParts
from openclaw_gateway.tools.tool import Tool
from openclaw_gateway.wire.app import App
from openclaw_gateway.wire.broadcast import Broadcast
from openclaw_gateway.wire.door import bind_hosts, build_door, check_config, rebuild_door
from openclaw_gateway.wire.http_table import build_routes
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.reply_head import ReplyHeads
from openclaw_gateway.wire.routes import RouteTable
from openclaw_gateway.wire.server import Server
from openclaw_gateway.wire.socket_handler import Visitor

logger = logging.getLogger(__name__)

# How long work in flight may go on after SIGTERM. Service managers and container engines kill after 10 s by default.
DRAIN_BUDGET_S = 8.0
TICK_INTERVAL_MS = 30_000

SHUTTING_DOWN = "the gateway is shutting down"
CREDENTIALS_CHANGED = "gateway credentials changed: connect again with the new one"


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What a start may set beside the config. tools: by name, beside those that the gateway brings."""

    tools: Mapping[str, Tool] = field(default_factory=dict)
    limits: WireLimits = field(default_factory=WireLimits)
    drain_budget_s: float = DRAIN_BUDGET_S
    ephemeral_ttl_s: float = 3600.0
    config_poll_s: float = POLL_EVERY_S


class Gateway:
    """One gateway. `start` it, wait, `stop` it; every task it makes is its own and ends with it.

    Making one raises UnsafeStart for a config that may not be served.
    """

    def __init__(self, loaded: Loaded, options: GatewayOptions | None = None) -> None:
        self.loaded = loaded
        self.options = options or GatewayOptions()
        self.hosts = bind_hosts(loaded)
        self.verdict = check_config(loaded)
        self.services: Services
        self._ticking: asyncio.Task[None]
        self._client: HttpClient
        self._cooldowns: Cooldowns
        self._cooldown_file: CooldownFile
        self._store: SqliteStore
        self._server: Server
        self._app: App
        self._watching: asyncio.Task[None]
        self._broadcast = Broadcast()
        self._desk = SessionDesk()
        self._tool_parts = ToolParts(
            Gate.of(loaded.state_dir, wall_clock_ms),
            ProcessTable(loaded.environment.variables),
            sessions=self._desk,
        )
        # The log, if whoever starts the gateway has opened one.
        self.journal: Journal | None = None

    # --- Life -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the store, then listen. Raises StoreRefused, OSError for the port; what was opened is closed again."""
        loaded, options = self.loaded, self.options
        self._client = HttpClient()
        self._open_cooldowns()
        self._store = await SqliteStore.start(
            loaded.state_dir / "state",
            now_ms=wall_clock_ms,
            ephemeral_ttl_s=options.ephemeral_ttl_s,
            room=DiskRoom.of(loaded.config.session.maintenance),
        )
        try:
            watch = self._build()
            self.services.runs.chosen_models |= await self._store.directory.models()
            await self._server.start(self.hosts, loaded.port)
        except BaseException:
            await self._store.close()
            await self._cooldown_file.close()
            self._client.close()
            raise
        self._ticking = asyncio.create_task(self._tick())
        self._watching = asyncio.create_task(watch.watch())
        self._watching.add_done_callback(_report_watch)
        self.services.is_started = True

    async def stop(self) -> None:
        """Take no new work, let work in flight end within the budget, end what is left with an error, and close.

        Stopping twice is harmless.
        """
        if self.services.is_draining:
            return
        self.services.is_draining = True
        logger.info("stopping; %d runs in flight", len(self.services.runs.live))
        self._server.stop_accepting()
        self._broadcast.publish(encode_event("shutdown", {"reason": SHUTTING_DOWN}))
        self.services.gate.book.close()
        error = Draining(f"{SHUTTING_DOWN}; the answer so far is kept in the session", retry_after_s=1.0)
        drained_by = time.monotonic() + self.options.drain_budget_s
        await self.services.runs.drain(self.options.drain_budget_s, error)
        await self._tool_parts.processes.close()
        await self.services.kept_runs.close(max(0.0, drained_by - time.monotonic()))
        await self._server.close()
        self._presence.stop()
        self._ticking.cancel()
        self._watching.cancel()
        await asyncio.wait([self._ticking, self._watching])
        await self._store.close()
        await self._cooldown_file.close()
        self._client.close()
        logger.info("stopped")

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where it listens: (host, port)."""
        return self._server.addresses

    def _open_cooldowns(self) -> None:
        """Who is passed over among the models, as it was when the gateway stopped."""
        path = self.loaded.state_dir / "state" / FILE_NAME
        self._cooldowns = Cooldowns(wall_clock_ms, read_cooldowns(path))
        self._cooldown_file = CooldownFile(path, self._cooldowns)

    def _build(self) -> ConfigWatch:
        """Make the parts, from the bottom up; returns the one that needs a task of its own."""
        config = self.loaded.config
        watch = ConfigWatch(self.loaded, self._adopt, poll_every_s=self.options.config_poll_s)
        lanes = Lanes(max_running=config.agents.defaults.max_concurrent or max(8, 4 * (os.cpu_count() or 1)))
        runs = Runs(self._prepare(self.loaded), self._store, lanes, now_ms=wall_clock_ms)
        self._desk.open(runs, self._store)
        self._tool_parts.processes.notify = runs.notes.note_command
        self.services = Services(
            runs=runs,
            store=self._store,
            started_at_ms=wall_clock_ms(),
            now_ms=wall_clock_ms,
            gate=self._tool_parts.gate,
            audience=self._broadcast,
            log_file=self.journal.path if self.journal is not None else None,
            state_dir=self.loaded.state_dir,
            loaded=self.loaded,
            config_watch=watch,
            check_config=_check_config,
        )
        app = self._app = App(
            RouteTable(build_routes(self.services)),
            build_door(self.loaded, self.verdict),
            answer_error,
            hsts=config.gateway.http.security_headers.strict_transport_security or None,
        )
        limits = self.options.limits
        self._server = Server(app, _Sockets(self.services, app, limits), limits, broadcast=self._broadcast)
        feed = RunFeed(runs, self._broadcast.publish, wall_clock_ms, SessionFeed(self.services))
        self._broadcast.watch_audience(feed.start, feed.stop)
        feed_approvals(self._tool_parts.gate.book, self._broadcast)
        self._presence = PresenceFeed(self.services)
        self._broadcast.watch_members(self._presence.note_change)
        return watch

    def _adopt(self, loaded: Loaded) -> None:
        """Take over a config that changed, in one step: what comes next meets the new one, runs under way keep theirs.

        Raises NotTaken; then nothing has changed.
        """
        try:
            verdict = check_config(loaded)
            heads = ReplyHeads(loaded.config.gateway.http.security_headers.strict_transport_security or None)
            prepared = self._prepare(loaded)
            door = rebuild_door(self._app.door, loaded, verdict)
        except (UnsafeStart, ValueError) as error:
            raise NotTaken(str(error)) from error
        is_rotated = door.authenticator.credential != self._app.door.authenticator.credential
        self.loaded, self.verdict, self.services.loaded = loaded, verdict, loaded
        self._app.door, self._app.heads, self.services.runs.prepared = door, heads, prepared
        if self.journal is not None:
            settings = loaded.config.logging
            self.journal.adjust(level=settings.level, console_level=settings.console_level, secrets=_secrets_in(loaded))
        for warning in (*loaded.warnings, *verdict.warnings):
            logger.warning("%s", warning)
        changed = {"path": str(loaded.path), "hash": loaded.raw_hash or None, "ts": wall_clock_ms()}
        self._broadcast.publish(encode_event("config.changed", changed, scope=ADMIN))
        if is_rotated:
            # One step later, so that whoever rotated it over its own socket is answered before that socket goes.
            asyncio.get_running_loop().call_soon(
                self._broadcast.close_where, _has_shared_secret, POLICY_VIOLATION, CREDENTIALS_CHANGED
            )

    def _prepare(self, loaded: Loaded) -> Prepared:
        catalog = Catalog.build(
            loaded.config,
            loaded.provider_keys,
            self._client,
            cooldowns=self._cooldowns,
            further_keys={name: keys[1:] for name, keys in loaded.all_provider_keys.items()},
        )
        own_files = (loaded.path, *loaded.source.included)
        return prepare(
            loaded.config,
            loaded.state_dir,
            catalog,
            self._tool_parts,
            self.options.tools,
            loaded.variables,
            own_files,
        )

    async def _tick(self) -> None:
        """Tell every client now and then that the gateway is alive (docs/reference/protocol.md, "Events")."""
        while True:
            await asyncio.sleep(TICK_INTERVAL_MS / 1000)
            self._broadcast.publish(encode_event("tick", {"ts": wall_clock_ms()}))


def _has_shared_secret(principal: Principal) -> bool:
    return principal.subject == SHARED_SECRET


def _report_watch(task: "asyncio.Task[None]") -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        logger.error("the config is not watched any more", exc_info=error)


class _Sockets:
    """The gateway as WebSocket clients meet it."""

    def __init__(self, services: Services, app: App, limits: WireLimits) -> None:
        self._services = services
        self._app = app
        self._policy = Policy(
            limits.max_message_bytes,
            limits.max_outbox_bytes,
            TICK_INTERVAL_MS,
            Attachments(MAX_BYTES, MAX_IMAGE_BYTES),
        )

    @cached_property
    def _table(self) -> MethodTable:
        """Made, and the modules of all methods imported, when the first client comes: many gateways never see one."""
        from openclaw_gateway.endpoints.gateway.methods import build_table

        return build_table()

    async def welcome(self, connect: ConnectParams, visitor: Visitor) -> tuple[Principal, HelloOk]:
        """Verify a client and describe the gateway to it."""
        authenticator = self._app.door.authenticator
        if connect.device is None:
            admission = Admission(admit(authenticator, connect, visitor.client, origin=visitor.origin))
        else:
            from openclaw_gateway.endpoints.gateway.device_connect import Knock, admit_device

            knock = Knock(connect, connect.device, visitor.client, visitor.origin, visitor.nonce)
            admission = await admit_device(self._services.devices, authenticator, knock, now_ms=wall_clock_ms())
            if self._app.door.authenticator.credential != authenticator.credential:
                raise refuse_mismatch(authenticator.mode)  # the secret was changed while the device was looked up
        hello = build_hello(
            self._services,
            self._table,
            admission,
            connection_id=visitor.connection_id,
            version=COMPATIBLE_VERSION,
            policy=self._policy,
            auth_mode=authenticator.mode,
        )
        return admission.principal, hello

    async def answer(self, request: Request, caller: Caller) -> bytes:
        """Do what was asked."""
        return await self._table.answer(request, caller, self._services)


# --- The process -----------------------------------------------------------------------------------------------------


async def serve(
    loaded: Loaded, *, notes: Callable[[str], None], ready: Callable[[Gateway], None] = lambda _: None
) -> int:
    """Run a gateway until SIGTERM or SIGINT; returns the exit code.

    notes: tells the operator a sentence. ready: called once it listens. Raises UnsafeStart, StoreRefused and OSError.
    """
    gateway = Gateway(loaded)
    journal = _open_journal(gateway)
    gateway.journal = journal
    try:
        for note in (*loaded.warnings, *gateway.verdict.warnings):
            notes(note)
        if loaded.ignored_keys:
            logger.debug("config keys without effect here: %s", ", ".join(loaded.ignored_keys))
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        await gateway.start()
        logger.info("gateway %s (protocol of %s) listens", __version__, COMPATIBLE_VERSION)
        ready(gateway)
        await stopping.wait()
        # A second signal means it: the default action ends the process at once.
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        await gateway.stop()
    finally:
        journal.close()
    return 0


def _check_config(loaded: Loaded) -> None:
    """Whether a gateway could start with this config. Raises UnsafeStart and ValueError."""
    build_door(loaded, check_config(loaded))
    ReplyHeads(loaded.config.gateway.http.security_headers.strict_transport_security or None)


def _open_journal(gateway: Gateway) -> Journal:
    loaded = gateway.loaded
    settings = loaded.config.logging
    # Not in /tmp as the original's: there another user may own the folder, or a link in it, before we come.
    file = settings.file or loaded.state_dir / "logs" / f"openclaw-{datetime.now(UTC):%Y-%m-%d}.log"
    return open_journal(
        level=settings.level,
        console_level=settings.console_level,
        file=Path(file).expanduser(),
        max_file_bytes=settings.max_file_bytes,
        owns_folder=settings.file is None,
        secrets=_secrets_in(loaded),
    )


def _secrets_in(loaded: Loaded) -> tuple[str, ...]:
    known = [credential.value for credential in (loaded.gateway_token, loaded.gateway_password) if credential]
    provider_keys = [key for keys in loaded.all_provider_keys.values() for key in keys]
    return (*texts_to_hide([*known, *provider_keys]), *secrets_of(loaded.config))
