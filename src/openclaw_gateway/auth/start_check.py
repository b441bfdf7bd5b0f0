"""What must hold before the gateway may listen: an unsafe combination of bind and auth is refused with its reason."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openclaw_gateway.auth.authenticate import AuthMode

# Guessing 16 random characters is out of reach; the words below are what examples and templates use.
MIN_OPEN_SECRET_CHARS = 16
# Compared by their letters alone, so that Change-Me and change_me are one word.
_PLACEHOLDER_WORDS = frozenset(
    [
        "admin",
        "changeme",
        "default",
        "dummy",
        "example",
        "gatewaypassword",
        "gatewaytoken",
        "inserttoken",
        "inserttokenhere",
        "mypassword",
        "mysecret",
        "mytoken",
        "none",
        "null",
        "openclaw",
        "openclawredacted",
        "openclawtoken",
        "password",
        "placeholder",
        "replaceme",
        "secret",
        "test",
        "testing",
        "todo",
        "token",
        "undefined",
        "yourgatewaytoken",
        "yourpassword",
        "yoursecret",
        "yoursecrethere",
        "yourpasswordhere",
        "yourtoken",
        "yourtokenhere",
    ]
)


_CONFIG_PLACES = {"token": "gateway.auth.token", "password": "gateway.auth.password"}


class UnsafeStart(Exception):
    """The gateway must not start like this; reason says what came and what to set."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StartVerdict:
    """How the gateway may start. warnings: sentences for the operator."""

    mode: AuthMode
    warnings: tuple[str, ...] = ()


def check_start(
    *,
    mode: str | None,
    token: str | None,
    password: str | None,
    bind_hosts: Sequence[str],
    places: Mapping[str, str] = _CONFIG_PLACES,
) -> StartVerdict:
    """Decide the mode from what is configured and refuse what is unsafe, with UnsafeStart.

    mode: `gateway.auth.mode` or None. token, password: the effective secrets, whatever their source; None when unset.
    bind_hosts: addresses to listen on. places: where token and password were set, in a person's words.
    """
    decided = _decide_mode(mode, token, password)
    open_hosts = [host for host in bind_hosts if not _is_loopback(host)]
    if decided == "none":
        if open_hosts:
            raise UnsafeStart(
                f"refusing to bind {open_hosts[0]} without auth: set gateway.auth.mode to token or password, or "
                "gateway.bind to loopback"
            )
        return StartVerdict("none", ("auth is off: every local program may use this gateway",))
    return _check_secret(decided, token if decided == "token" else password, places[decided], open_hosts)


def _decide_mode(mode: str | None, token: str | None, password: str | None) -> AuthMode:
    if mode is None:
        if token is not None and password is not None:
            raise UnsafeStart("both gateway.auth.token and gateway.auth.password are set: set gateway.auth.mode too")
        return "password" if password is not None else "token"
    match mode:
        case "none" | "token" | "password":
            return mode
        case "trusted-proxy":
            raise UnsafeStart("gateway.auth.mode trusted-proxy is not supported yet: set token or password")
        case _:
            raise UnsafeStart("gateway.auth.mode: expected none, token or password")


def _check_secret(mode: AuthMode, secret: str | None, key: str, open_hosts: Sequence[str]) -> StartVerdict:
    if secret is None:
        raise UnsafeStart(f"{key} is not set: set it, or gateway.auth.mode to none on a loopback bind")
    if not secret.strip():
        raise UnsafeStart(f"{key} is blank: set a long random value")
    if secret != secret.strip() or not secret.isprintable():
        raise UnsafeStart(f"{key} has spaces around it or unprintable characters: no client could send it")
    if is_placeholder(secret):
        raise UnsafeStart(f"{key} is a placeholder: set a long random value")
    if len(secret) >= MIN_OPEN_SECRET_CHARS:
        return StartVerdict(mode)
    if open_hosts:
        raise UnsafeStart(
            f"{key} is shorter than {MIN_OPEN_SECRET_CHARS} characters, too short for the bind {open_hosts[0]}"
        )
    return StartVerdict(mode, (f"{key} is shorter than {MIN_OPEN_SECRET_CHARS} characters",))


def is_placeholder(secret: str) -> bool:
    """Whether a secret was copied from an example: known words, a bracketed hint, an unresolved variable, one letter
    repeated.
    """
    text = secret.strip().lower()
    is_hint = (text.startswith("<") and text.endswith(">")) or text.startswith("${")
    words = re.findall(r"[^\W\d_]+", text)
    letters = "".join(words)
    is_known = all(map(_is_known_word, words)) or _is_known_word(letters)
    is_word = bool(words) and is_known and len(text) - len(letters) <= 6  # "secret-123" is still the word
    return is_hint or is_word or len(set(text)) == 1


def _is_known_word(letters: str) -> bool:
    """One of the words, once or again and again."""
    return any(letters.count(word) * len(word) == len(letters) for word in _PLACEHOLDER_WORDS)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
