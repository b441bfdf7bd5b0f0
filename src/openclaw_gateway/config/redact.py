"""Showing config without its secrets, and taking it back."""

import re

from openclaw_gateway.config.key_path import KeyPath, look_up
from openclaw_gateway.config.secrets import ALL_SECRETS, names_variable

REDACTED = "__OPENCLAW_REDACTED__"

# Parts that we do not have are shown too, and their secrets have such names.
_SECRET_NAME = re.compile(r"(?:token|password|passphrase|secret|api_?key|private_?key|credentials?)\Z", re.IGNORECASE)
# A URL may bring its own: a user before the host, or a key in the query.
_SECRET_OF_URL = re.compile(r"://[^/?#\s]*@|[?&#][\w-]{0,32}(?:token|password|secret|key|signature)=", re.IGNORECASE)


def redact(tree: object, path: KeyPath = ()) -> object:
    """A copy in which secrets are a placeholder. `${NAME}` and refs name a secret and hold none, so they stay."""
    if isinstance(tree, dict):
        return {key: redact(value, (*path, key)) for key, value in tree.items()}
    if isinstance(tree, list):
        return [redact(value, (*path, index)) for index, value in enumerate(tree)]
    if isinstance(tree, str) and tree and (_is_secret(path) or _is_secret_url(tree)):
        return tree if names_variable(tree) else REDACTED
    return tree


def _is_secret(path: KeyPath) -> bool:
    if path and isinstance(path[-1], str) and _SECRET_NAME.search(path[-1]):
        return True
    return any(
        len(pattern) == len(path) and all(want in ("*", got) for want, got in zip(pattern, path, strict=True))
        for pattern in ALL_SECRETS
    )


def _is_secret_url(text: str) -> bool:
    return "://" in text and _SECRET_OF_URL.search(text) is not None


class NothingStored(Exception):
    """A placeholder came back for a secret that is not stored. path: where."""

    def __init__(self, path: KeyPath) -> None:
        super().__init__(path)
        self.path = path


def restore(value: object, stored: object, path: KeyPath = ()) -> object:
    """The value with every placeholder replaced by what is stored at its place. Raises NothingStored."""
    if value == REDACTED:
        found, secret = look_up(stored, path)
        if not found:
            raise NothingStored(path)
        return secret
    if isinstance(value, dict):
        return {key: restore(item, stored, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [restore(item, stored, (*path, index)) for index, item in enumerate(value)]
    return value
