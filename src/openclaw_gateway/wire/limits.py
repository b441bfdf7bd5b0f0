"""The bounds of the wire: bytes, counts and seconds that any stranger meets. One value, given to the server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WireLimits:
    """Sizes in bytes, times in seconds.

    A deadline for a head, for each pause inside a body and for the body as a whole; for an idle connection between two
    requests; for a reader that does not read; and for a peer that keeps talking after it was refused.
    Connections: how many in all, and how many of them (in all, and of one address) that have shown no credential yet.
    """

    max_request_line_bytes: int = 8 * 1024
    max_head_bytes: int = 64 * 1024
    max_headers: int = 100
    max_ahead_bytes: int = 64 * 1024
    max_connections: int = 10_000
    max_strangers: int = 1_024
    max_strangers_per_address: int = 512
    head_s: float = 10.0
    body_pause_s: float = 20.0
    body_s: float = 300.0
    keep_alive_s: float = 75.0
    write_stall_s: float = 30.0
    linger_s: float = 2.0
    head_hold_s: float = 5.0
    stream_comment_s: float = 15.0
    handshake_s: float = 15.0
    ping_every_s: float = 25.0
    pong_within_s: float = 25.0
    close_within_s: float = 5.0
    # Before connect anyone may talk to us, so frames are small until then
    # (OpenClaw docs/gateway/protocol.md).
    max_stranger_message_bytes: int = 64 * 1024
    max_message_bytes: int = 26_214_400
    max_outbox_bytes: int = 52_428_800
    # Of all connections together: request bodies from their reading to their answer, and what was sent to clients that
    # do not read it.
    max_body_bytes_in_all: int = 256 * 1024 * 1024
    max_unread_bytes_in_all: int = 256 * 1024 * 1024
