"""The OpenClaw Gateway in Python: one process, one port, WebSocket and HTTP, in front of agents."""

__version__ = "0.1.0"

# The release of the original whose wire forms we keep; clients read it in hello-ok and --version.
COMPATIBLE_VERSION = "2026.9.6"
