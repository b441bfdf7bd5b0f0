"""Rooms 2 and 8: what the bytes mean, both ways. Two dialects that never meet; no I/O, no clock, no asyncio."""
