"""The registry of devices among the connected clients: who hears of requests, and what ends with a token."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from openclaw_gateway.auth.device_registry import DeviceRegistry
from openclaw_gateway.dialects.gateway.connection import POLICY_VIOLATION
from openclaw_gateway.dialects.gateway.frames import encode_event
from openclaw_gateway.endpoints.audience import Audience
from openclaw_gateway.errors import RunCancelled
from openclaw_gateway.runs.in_flight import Runs

PAIRING: Final = "operator.pairing"
FILE_NAME: Final = "paired-devices.json"


def build_registry(audience: Audience, runs: Runs, state_dir: Path | None, now_ms: Callable[[], int]) -> DeviceRegistry:
    """The registry of this gateway. state_dir: None keeps nothing beyond this process."""

    def tell(name: str, payload: object) -> None:
        audience.publish(encode_event(name, payload, scope=PAIRING))

    def disconnect(device_id: str, reason: str) -> None:
        audience.close_where(lambda principal: principal.device_id == device_id, POLICY_VIOLATION, reason)

    def end_runs(device_id: str) -> None:
        # Those that it ordered by its own token; one that also showed the shared secret ordered by that.
        runs.end_runs_of(device_id, RunCancelled("the token of the device that ordered this run was taken away"))

    def connected() -> frozenset[str]:
        ids = [caller.principal.device_id for caller in audience.callers()]
        return frozenset([device_id for device_id in ids if device_id is not None])

    path = None if state_dir is None else state_dir / "state" / FILE_NAME
    return DeviceRegistry(path, now_ms, tell=tell, disconnect=disconnect, end_runs=end_runs, connected=connected)
