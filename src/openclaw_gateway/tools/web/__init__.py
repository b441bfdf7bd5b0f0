"""Pages of the web, read for an agent: fetched like any stranger's address, read by a process, framed as not ours."""
