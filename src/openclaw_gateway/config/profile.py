"""The names of profiles: each is part of a folder's name, `~/.openclaw-NAME`."""

PROFILE_NAME_RULE = "a profile's name has letters, digits, - and _ only, 64 at most"


def is_profile_name(name: str) -> bool:
    """Whether a folder may be named so."""
    return len(name) <= 64 and name.replace("-", "").replace("_", "").isalnum()
