"""What endpoints may reach: the parts of the gateway, given once and never looked up."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.commands.spotting import may_hold_command
from openclaw_gateway.endpoints.audience import Audience, Nobody
from openclaw_gateway.endpoints.kept_runs import KeptRuns
from openclaw_gateway.endpoints.write_rate import WriteRate
from openclaw_gateway.runs.in_flight import Runs
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.prepared import Prepared
from openclaw_gateway.sessions.session import SessionStore
from openclaw_gateway.tools.permission.gate import Gate

if TYPE_CHECKING:
    from openclaw_gateway.attachments.reader import AttachmentReader
    from openclaw_gateway.auth.device_registry import DeviceRegistry
    from openclaw_gateway.commands.desk import Desk
    from openclaw_gateway.config.load import Loaded
    from openclaw_gateway.config.reload import ConfigState
    from openclaw_gateway.config.watch import ConfigWatch


@dataclass(slots=True)
class Services:
    """The gateway as endpoints see it. `prepared` is read anew for each request, so that a reload takes effect.

    now_ms: milliseconds since the epoch. started_at_ms: when the gateway began to serve. is_draining: it takes no new
    work. gate: what commands have to pass. audience: the clients of the WebSocket protocol. log_file: where the log is
    written, if to a file. state_dir: the folder of everything that the gateway keeps. presence_version: counts who came
    and went.
    loaded: the config in force, and where it came from. config_watch: looks after the one on disk. check_config: raises
    UnsafeStart or ValueError for a config that no gateway may start with.
    """

    runs: Runs
    store: SessionStore
    started_at_ms: int
    now_ms: Callable[[], int]
    gate: Gate
    audience: Audience = field(default_factory=Nobody)
    log_file: Path | None = None
    state_dir: Path | None = None
    loaded: "Loaded | None" = None
    config_watch: "ConfigWatch | None" = None
    check_config: "Callable[[Loaded], object] | None" = None
    presence_version: int = 0
    is_started: bool = False
    is_draining: bool = False
    attachments: "AttachmentReader | None" = None
    device_registry: "DeviceRegistry | None" = None
    command_desk: "Desk | None" = None
    kept_runs: KeptRuns = field(init=False)
    config_writes: WriteRate = field(init=False)

    def __post_init__(self) -> None:
        self.config_writes = WriteRate(self.now_ms)
        self.kept_runs = KeptRuns(self.runs, self.store.run_records, self.now_ms)

    @property
    def prepared(self) -> Prepared:
        """The config in force and what was made of it."""
        return self.runs.prepared

    @property
    def attachment_reader(self) -> "AttachmentReader":
        """Reads what requests bring beside text; made, and its modules imported, when the first of it comes."""
        if self.attachments is None:
            from openclaw_gateway.attachments.reader import AttachmentReader

            self.attachments = AttachmentReader()
        return self.attachments

    def read_commands(self, order: RunOrder, principal: Principal) -> RunOrder:
        """The order as it is meant, if its messages hold commands. Raises MissingScope and InvalidRequest."""
        if not may_hold_command(order.incoming):
            return order
        if self.command_desk is None:
            from openclaw_gateway.endpoints.command_deeds import make_desk

            self.command_desk = make_desk(self)
        from openclaw_gateway.commands.interpret import interpret

        return interpret(order, principal, self.command_desk)

    @property
    def devices(self) -> "DeviceRegistry":
        """The paired devices and those who ask; made when the first device comes, or the first question about one."""
        if self.device_registry is None:
            from openclaw_gateway.endpoints.gateway.device_events import build_registry

            self.device_registry = build_registry(self.audience, self.runs, self.state_dir, self.now_ms)
        return self.device_registry

    def config_state(self) -> "ConfigState | None":
        """Which config is in force, and what of the one on disk; None for a gateway without files."""
        return self.config_watch.state if self.config_watch is not None else None

    def uptime_ms(self) -> int:
        """Milliseconds since the gateway began to serve."""
        return max(0, self.now_ms() - self.started_at_ms)

    def failing(self) -> tuple[str, ...]:
        """Parts that do not work now, for `/ready`."""
        return self.store.failing()
