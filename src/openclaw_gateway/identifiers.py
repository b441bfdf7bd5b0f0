"""Fresh ids."""

from os import urandom
from time import time_ns

# The two bits of the variant before two random ones, by the digit that brings those.
_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


def new_uuid() -> str:
    """A UUID that sorts by time (RFC 9562, version 7): its 48 bits of milliseconds, then 74 random bits.

    Keys and rows that hold one are added at the end of an index and not all over it. The standard library has none, and
    its version 4 costs twice as much.
    """
    at = f"{time_ns() // 1_000_000:012x}"
    digits = urandom(10).hex()
    return f"{at[:8]}-{at[8:]}-7{digits[:3]}-{_VARIANTS[digits[3]]}{digits[4:7]}-{digits[7:19]}"
