"""Commands: starting them, watching them, and leaving nothing of them behind."""
