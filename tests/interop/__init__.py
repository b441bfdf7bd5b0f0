"""What the gateway does with model servers and clients that nobody here wrote.

Run by `make interop`; plain `pytest` does not collect this folder.
"""
