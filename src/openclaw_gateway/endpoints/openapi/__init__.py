"""`GET /openapi.json`: what the HTTP side answers to, described from its own table of routes and its own structs."""
