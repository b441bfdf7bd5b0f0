"""What can go wrong between a client and its gateway, told apart so that a program can act on it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openclaw_gateway.client.frames import JsonValue


class ClientError(Exception):
    """Root of the tree. message: for a person, without credentials."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unreachable(ClientError):
    """No WebSocket connection came about: wrong address, nobody listening, TLS, or not a gateway."""


class ConnectionLost(ClientError):
    """The connection ended early. code and reason: of the close frame; None when there was none."""

    def __init__(self, message: str, *, code: int | None = None, reason: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class DeadlinePassed(ClientError):
    """The gateway did not answer within the time that the caller gave."""


class RequestRefused(ClientError):
    """The gateway answered with an error frame.

    code: INVALID_REQUEST, UNAVAILABLE, …; details: its JSON object, `details["code"]` naming the cause where there is
    one; retryable: the same request may succeed later, after retry_after_s if that is given.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        details: Mapping[str, "JsonValue"],
        retryable: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.details = details
        self.retryable = retryable
        self.retry_after_s = retry_after_s

    @property
    def cause(self) -> str:
        """`details.code`, the machine-readable cause; empty where the gateway gave none."""
        cause = self.details.get("code")
        return cause if isinstance(cause, str) else ""


class AuthRefused(RequestRefused):
    """The gateway does not let this client in: no credential, a wrong one, locked out, or not paired."""

    @property
    def request_id(self) -> str:
        """What a person approves to let this device in (`cause` is PAIRING_REQUIRED); else empty."""
        request_id = self.details.get("requestId")
        return request_id if isinstance(request_id, str) else ""


class RunUnfinished(ClientError):
    """A run was accepted and did not come to a good end. status: "error" or "timeout"; payload: the final response."""

    def __init__(self, message: str, *, run_id: str, status: str, payload: "JsonValue") -> None:
        super().__init__(message)
        self.run_id = run_id
        self.status = status
        self.payload = payload


class KeyUnusable(ClientError):
    """The file of a device's key cannot be read or made, or is no such file; the message says which, and what to do."""
