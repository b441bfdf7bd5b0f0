"""Where a caller becomes a principal: the only place that does, for every transport."""

from collections.abc import Callable, Mapping
from typing import Literal

from openclaw_gateway.auth.credentials import (
    UNAUTHORIZED,
    CredentialMismatch,
    CredentialMissing,
    SharedSecret,
    read_bearer,
)
from openclaw_gateway.auth.peer import Client
from openclaw_gateway.auth.principal import DEFAULT_SCOPES, SHARED_SECRET, Principal
from openclaw_gateway.auth.rate_limit import Attempts, FailureLimiter, RateLimits
from openclaw_gateway.auth.scopes import narrow, parse_scopes
from openclaw_gateway.errors import AuthRateLimited, Unauthorized

AuthMode = Literal["none", "token", "password"]

_CREDENTIAL_CLASS = "shared-secret"
SCOPES_HEADER = "x-openclaw-scopes"


class Authenticator:
    """Checks credentials behind the limiter. Immutable but for the limiter's counts; a reload builds the next one.

    mode "none" asks for nothing and lets callers narrow their own scopes; "token" and "password" ask for the shared
    secret and make its owner an operator with the full default set.
    """

    __slots__ = ("_limiter", "_secret", "mode")

    def __init__(self, mode: AuthMode, secret: str | None, limiter: FailureLimiter) -> None:
        if (secret is None) is not (mode == "none"):
            raise ValueError(f"auth mode {mode} and its secret do not fit together")
        self.mode: AuthMode = mode
        self._secret = None if secret is None else SharedSecret(secret)
        self._limiter = limiter

    @classmethod
    def build(
        cls,
        mode: AuthMode,
        *,
        token: str | None = None,
        password: str | None = None,
        limits: RateLimits | None = None,
        clock: Callable[[], float],
    ) -> "Authenticator":
        """From settings that `check_start` let pass; only the secret of the mode counts."""
        secret = {"none": None, "token": token, "password": password}[mode]
        return cls(mode, secret, FailureLimiter(limits or RateLimits(), clock))

    def rebuilt(
        self, mode: AuthMode, *, token: str | None = None, password: str | None = None, limits: RateLimits
    ) -> "Authenticator":
        """The authenticator of a new config, with the counts and lock-outs of this one."""
        self._limiter.limits = limits
        return Authenticator(mode, {"none": None, "token": token, "password": password}[mode], self._limiter)

    @property
    def credential(self) -> tuple[AuthMode, SharedSecret | None]:
        """What lets callers in; equal for two that let in the same ones."""
        return self.mode, self._secret

    def authenticate_http(self, headers: Mapping[str, str], client: Client) -> Principal:
        """The principal of an HTTP request. Raises Unauthorized or AuthRateLimited."""
        if self._secret is None:
            scopes = narrow(DEFAULT_SCOPES, parse_scopes(headers.get(SCOPES_HEADER)))
            return Principal.anonymous(scopes, client.address, is_local=client.is_local)
        bearer = read_bearer(headers)
        return self._verify(self._secret, () if bearer is None else (bearer,), client, headers.get("origin"))

    def recognize_http(self, headers: Mapping[str, str], client: Client) -> Principal:
        """The principal of a request that anybody may make: a stranger without scopes unless the credential is right.

        A wrong credential counts here as anywhere, or a public route would be the place to guess at.
        """
        try:
            return self.authenticate_http(headers, client)
        except (Unauthorized, AuthRateLimited):
            return Principal.anonymous(frozenset(), client.address, is_local=client.is_local)

    def authenticate_secret(
        self, token: str | None, password: str | None, client: Client, *, origin: str | None = None
    ) -> Principal:
        """The principal of a WebSocket `connect`: the secret may come as token or as password.

        origin: the `Origin` of the upgrade, None for programs. Raises CredentialMissing, CredentialMismatch or
        AuthRateLimited. The grant is returned whole; what the client declared narrows it (`scopes.narrow`).
        """
        if self._secret is None:
            return Principal.anonymous(DEFAULT_SCOPES, client.address, is_local=client.is_local)
        shown = tuple([secret for secret in (token, password) if secret])
        return self._verify(self._secret, shown, client, origin)

    def attempts(
        self, credential_class: str, client: Client, origin: str | None, *, may_exempt: bool = True
    ) -> Attempts:
        """The limit on credentials that are checked elsewhere, by the same counters. may_exempt: programs of this
        machine may be exempt, as `gateway.auth.rateLimit` says.
        """
        return Attempts(self._limiter, self._limiter.keys_of(client, credential_class, origin, may_exempt=may_exempt))

    def _verify(self, secret: SharedSecret, shown: tuple[str, ...], client: Client, origin: str | None) -> Principal:
        keys = self._limiter.keys_of(client, _CREDENTIAL_CLASS, origin)
        self._limiter.check(keys)
        if not shown:
            raise CredentialMissing(UNAUTHORIZED)
        # Both are always compared: which of the two was right is not told by the time it took.
        if True not in [secret.matches(candidate) for candidate in shown]:
            self._limiter.count_failure(keys)
            raise CredentialMismatch(UNAUTHORIZED)
        self._limiter.forget(keys)
        return Principal(SHARED_SECRET, self.mode, DEFAULT_SCOPES, client.address, client.is_local)
