"""What config says about where to listen and who may come in, as the parts that hold it."""

import time

from openclaw_gateway.auth.authenticate import Authenticator
from openclaw_gateway.auth.origin import PagePolicy
from openclaw_gateway.auth.peer import ProxyTrust
from openclaw_gateway.auth.rate_limit import RateLimits
from openclaw_gateway.auth.start_check import StartVerdict, UnsafeStart, check_start
from openclaw_gateway.config.load import Credential, Loaded
from openclaw_gateway.wire.app import Door
from openclaw_gateway.wire.server import LOOPBACK_HOSTS


def bind_hosts(loaded: Loaded) -> tuple[str, ...]:
    """Addresses to listen on. Raises UnsafeStart for a bind that we do not have."""
    match loaded.bind:
        case "loopback":
            return LOOPBACK_HOSTS
        case "lan" | "auto":
            return ("0.0.0.0",)  # noqa: S104  (asked for by name, and check_start demands a credential)
        case "custom":
            host = loaded.config.gateway.custom_bind_host
            if not host:
                raise UnsafeStart("gateway.bind is custom, but gateway.customBindHost is not set")
            return (host,) if host in ("0.0.0.0", "127.0.0.1") else (host, "127.0.0.1")  # noqa: S104
        case "tailnet":
            raise UnsafeStart("gateway.bind tailnet is not supported: use custom with the address of the tailnet")


def check_config(loaded: Loaded) -> StartVerdict:
    """Whether the gateway may serve with this config, and in which mode. Raises UnsafeStart."""
    return check_start(
        mode=loaded.auth_mode,
        token=_value_of(loaded.gateway_token),
        password=_value_of(loaded.gateway_password),
        bind_hosts=bind_hosts(loaded),
        places=loaded.secret_places,
    )


def build_door(loaded: Loaded, verdict: StartVerdict) -> Door:
    """Who may come in."""
    authenticator = Authenticator.build(
        verdict.mode,
        token=_value_of(loaded.gateway_token),
        password=_value_of(loaded.gateway_password),
        limits=_limits_of(loaded),
        clock=time.monotonic,
    )
    return Door(authenticator, _pages_of(loaded), _proxies_of(loaded))


def rebuild_door(door: Door, loaded: Loaded, verdict: StartVerdict) -> Door:
    """Who may come in from now on. Clients that are locked out stay so."""
    pages, proxies = _pages_of(loaded), _proxies_of(loaded)
    # Last, because it changes the limits of the counts that both share.
    authenticator = door.authenticator.rebuilt(
        verdict.mode,
        token=_value_of(loaded.gateway_token),
        password=_value_of(loaded.gateway_password),
        limits=_limits_of(loaded),
    )
    return Door(authenticator, pages, proxies)


def _pages_of(loaded: Loaded) -> PagePolicy:
    gateway = loaded.config.gateway
    return PagePolicy.build(
        gateway.control_ui.allowed_origins,
        public_origin=gateway.public_origin,
        trusts_any_host=gateway.control_ui.dangerously_allow_host_header_origin_fallback,
    )


def _proxies_of(loaded: Loaded) -> ProxyTrust:
    gateway = loaded.config.gateway
    return ProxyTrust.build(gateway.trusted_proxies, allow_real_ip=gateway.allow_real_ip_fallback)


def _limits_of(loaded: Loaded) -> RateLimits:
    limit = loaded.config.gateway.auth.rate_limit
    return RateLimits(
        max_attempts=limit.max_attempts,
        window_s=limit.window_ms / 1000,
        lockout_s=limit.lockout_ms / 1000,
        exempts_loopback=limit.exempt_loopback,
    )


def _value_of(credential: Credential | None) -> str | None:
    return None if credential is None else credential.value
