"""What is left when things break for real: killed processes, full disks, dead upstreams, crowds of idle sockets.

Minutes long, so run by `make faults`; plain `pytest` does not collect this folder.
"""
