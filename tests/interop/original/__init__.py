"""The original's own command, terminal UI and reference client against our gateway, unchanged."""
