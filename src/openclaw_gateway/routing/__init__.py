"""Room 5: which agent, which session, what is new. Pure functions: no I/O, no clock, no asyncio."""
