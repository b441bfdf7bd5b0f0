"""What the decoders of JSON raise."""

from typing import Final

import msgspec

# For a text that they cannot read: it is no JSON or of another form; it is no UTF-8, or holds half of a surrogate pair;
# it is nested too deep.
JSON_ERRORS: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
