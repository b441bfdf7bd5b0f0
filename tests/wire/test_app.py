"""The door, over real sockets: who may come in, in which order it is judged, and what every answer carries."""

import json

import pytest
from tests.wire.house import BEARER, TOKEN, echo, echo_routes, get, open_house, post

from openclaw_gateway.auth.authenticate import Authenticator
from openclaw_gateway.auth.origin import PagePolicy
from openclaw_gateway.auth.peer import ProxyTrust
from openclaw_gateway.auth.rate_limit import RateLimits
from openclaw_gateway.endpoints.exchange import HttpRequest, Reply
from openclaw_gateway.wire.app import Door
from openclaw_gateway.wire.routes import Route

JSON = "Content-Type: application/json\r\n"


def request(
    host: str = "127.0.0.1",
    origin: str | None = None,
    content_type: str | None = "application/json",
    auth: str = BEARER,
) -> str:
    """A POST that differs in what the door looks at."""
    lines = [f"Host: {host}\r\n", "Content-Length: 2\r\n", auth]
    if origin is not None:
        lines.append(f"Origin: {origin}\r\n")
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}\r\n")
    return "POST /v1/echo HTTP/1.1\r\n" + "".join(lines) + "\r\n{}"


async def test_every_answer_carries_the_security_headers() -> None:
    """Good and bad answers alike carry the headers that browsers obey, and no CORS permission."""
    async with open_house(hsts="max-age=31536000") as house:
        for question in (
            get("/health"),
            get("/nope"),
            get("/v1/models", ""),
            post("/v1/echo"),
            "GET / HTTP/1.1\r\n\r\n",
        ):
            headers = (await house.ask(question)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["permissions-policy"] == "camera=(), microphone=(self), geolocation=()"
            assert headers["strict-transport-security"] == "max-age=31536000"
            assert headers["x-request-id"]
            assert not [name for name in headers if name.startswith("access-control") or name == "server"]


@pytest.mark.parametrize(
    ("question", "status", "body"),
    [
        pytest.param(get("/nope"), 404, b"Not Found", id="unknown"),
        pytest.param(get("/"), 404, b"Not Found", id="root"),
        pytest.param(get("/tools/invoke"), 405, b"Method Not Allowed", id="wrong method"),
        pytest.param(get("/tools/invoke", method="OPTIONS"), 405, b"Method Not Allowed", id="preflight"),
        pytest.param(get("/health", method="DELETE"), 405, b"Method Not Allowed", id="probe"),
    ],
)
async def test_plain_refusals(question: str, status: int, body: bytes) -> None:
    """Outside /v1, an unknown path and a wrong method are told in plain text."""
    async with open_house() as house:
        answer = await house.ask(question)
        assert (answer.status, answer.body) == (status, body)
        assert answer.headers["content-type"].startswith("text/plain")
        assert ("allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        pytest.param(get("/v1/nope"), 404, "not_found", id="unknown"),
        pytest.param(get("/v1"), 404, "not_found", id="the prefix alone"),
        pytest.param(get("/v1/echo"), 405, "method_not_allowed", id="wrong method"),
        pytest.param(get("/v1/models", ""), 401, None, id="no credential"),
        pytest.param(get("/v1/models", "Authorization: Bearer wrong\r\n"), 401, None, id="wrong credential"),
    ],
)
async def test_v1_refusals(question: str, status: int, code: str | None) -> None:
    """Under /v1 every refusal is an OpenAI error with its four keys."""
    async with open_house() as house:
        answer = await house.ask(question)
        error = json.loads(answer.body)["error"]
        assert (answer.status, error["code"]) == (status, code)
        assert set(error) == {"message", "type", "param", "code"}


