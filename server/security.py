"""What every response says to browsers, and which requests are not let in at all."""

import hmac
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rooms.errors import Reason, reason
from server.frames import TOO_LARGE
from server.house import House
from server.origin import WRONG, origin_of, same_origin

FORM = reason("form.token", 403, "This form is too old. Please reload the page and send it again.")

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_FIELD = "csrf"
STEADY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
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

    def __init__(self, app: ASGIApp, house: House) -> None:
        self.app = app
        self.house = house
        self.scripts = house.assets.inline("early.js")[1]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope)
        headers = self._headers(request)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        wrong, receive = await self._checked(request, receive)
        if wrong:
            return await self._refuse(request, wrong)(scope, receive, dressed)
        request.state.caller = await self.house.identity.caller(request, self.house.language_of(request))
        if await self._forged(request, scope):
            return await self._refuse(request, FORM)(scope, receive, dressed)
        return await self.app(scope, receive, dressed)

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

    async def _forged(self, request: Request, scope: Scope) -> bool:
        """Tell whether a signed-in person's form lacks its token; JSON cannot be sent by a foreign form."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        caller = request.state.caller
        if request.method in SAFE or kind == "application/json" or caller.sign_in is None or _bears(request):
            return False
        sent = parse_qs(scope["majlis.body"].decode("latin-1")).get(TOKEN_FIELD, [""])[0]
        return not hmac.compare_digest(sent, self.house.form_token(caller.sign_in))

    def _refuse(self, request: Request, wrong: Reason) -> JSONResponse:
        refused = wrong(limit=self.house.settings.frame_bytes)
        error = self.house.told(refused, self.house.language_of(request))
        return JSONResponse({"error": error}, wrong.status)


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
