"""Room 3: who is asking, and may they. Knows headers and secrets; knows no endpoint and no route."""