async def test_disabled_route_names_the_key_to_set() -> None:
    """A disabled endpoint is a 404 that says what to set, and comes alive when it is set."""
    is_on = False
    hint = "set gateway.http.endpoints.chatCompletions.enabled to true"
    routes = [
        Route(path, ("POST",), echo, scope="operator.write", is_enabled=lambda: is_on, disabled_hint=hint)
        for path in ("/v1/chat/completions", "/other")
    ]
    async with open_house(routes) as house:
        for path in ("/v1/chat/completions", "/other"):
            answer = await house.ask(post(path))
            assert answer.status == 404
            assert hint in answer.body.decode()
        is_on = True
        assert (await house.ask(post("/other"))).status == 200


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [("127.0.0.1:18789", True), ("localhost", True), ("[::1]", True), ("evil.example", False), ("", False)],
)
@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [(None, True), ("https://chat.example.com", True), ("http://evil.example", False), ("null", False)],
)
@pytest.mark.parametrize("auth", ["", "Authorization: Bearer wrong\r\n", BEARER], ids=["none", "wrong", "right"])
async def test_p02_host_and_origin_before_auth(
    host: str, is_ours: bool, origin: str | None, is_allowed: bool, auth: str
) -> None:
    """A wrong Host or Origin is 403 whatever the credential; only then is the credential looked at."""
    async with open_house(pages=PagePolicy.build(["https://chat.example.com"])) as house:
        answer = await house.ask(request(host, origin, auth=auth))
        expected = 403 if not (is_ours and is_allowed) else 200 if auth == BEARER else 401
        assert answer.status == expected


async def test_p02_foreign_page_cannot_spend_the_limit() -> None:
    """Guesses of a page that may not call us are not even counted."""
    limits = RateLimits(max_attempts=2, exempts_loopback=False)
    authenticator = Authenticator.build("token", token=TOKEN, limits=limits, clock=lambda: 0.0)
    async with open_house(authenticator=authenticator) as house:
        for _ in range(5):
            assert (
                await house.ask(request(origin="http://evil.example", auth="Authorization: Bearer x\r\n"))
            ).status == 403
        assert (await house.ask(request())).status == 200


async def test_p02_fifty_guesses_from_a_page_lock_it_out() -> None:
    """A page that may call us and guesses is locked out, on loopback too; local programs go on."""
    page = "https://chat.example.com"
    async with open_house(pages=PagePolicy.build([page])) as house:
        statuses = [
            (await house.ask(request(origin=page, auth=f"Authorization: Bearer guess-{number}\r\n"))).status
            for number in range(50)
        ]
        assert statuses == [401] * 10 + [429] * 40
        locked = await house.ask(request(origin=page))
        assert locked.status == 429
        assert 0 < int(locked.headers["retry-after"]) <= 300
        assert (await house.ask(request())).status == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        pytest.param("application/json", 200, id="JSON"),
        pytest.param("Application/JSON; charset=utf-8", 200, id="JSON with a charset"),
        pytest.param("text/plain", 415, id="text"),
        pytest.param("application/x-www-form-urlencoded", 415, id="form"),
        pytest.param("multipart/form-data; boundary=x", 415, id="multipart"),
        pytest.param("text/plain; application/json", 415, id="JSON as a parameter"),
        pytest.param(None, 415, id="none"),
    ],
)
async def test_p02_json_only_without_credentials(content_type: str | None, status: int) -> None:
    """Where nobody shows a credential a POST must be of the type that a page cannot send unasked."""
    async with open_house(authenticator=Authenticator.build("none", clock=lambda: 0.0)) as house:
        assert (await house.ask(request(content_type=content_type, auth=""))).status == status
    async with open_house() as house:
        assert (await house.ask(request(content_type=content_type))).status == 200


