"""Sandboxes: what a session's commands and files are confined to, and how that is asked of the system."""
