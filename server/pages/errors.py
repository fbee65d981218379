"""What went wrong, in plain words and with a way on."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rooms.errors import Refused, reason
from server.api import NOT_FOUND
from server.i18n import N_
from server.pages.rendering import Frame, frame_of, house_of, render

TITLES = {
    400: N_("This request could not be understood"),
    401: N_("Please sign in first"),
    403: N_("You may not do this"),
    404: N_("This page does not exist"),
    405: N_("This cannot be done here"),
    409: N_("This is not possible any more"),
    413: N_("This is too large"),
    422: N_("Something in this form is not right"),
    429: N_("Too many requests"),
    500: N_("Something went wrong on our side"),
    503: N_("The forum is not available just now"),
}
ADVICE = {
    401: N_("Your sign-in may have ended. Sign in again and come back: what you wrote is kept in this browser."),
    403: N_("If you think that you should be able to, ask a moderator or the organisers."),
    404: N_("It may have moved, or it may be open only to some people. The programme lists every session."),
    409: N_("Somebody else may have been faster. Reload the page to see how things stand now."),
    429: N_("Please wait a moment, then try again."),
    500: N_("It has been noted. Please try again in a moment."),
    503: N_("Please try again in a moment; nothing that was sent is lost."),
}
OTHERWISE = N_("Go back and try again, or begin at the start page.")
PLAIN = frozenset({401, 500, 503})
"""Pages that must not ask the database for anything: it may be gone, or may not know the caller any more."""

PROGRAMS = ("/api/", "/live")
"""Where programs ask, which want JSON."""

METHOD = reason("route.method", 405, "This address does not take this method.")
FAULT = reason("server.fault", 500, "Something went wrong on our side. It has been noted.")
PLAIN_REASONS = {404: NOT_FOUND, 405: METHOD}

Handler = Callable[[Request, Any], Awaitable[Response]]


async def http_error(request: Request, error: HTTPException) -> Response:
    """Answer what no route took, and what a route turned away."""
    return await problem(request, error.status_code, error.headers)


async def refused(request: Request, error: Refused) -> Response:
    """Answer a refusal on a page."""
    headers = {} if error.retry_after_ms is None else {"Retry-After": str(-(-error.retry_after_ms // 1000))}
    return await problem(request, error.reason.status, headers, error)


async def crashed(request: Request, error: Exception) -> Response:
    """Answer a fault of ours; the trace is in the log, and nobody outside sees it."""
    return await problem(request, 500)


async def problem(
    request: Request, status: int, headers: Mapping[str, str] | None = None, error: Refused | None = None
) -> Response:
    """Show a problem as a page, or as JSON where a program asks."""
    if request.url.path.startswith(PROGRAMS):
        response: Response = _for_program(request, status, error)
    else:
        response = await _page(request, status, error)
    response.headers.update(headers or {})
    return response


async def _page(request: Request, status: int, error: Refused | None) -> Response:
    known = status if status in TITLES else 500 if status >= 500 else 400
    said = _told(request, error)["message"] if error else ""
    words = {"title": TITLES[known], "advice": ADVICE.get(known, OTHERWISE), "said": said}
    frame = Frame() if known in PLAIN else await frame_of(request)
    return await render(request, "error.html", status, frame=frame, code=status, **words)


def _for_program(request: Request, status: int, error: Refused | None) -> Response:
    return JSONResponse({"error": _told(request, error or PLAIN_REASONS.get(status, FAULT)())}, status)


def _told(request: Request, error: Refused) -> dict[str, Any]:
    house = house_of(request)
    return house.told(error, house.language_of(request))


HANDLERS: dict[int | type[Exception], Handler] = {HTTPException: http_error, Refused: refused, Exception: crashed}
