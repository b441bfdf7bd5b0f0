"""`gateway`: where it listens, whom it lets in, which HTTP endpoints it offers."""

# ruff: noqa: RUF012 - msgspec gives each instance its own copy of an empty dict

from typing import Literal

import msgspec

from openclaw_gateway.config.schema.values import AllowDeny, NoEffect, NonNegative, Port, Positive, Secret, Section

IMAGE_MIMES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif")
FILE_MIMES = ("text/plain", "text/markdown", "text/html", "text/csv", "application/json", "application/pdf")


class RateLimit(Section, frozen=True):
    """The limiter of wrong credentials, counted per client and class of credential."""

    max_attempts: Positive = 10
    window_ms: Positive = 60_000
    lockout_ms: NonNegative = 300_000
    exempt_loopback: bool = True


class DeviceAutoApprove(Section, frozen=True):
    """Whether a device behind the trusted proxy is paired without asking, and with which scopes."""

    enabled: bool = False
    scopes: tuple[str, ...] = ("operator.read", "operator.write", "operator.approvals", "operator.questions")


class TrustedProxy(Section, frozen=True):
    """How a proxy in `gateway.trustedProxies` names the user it has verified."""

    user_header: str | None = None
    required_headers: tuple[str, ...] = ()
    allow_users: tuple[str, ...] = ()
    allow_loopback: bool = False
    device_auto_approve: DeviceAutoApprove = DeviceAutoApprove()


class Auth(Section, frozen=True):
    """Who may talk to the gateway. mode: None leaves the choice to the secrets that exist."""

    mode: Literal["none", "token", "password", "trusted-proxy"] | None = None
    token: Secret | None = None
    password: Secret | None = None
    rate_limit: RateLimit = RateLimit()
    trusted_proxy: TrustedProxy = TrustedProxy()
    identity_scopes: dict[str, tuple[str, ...]] = {}
    allow_tailscale: NoEffect = None


class ImageFetch(Section, frozen=True):
    """Limits on images that a request brings or names by URL."""

    allow_url: bool = False
    url_allowlist: tuple[str, ...] | None = None
    allowed_mimes: tuple[str, ...] = IMAGE_MIMES
    max_bytes: Positive = 10_485_760
    max_redirects: NonNegative = 3
    timeout_ms: Positive = 10_000


class PdfLimits(Section, frozen=True):
    """How much of a PDF is read. With less text than min_text_chars it counts as scanned: the JPEG images of its pages
    are shown to the model as they are. max_pixels has no effect, because pages are not rendered.
    """

    max_pages: Positive = 4
    max_pixels: Positive = 4_000_000
    min_text_chars: NonNegative = 200


class FileFetch(Section, frozen=True):
    """Limits on files that a request brings or names by URL."""

    allow_url: bool = False
    url_allowlist: tuple[str, ...] | None = None
    allowed_mimes: tuple[str, ...] = FILE_MIMES
    max_bytes: Positive = 5_242_880
    max_chars: Positive = 60_000
    max_redirects: NonNegative = 3
    timeout_ms: Positive = 10_000
    pdf: PdfLimits = PdfLimits()


class ChatCompletionsEndpoint(Section, frozen=True):
    """POST /v1/chat/completions."""

    enabled: bool = False
    max_body_bytes: Positive = 20_971_520
    max_image_parts: NonNegative = 8
    max_total_image_bytes: Positive = 20_971_520
    max_url_parts: NonNegative = 8
    images: ImageFetch = ImageFetch()
    files: FileFetch = FileFetch()


class ResponsesEndpoint(Section, frozen=True):
    """POST /v1/responses."""

    enabled: bool = False
    max_body_bytes: Positive = 20_971_520
    max_url_parts: NonNegative = 8
    files: FileFetch = FileFetch()
    images: ImageFetch = ImageFetch()


class Endpoints(Section, frozen=True):
    """The OpenAI-compatible endpoints, all off until the file turns them on."""

    chat_completions: ChatCompletionsEndpoint = ChatCompletionsEndpoint()
    responses: ResponsesEndpoint = ResponsesEndpoint()


class SecurityHeaders(Section, frozen=True):
    """Headers on every answer. strict_transport_security: the header's value; false or nothing sends none."""

    strict_transport_security: str | Literal[False] | None = None


class Http(Section, frozen=True):
    """The HTTP side of the port. session_headers: headers by which known clients name a chat, the first one counts."""

    session_headers: tuple[str, ...] = ("x-openwebui-chat-id",)
    endpoints: Endpoints = Endpoints()
    security_headers: SecurityHeaders = SecurityHeaders()

    def __post_init__(self) -> None:
        """Header names are one whatever their case, and requests bring them in lower case."""
        lower = tuple([name.lower() for name in self.session_headers])
        if lower != self.session_headers:
            msgspec.structs.force_setattr(self, "session_headers", lower)


class Tls(Section, frozen=True):
    """HTTPS and WSS on the port itself."""

    enabled: bool = False
    auto_generate: bool = True
    cert_path: str | None = None
    key_path: str | None = None
    ca_path: str | None = None


class Reload(Section, frozen=True):
    """What happens when the file changes while the gateway runs."""

    mode: Literal["off", "hybrid", "hot", "restart"] = "hybrid"
    debounce_ms: NonNegative = 300
    deferral_timeout_ms: NoEffect = None


class ControlUi(Section, frozen=True):
    """The browser page, and which browser origins may open a WebSocket."""

    enabled: bool = True
    base_path: str = ""
    root: str | None = None
    allowed_origins: tuple[str, ...] = ()
    dangerously_allow_host_header_origin_fallback: bool = False
    allow_insecure_auth: NoEffect = None
    dangerously_disable_device_auth: NoEffect = None
    embed_sandbox: NoEffect = None
    allow_external_embed_urls: NoEffect = None
    chat_message_max_width: NoEffect = None


class Remote(Section, frozen=True):
    """The gateway that this machine is a client of, when `gateway.mode` is remote."""

    url: str | None = None
    transport: Literal["ssh", "direct"] = "ssh"
    token: Secret | None = None
    password: Secret | None = None
    tls_fingerprint: str | None = None
    remote_port: Port | None = None
    ssh_target: NoEffect = None
    ssh_identity: NoEffect = None


class Gateway(Section, frozen=True):
    """The gateway itself."""

    mode: Literal["local", "remote"] | None = None
    port: Port | None = None
    bind: Literal["auto", "lan", "loopback", "custom", "tailnet"] | None = None
    custom_bind_host: str | None = None
    public_origin: str | None = None
    auth: Auth = Auth()
    trusted_proxies: tuple[str, ...] = ()
    allow_real_ip_fallback: bool = False
    http: Http = Http()
    tools: AllowDeny = AllowDeny()
    tls: Tls = Tls()
    reload: Reload = Reload()
    control_ui: ControlUi = ControlUi()
    remote: Remote = Remote()
    handshake_timeout_ms: Positive | None = None
    roles: NoEffect = None
    tailscale: NoEffect = None
    nodes: NoEffect = None
    push: NoEffect = None
    terminal: NoEffect = None
    cli_agents: NoEffect = None
    portals: NoEffect = None
    webchat: NoEffect = None
    channel_health_check_minutes: NoEffect = None
    channel_stale_event_threshold_minutes: NoEffect = None
    channel_max_restarts_per_hour: NoEffect = None
