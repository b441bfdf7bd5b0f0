"""The description as one JSON document: made when it is first asked for, and again when other routes are on.

Source: OpenAPI Specification 3.1.1.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Protocol

import msgspec

from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest

# What any request may be answered, and what one that needs a credential may be answered besides.
ANYWHERE = (400, 403, 405, 408, 413, 415, 431, 500)
WITH_CREDENTIAL = (401, 404, 429, 503)
_TELLS_WAIT = (429, 503)

Document = dict[str, object]


class DescribedRoute(Protocol):
    """What the description needs of an entry of the table of routes."""

    @property
    def path(self) -> str:
        """Exact, or with one `{name}`."""
        ...

    @property
    def methods(self) -> tuple[str, ...]:
        """In upper case."""
        ...

    @property
    def scope(self) -> str | None:
        """What the caller's grant must cover; None for everybody."""
        ...

    @property
    def body_cap_bytes(self) -> int:
        """413 beyond it."""
        ...

    @property
    def is_enabled(self) -> Callable[[], bool]:
        """Whether it is on now."""
        ...


class OpenApi:
    """The endpoint. routes: of this gateway, those that are on and those that are not."""

    def __init__(self, routes: Callable[[], Iterable[DescribedRoute]], version: str) -> None:
        self._routes = routes
        self._version = version
        self._made: tuple[tuple[str, ...], bytes] = ((), b"")

    async def answer(self, request: HttpRequest) -> HttpReply:  # noqa: ARG002
        """The description of what is on now."""
        routes = [route for route in self._routes() if route.is_enabled()]
        paths = tuple([route.path for route in routes])
        if self._made[0] != paths:
            self._made = (paths, msgspec.json.encode(describe(routes, self._version)))
        return HttpReply(200, self._made[1])


def describe(routes: Iterable[DescribedRoute], version: str) -> Document:
    """The whole document."""
    from openclaw_gateway.endpoints.openapi.fields import FIELDS
    from openclaw_gateway.endpoints.openapi.operations import ERROR_BODIES, HEADERS, OPERATIONS
    from openclaw_gateway.endpoints.openapi.schemas import make_schemas

    routes = [route for route in routes if (route.path, route.methods[0]) in OPERATIONS]
    described = [OPERATIONS[route.path, method] for route in routes for method in route.methods]
    kinds = [kind for operation in described for replies in operation.replies.values() for kind in replies.values()]
    kinds += [operation.body for operation in described if operation.body is not None]
    schemas, components = make_schemas([*kinds, *ERROR_BODIES], FIELDS)
    writer = _Writer(schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "OpenClaw Gateway", "version": version},
        "servers": [{"url": "/"}],
        "paths": {
            route.path: {
                **writer.path_parameters(route.path),
                **{method.lower(): writer.operation(route, method) for method in route.methods},
            }
            for route in routes
        },
        "components": {
            "schemas": components,
            "headers": {name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The gateway's token or password; in auth mode none there is nothing to send.",
                }
            },
        },
    }


class _Writer:
    """Writes operations over the schemas of their bodies."""

    def __init__(self, schemas: Mapping[type, dict[str, object]]) -> None:
        self._schemas = schemas

    def path_parameters(self, path: str) -> Document:
        """The parameters of a path, if it has any."""
        names = re.findall(r"\{(\w+)\}", path)
        schema = {"type": "string", "minLength": 1}
        found = [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]
        return {"parameters": found} if found else {}

    def operation(self, route: DescribedRoute, method: str) -> Document:
        """One method of a route."""
        from openclaw_gateway.endpoints.openapi.operations import JSON, OPERATIONS

        operation = OPERATIONS[route.path, method]
        written: Document = {
            "operationId": re.sub(r"\W+", "_", f"{method.lower()}{route.path}").strip("_"),
            "summary": operation.summary,
            "parameters": [
                {
                    "name": parameter.name,
                    "in": parameter.place,
                    "description": parameter.description,
                    "schema": parameter.schema,
                }
                for parameter in operation.parameters
            ],
            "responses": dict(sorted(self._responses(route, method))),
            "security": [] if route.scope is None else [{"bearer": []}],
        }
        if route.scope is not None:
            written["description"] = f"Needs the scope {route.scope}."
        if operation.body is not None:
            written["requestBody"] = {
                "required": True,
                "description": f"At most {route.body_cap_bytes} bytes.",
                "content": {JSON: {"schema": self._schemas[operation.body]}},
            }
        return written

    def _responses(self, route: DescribedRoute, method: str) -> Iterator[tuple[str, Document]]:
        from openclaw_gateway.endpoints.openapi.operations import JSON, OPERATIONS, TEXT

        operation = OPERATIONS[route.path, method]
        errors = {*ANYWHERE, *operation.errors, *(() if route.scope is None else WITH_CREDENTIAL)}
        for status in {*operation.replies, *errors}:
            forms: dict[str, list[object]] = {}
            for media_type, kind in operation.replies.get(status, {}).items():
                forms.setdefault(media_type, []).append(self._schemas[kind])
            if status in errors:
                forms.setdefault(JSON, []).extend(self._error_forms(status))
                if status in (404, 405) and not route.path.startswith("/v1/"):
                    forms.setdefault(TEXT, []).append({"type": "string"})
            headers = ["x-request-id", *(operation.headers if status == 200 else ())]
            headers += ["retry-after"] if status in _TELLS_WAIT else ["allow"] if status == 405 else []
            response: Document = {
                "description": HTTPStatus(status).phrase,
                "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
            }
            if method != "HEAD":
                response["content"] = {
                    media_type: {"schema": options[0] if len(options) == 1 else {"anyOf": options}}
                    for media_type, options in forms.items()
                }
            yield str(status), response

    def _error_forms(self, status: int) -> list[object]:
        from openclaw_gateway.endpoints.openapi.operations import ERROR_BODIES

        common, missing_scope = ERROR_BODIES
        kinds = (common, missing_scope) if status == HTTPStatus.FORBIDDEN else (common,)
        return [self._schemas[kind] for kind in kinds]
