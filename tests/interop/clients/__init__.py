"""One program per client library: it does what an application does, and reports what worked.

They run in the environment of the interop tests, so they import nothing of the gateway.
"""
