"""Numbers that a request may hold, and the sentences for those outside their range."""

from openclaw_gateway.errors import InvalidRequest

MAX_SAFE_INTEGER = 2**53 - 1


def refuse_outside(name: str, value: float | None, most: int) -> None:
    """Raise InvalidRequest for a number that is not from 0 to `most`."""
    if value is not None and not 0 <= value <= most:
        raise InvalidRequest(f"`{name}` must be between 0 and {most}.", param=name)


def read_count(name: str, value: float | None) -> int | None:
    """A positive whole number that JavaScript can hold; SDKs may send it with a fraction of zero."""
    if value is None:
        return None
    if value != int(value):
        raise InvalidRequest(f"{name}: Invalid input: expected int, received number", param=name)
    if value <= 0:
        raise InvalidRequest(f"{name}: Too small: expected number to be >0", param=name)
    if value > MAX_SAFE_INTEGER:
        raise InvalidRequest(f"{name}: Too big: expected number to be <={MAX_SAFE_INTEGER}", param=name)
    return int(value)
