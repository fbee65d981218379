"""The one place where parts are chosen and joined to an application."""

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from server import api, documents, events, live
from server.compression import Compression
from server.demo.sample import Demo
from server.house import House, build
from server.pages import errors
from server.pages.routes import routes
from server.security import Security
from server.settings import Settings


def create(settings: Settings | None = None, house: House | None = None) -> Starlette:
    """Make the application for some settings, or around a house that is built already."""
    house = house or build(settings or Settings())
    app = Starlette(
        routes=[
            *live.ROUTES,
            *events.ROUTES,
            *api.ROUTES,
            *documents.routes(house),
            Mount("/static", house.assets),
            *routes(house),
        ],
        middleware=[
            Middleware(Compression),
            Middleware(Security, house=house, refused=errors.refused, crashed=errors.crashed),
        ],
        exception_handlers=errors.HANDLERS,
        lifespan=_lifespan,
    )
    app.state.house = house
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    house: House = app.state.house
    async with house.open():
        if not house.settings.demo:
            yield
            return
        house.demo = Demo(house)
        await house.demo.start()
        try:
            yield
        finally:
            await house.demo.stop()
