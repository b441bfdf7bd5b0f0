"""What the gateway does with model servers and clients that nobody here wrote; run by `make interop`, not by `make test`."""