@pytest.mark.parametrize(
    "header",
    ["Forwarded: for=1.2.3.4", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Real-IP: 1.2.3.4"],
)
@pytest.mark.parametrize("path", ["/ready", "/v1/models", "/nope"])
async def test_p10_unlisted_local_proxy_is_refused(header: str, path: str) -> None:
    """Forwarded requests from an unlisted local source are 403 on every path, probes too."""
    async with open_house() as house:
        answer = await house.ask(get(path, f"{BEARER}{header}\r\n"))
        assert answer.status == 403
        assert json.loads(answer.body)["error"]["type"] == "proxy_attribution_required"


async def test_p10_clients_of_a_listed_proxy_are_not_local() -> None:
    """Behind a listed proxy a client is who the proxy says, is counted as such, and sees no details."""
    proxies = ProxyTrust.build(["127.0.0.0/8"])
    async with open_house(proxies=proxies) as house:

        def forwarded(client: str, auth: str) -> str:
            return get("/v1/models", f"{auth}X-Forwarded-For: {client}\r\n")

        for _ in range(10):
            assert (await house.ask(forwarded("198.51.100.1", "Authorization: Bearer x\r\n"))).status == 401
        assert (await house.ask(forwarded("198.51.100.1", BEARER))).status == 429
        assert (await house.ask(forwarded("198.51.100.2", BEARER))).status == 200
        probe = await house.ask(get("/ready", "X-Forwarded-For: 198.51.100.2\r\n"))
        assert json.loads(probe.body) == {"ready": True}
        by_name = get("/v1/models", f"{BEARER}X-Forwarded-For: 198.51.100.2\r\n").replace("127.0.0.1", "gw.example.com")
        assert (await house.ask(by_name)).status == 200


@pytest.mark.parametrize(
    ("encoding", "status"), [("gzip", 415), ("br", 415), ("deflate, gzip", 415), ("Identity", 200), ("zstd", 415)]
)
async def test_p19_compressed_bodies_are_named(encoding: str, status: int) -> None:
    """A compressed body is refused by the name of its encoding: nothing is ever decompressed."""
    async with open_house() as house:
        answer = await house.ask(post("/v1/echo", "{}", f"{BEARER}Content-Encoding: {encoding}\r\n"))
        assert answer.status == status
        assert status == 200 or encoding in answer.body.decode()


@pytest.mark.parametrize(
    "target",
    [
        "/v1/models",
        "/v1/models?x=/health",
        "/v1/models?/../health",
        "http://127.0.0.1/v1/models",
        "/v1/models/openclaw%2Fmain",
        "/v1/models/..%2f..%2fhealth",
        "/v1/models//health",
        "/v1/models/../../health",
        "/sessions/agent:main:main/history",
        "/sessions/../health/history",
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "127.0.0.1:99999"])
async def test_p16_no_spelling_of_a_path_opens_a_door(target: str, host: str) -> None:
    """However a target is spelled, whatever handler it reaches asks for the credential."""
    async with open_house() as house:
        answer = await house.ask(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")
        is_absolute_to_another = target.startswith("http") and host != "127.0.0.1"
        assert answer.status == (400 if is_absolute_to_another else 401)


@pytest.mark.parametrize(
    "target", ["//health", "/./health", "/x/../health", "/%68ealth", "/health/", "/health;x", "/HEALTH"]
)
async def test_p16_odd_spellings_reach_nothing(target: str) -> None:
    """A path that is not exactly one of ours is no path of ours."""
    async with open_house() as house:
        assert (await house.ask(get(target, ""))).status == 404


async def test_p08_scopes_are_checked_by_route() -> None:
    """A caller that narrowed its scopes is refused by name, in the form that is the same on every path."""
    async with open_house(authenticator=Authenticator.build("none", clock=lambda: 0.0)) as house:
        for path in ("/v1/echo", "/tools/invoke"):
            answer = await house.ask(post(path, "{}", "X-OpenClaw-Scopes: operator.read\r\n"))
            assert answer.status == 403
            assert json.loads(answer.body) == {
                "ok": False,
                "error": {
                    "type": "forbidden",
                    "message": "missing scope: operator.write",
                    "details": {
                        "code": "MISSING_SCOPE",
                        "missingScope": "operator.write",
                        "requiredScopes": ["operator.write"],
                    },
                },
            }
        assert (await house.ask(get("/v1/models", "X-OpenClaw-Scopes: operator.read\r\n"))).status == 200
        assert (await house.ask(get("/v1/models", "X-OpenClaw-Scopes:\r\n"))).status == 403


@pytest.mark.parametrize("route", echo_routes(), ids=lambda route: route.path)
async def test_p17_no_other_header_is_a_credential(route: Route) -> None:
    """Only `Authorization: Bearer` opens a route that asks for one, whatever else carries the secret."""
    path = route.path.replace("{id}", "x").replace("{key}", "x")
    others = ["X-Api-Key", "Api-Key", "X-Auth-Token", "Proxy-Authorization", "Cookie", "X-OpenClaw-Token"]
    async with open_house() as house:
        for name in others:
            question = get(path, f"{name}: {TOKEN}\r\n", method=route.methods[0])
            assert (await house.ask(question)).status == (200 if route.scope is None else 401)
        by_url = get(f"{path}?token={TOKEN}&access_token={TOKEN}", "", method=route.methods[0])
        assert (await house.ask(by_url)).status == (200 if route.scope is None else 401)


@pytest.mark.parametrize(
    "credential",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Bearer \xc3\xa9",
        b"Bearer " + b"x" * 60_000,
        b"Basic eA==",
        b"Bearer a b",
        b",",
        b"=",
    ],
    ids=range(9),
)
async def test_p15_odd_credentials(credential: bytes) -> None:
    """Whatever stands in Authorization, it is not the secret and does no harm."""
    async with open_house() as house:
        head = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + credential + b"\r\n\r\n"
        assert (await house.ask(head)).status == 401


@pytest.mark.parametrize("credential", [b"\xff\xfe", b"Bearer a\0b", b"Bearer a\x01", b"Bearer " + b"x" * 1_000_000])
async def test_p15_impossible_credentials(credential: bytes) -> None:
    """Bytes that no header may hold are refused before they are compared."""
    async with open_house() as house:
        client = await house.connect()
        client.say(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + credential + b"\r\n\r\n")
        assert (await client.read_answer()).status in (400, 431)


async def test_p09_rotation_holds_from_the_next_request() -> None:
    """After the door was swapped the old token is wrong on open connections too."""
    async with open_house() as house:
        client = await house.connect()
        client.say(get("/v1/models"))
        assert (await client.read_answer()).status == 200
        rotated = house.app.door.authenticator.rebuilt("token", token="another-long-secret", limits=RateLimits())
        house.app.door = Door(rotated)
        client.say(get("/v1/models") + get("/v1/models", "Authorization: Bearer another-long-secret\r\n"))
        assert [(await client.read_answer()).status for _ in range(2)] == [401, 200]


async def test_handlers_get_the_verified_caller() -> None:
    """What a handler reads about its caller is what was verified."""
    seen: list[HttpRequest] = []

    async def keep(request: HttpRequest) -> Reply:
        seen.append(request)
        return await echo(request)

    routes = [Route("/mine", ("GET",), keep, scope="operator.read"), Route("/all", ("GET",), keep, scope=None)]
    async with open_house(routes) as house:
        await house.ask(get("/mine"))
        await house.ask(get("/all"))
        await house.ask(get("/all", ""))
    methods = [request.principal.method for request in seen]
    assert methods == ["token", "token", "none"]
    assert seen[2].principal.scopes == frozenset()
    assert all(request.principal.is_local for request in seen)


async def test_bodies_over_the_cap_of_their_route() -> None:
    """Each route has its own cap, to the byte."""
    async with open_house() as house:
        assert (await house.ask(post("/v1/echo", "x" * 1_000_000))).status == 200
        refused = await house.ask(post("/v1/echo", "x" * 1_000_001))
        assert refused.status == 413
        assert json.loads(refused.body)["error"]["message"] == "Payload too large"
