"""Pages of words alone."""

from starlette.requests import Request
from starlette.responses import Response

from server.pages.rendering import render


async def help_page(request: Request) -> Response:
    """Say how to take part."""
    return await render(request, "help.html")
