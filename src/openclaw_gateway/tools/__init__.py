"""Room 7d: what an agent can do besides talking. One small module for each tool, behind one interface."""
