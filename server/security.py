"""What every response says to browsers, and which requests are not let in at all."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rooms.errors import Reason, reason
from server.frames import TOO_LARGE
from server.house import House
from server.identity import Caller
from server.origin import WRONG, origin_of, same_origin
from server.transact import RETRY_MS, UNAVAILABLE

FORM = reason("form.token", 403, "This form is too old. Please reload the page and send it again.")

Answer = Callable[[Request, Any], Awaitable[Response]]
log = structlog.get_logger()

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_FIELD = "csrf"
STEADY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
}
HSTS = "max-age=31536000"


def policy(scripts: str, sockets: str) -> str:
    """Write the Content-Security-Policy: our own files only, inline scripts by hash only (CSP level 3)."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {scripts}".rstrip(),
            "style-src 'self'",
            "img-src 'self' data:",
            f"connect-src 'self' {sockets}",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


class Security:
    """Pure ASGI middleware: headers on all; origin, size and form token checked on what changes something."""

    def __init__(self, app: ASGIApp, house: House, refused: Answer, crashed: Answer) -> None:
        self.app = app
        self.house = house
        self.refused = refused
        self.crashed = crashed
        self.scripts = house.assets.inline("early.js")[1]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope)
        headers = self._headers(request)
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).update(headers)
            await send(message)

        try:
            await self._guard(request, receive, dressed)
        except Exception as error:
            if started:
                raise
            log.exception("request.failed", path=scope["path"])
            await (await self._failed(request, error))(scope, receive, dressed)
        return None

    async def _failed(self, request: Request, error: Exception) -> Response:
        if isinstance(error, SQLAlchemyError | OSError):
            return await self.refused(request, UNAVAILABLE(retry_after_ms=RETRY_MS))
        return await self.crashed(request, error)

    async def _guard(self, request: Request, receive: Receive, send: Send) -> None:
        request.state.caller = Caller(language=self.house.language_of(request))
        wrong, receive = await self._checked(request, receive)
        if not wrong:
            request.state.caller = await self.house.identity.caller(request, self.house.language_of(request))
            wrong = FORM if self._forged(request) else None
        if wrong:
            response = await self.refused(request, wrong(limit=self.house.settings.frame_bytes))
            return await response(request.scope, receive, send)
        return await self.app(request.scope, receive, send)

    def _headers(self, request: Request) -> dict[str, str]:
        origin = origin_of(request, self.house.settings)
        sockets = origin.replace("http", "ws", 1)
        hsts = {"strict-transport-security": HSTS} if self.house.settings.secure else {}
        return {**STEADY, **hsts, "content-security-policy": policy(f"'{self.scripts.strip(chr(39))}'", sockets)}

    async def _checked(self, request: Request, receive: Receive) -> tuple[Reason | None, Receive]:
        if request.method in SAFE:
            return None, receive
        if not _bears(request) and not same_origin(request, self.house.settings):
            return WRONG, receive
        body = await _body(receive, self.house.settings.frame_bytes)
        request.scope["majlis.body"] = body
        return (TOO_LARGE if body is None else None), _again(body or b"", receive)

    def _forged(self, request: Request) -> bool:
        """Tell whether a signed-in person's form lacks its token; JSON cannot be sent by a foreign form."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        caller = request.state.caller
        if request.method in SAFE or kind == "application/json" or caller.sign_in is None or _bears(request):
            return False
        sent = parse_qs(request.scope["majlis.body"].decode("latin-1")).get(TOKEN_FIELD, [""])[0]
        return not hmac.compare_digest(sent.encode(), self.house.form_token(caller.sign_in).encode())


def _bears(request: HTTPConnection) -> bool:
    return request.headers.get("authorization", "").lower().startswith("bearer ")


async def _body(receive: Receive, limit: int) -> bytes | None:
    """Read a whole body, or None once it is larger than the limit."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > limit:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already once more, then whatever comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
