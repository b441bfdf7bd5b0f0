"""The Gateway's own WebSocket protocol, version 4 (OpenClaw docs/gateway/protocol.md): frames, handshake, events."""
