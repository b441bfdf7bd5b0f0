"""What a schema of single values cannot say: values that contradict each other, and forms that need a parser."""

import re
from collections.abc import Iterator, Mapping

from openclaw_gateway.config.key_path import KeyPath
from openclaw_gateway.config.schema import Config, Gateway
from openclaw_gateway.config.slots import find_slots
from openclaw_gateway.config.validate import Fault

_AGENT_ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
_PROVIDER_ID = r"[^\s/:\x00-\x1f]{1,128}"
_ORIGIN = r"https://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?"
_POLICIES = (
    ("tools",),
    ("tools", "byProvider", "*"),
    ("tools", "toolsBySender", "*"),
    ("tools", "subagents", "tools"),
    ("tools", "sandbox", "tools"),
    ("agents", "entries", "*", "tools"),
    ("agents", "entries", "*", "tools", "byProvider", "*"),
    ("agents", "entries", "*", "tools", "toolsBySender", "*"),
    ("agents", "entries", "*", "tools", "sandbox", "tools"),
)


def check(config: Config, tree: dict[str, object]) -> Iterator[Fault]:
    """Everything that is wrong with a config whose single values are right. tree: what it was built from."""
    yield from _check_gateway(config.gateway)
    yield from _check_names(("agents", "entries"), config.agents.entries, _AGENT_ID, "letters, digits, - and _")
    yield from _check_names(("models", "providers"), config.models.providers, _PROVIDER_ID, "text without / and blanks")
    for slot in find_slots(tree, _POLICIES):
        if isinstance(slot.value, dict) and slot.value.get("allow") and slot.value.get("alsoAllow"):
            message = "allow and alsoAllow exclude each other in one scope: put everything into allow, or leave it out"
            yield Fault((*slot.path, "alsoAllow"), message)


def _check_gateway(gateway: Gateway) -> Iterator[Fault]:
    host = gateway.custom_bind_host
    if host is not None and not _is_ipv4(host):
        yield Fault(("gateway", "customBindHost"), "Invalid input: expected an IPv4 address", expected="IPv4 address")
    if gateway.bind == "custom" and host is None:
        yield Fault(("gateway", "bind"), 'custom needs gateway.customBindHost, for instance "192.168.1.10"')
    if gateway.public_origin is not None and not re.fullmatch(_ORIGIN, gateway.public_origin):
        message = "Invalid input: expected an https origin without a path"
        yield Fault(("gateway", "publicOrigin"), message, expected="https://host[:port]")
    for index, proxy in enumerate(gateway.trusted_proxies):
        if not _is_network(proxy):
            message = "Invalid input: expected an IP address or a CIDR range"
            yield Fault(("gateway", "trustedProxies", index), message, expected="10.0.0.1 or 10.0.0.0/8")


def _check_names(path: KeyPath, names: Mapping[str, object], form: str, expected: str) -> Iterator[Fault]:
    for name in names:
        if not re.fullmatch(form, name):
            yield Fault(path, f"Invalid key {name[:80]!r}: expected {expected}", key=name, expected=expected)


def _is_ipv4(text: str) -> bool:
    from ipaddress import IPv4Address

    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    from ipaddress import ip_network

    try:
        ip_network(text.strip(), strict=False)
    except ValueError:
        return False
    return True
