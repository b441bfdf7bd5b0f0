"""The defaults: those that the protocol tells clients, and how they stand to each other."""

from dataclasses import fields

from openclaw_gateway.wire.limits import WireLimits


def test_defaults_that_clients_rely_on() -> None:
    """The sizes and times of the original's protocol page."""
    limits = WireLimits()
    assert limits.max_stranger_message_bytes == 65_536
    assert limits.max_message_bytes == 26_214_400
    assert limits.max_outbox_bytes == 52_428_800
    assert limits.handshake_s == 15
    assert limits.pong_within_s == 25
    assert limits.stream_comment_s == 15


def test_every_bound_bounds() -> None:
    """No limit is absent, zero or endless, and those of strangers are tighter."""
    limits = WireLimits()
    assert all(0 < getattr(limits, field.name) < 10**9 for field in fields(limits))
    assert limits.max_strangers_per_address <= limits.max_strangers < limits.max_connections
    assert limits.max_request_line_bytes < limits.max_head_bytes
    assert limits.max_stranger_message_bytes < limits.max_message_bytes < limits.max_outbox_bytes
