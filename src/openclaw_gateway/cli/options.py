"""Options that commands share: those of the root, and those that name a gateway."""

import argparse

# What the shared options are when they are not given. The root sets these once; the options themselves have no default,
# because a subcommand's parser would put it over what was given before the subcommand.
DEFAULTS: dict[str, str | int | bool | None] = {
    "profile": None,
    "dev": False,
    "json": False,
    "no_color": False,
    "url": None,
    "port": None,
    "token": None,
    "password": None,
}


def common_options() -> argparse.ArgumentParser:
    """A parent parser with the options of the root, which work behind the command too."""
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = options.add_argument_group("everywhere")
    group.add_argument("--profile", metavar="NAME", type=_profile, help="use the state folder ~/.openclaw-NAME")
    group.add_argument("--dev", action="store_true", help="use the state folder ~/.openclaw-dev and port 19001")
    group.add_argument("--json", action="store_true", help="print one JSON document on stdout, failures too")
    group.add_argument("--no-color", action="store_true", help="no colours (as with NO_COLOR in the environment)")
    return options


def target_options() -> argparse.ArgumentParser:
    """A parent parser with the options that say which gateway to ask, and how to prove who asks."""
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = options.add_argument_group("which gateway")
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--url", type=_gateway_url, help="WebSocket address; credentials of config and environment are not sent to it"
    )
    where.add_argument("--port", type=port_number, help="port of a gateway on this machine")
    group.add_argument("--token", help="shared token of the gateway")
    group.add_argument("--password", help="shared password of the gateway")
    return options


def _profile(text: str) -> str:
    from openclaw_gateway.config.profile import PROFILE_NAME_RULE, is_profile_name

    if is_profile_name(text):
        return text
    raise argparse.ArgumentTypeError(f"{PROFILE_NAME_RULE}, got {text[:80]!r}")


def _gateway_url(text: str) -> str:
    """The WebSocket address of a gateway; its HTTP address is the same one in other words."""
    scheme, sign, rest = text.partition("://")
    scheme = {"http": "ws", "https": "wss"}.get(scheme.lower(), scheme.lower())
    if sign and scheme in ("ws", "wss"):
        return f"{scheme}://{rest}"
    raise argparse.ArgumentTypeError(f"expected ws://host:port or wss://host:port, got {text[:200]!r}")


def port_number(text: str) -> int:
    """A TCP port, 1 to 65535; 0 is refused because nobody could find the gateway then."""
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {text!r}")


def filled(text: str) -> str:
    """Text that says something; a blank one is most often a variable of a script that was not set."""
    if text.strip():
        return text
    raise argparse.ArgumentTypeError("expected some text, got a blank one")


def milliseconds(text: str) -> int:
    """A span of time in whole milliseconds, from 1 to a day."""
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 86_400_000:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected milliseconds from 1 to 86400000, got {text!r}")
