"""Measures the gateway as a process among processes, beside the same load sent straight to the model's server."""
