"""May this command run? What it would start, which of that is allowed, and who is asked about the rest."""
