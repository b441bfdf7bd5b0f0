"""The Gateway's own WebSocket protocol, version 4 (spec/ws-protocol.md): frames, handshake, events."""
