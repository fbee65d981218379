"""The same commands over HTTP, the reads, and streams for those who poll."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rooms.commands import Read
from rooms.errors import Refused, reason
from server import features, journal
from server.door import Page, bound
from server.frames import scan
from server.house import House
from server.relay import joined
from server.transact import RETRY_MS, UNAVAILABLE

NOT_FOUND = reason("route.unknown", 404, "There is nothing at this address.")
WAIT_LIMIT_SECONDS = 30
LOOK_EVERY_SECONDS = 0.5
PREFIX = "/api/v1/"

log = structlog.get_logger()
Endpoint = Callable[[Request], Awaitable[Response]]


class JSON(Response):
    """JSON that is ready."""

    media_type = "application/json"


def told(request: Request, refused: Refused) -> JSON:
    """Answer a refusal."""
    house: House = request.app.state.house
    headers = {}
    if refused.retry_after_ms is not None:
        headers["retry-after"] = str(-(-refused.retry_after_ms // 1000))
    error = house.told(refused, request.state.caller.language)
    return JSON(journal.encode({"error": error}), refused.reason.status, headers)


def guarded(endpoint: Endpoint) -> Endpoint:
    """Let refusals become answers."""

    async def asked(request: Request) -> Response:
        try:
            response = await endpoint(request)
        except Refused as refused:
            response = told(request, refused)
        except (SQLAlchemyError, OSError):
            log.exception("api.database_failed", path=request.url.path)
            response = told(request, UNAVAILABLE(retry_after_ms=RETRY_MS))
        response.headers["cache-control"] = "no-store"
        return response

    return asked


async def command(request: Request) -> Response:
    """Perform a command: the body is its `with`, the Idempotency-Key its `ref`."""
    house: House = request.app.state.house
    body = scan(await request.body() or b"{}", house.settings.frame_bytes)
    ref = request.headers.get("idempotency-key")
    return JSON(await house.door.answer(request.state.caller, request.path_params["command"], body, ref))


def reading(read: Read) -> Endpoint:
    """Make the endpoint of a read: its path and query fill what it is sent."""

    async def asked(request: Request) -> Response:
        house: House = request.app.state.house
        sent = bound({**request.query_params, **request.path_params}, read.sent, strict=False)
        return JSON(journal.encode(await house.door.look(request.state.caller, read.action, sent)))

    return asked


class Since(msgspec.Struct, forbid_unknown_fields=True):
    """Where a poller is in a stream, and how long to wait for more."""

    since: int | None = None
    wait_seconds: float = 0.0


async def stream(request: Request) -> Response:
    """Give a stream's state, or the events after `since`, waiting for some if asked to."""
    house: House = request.app.state.house
    sent: Any = bound(dict(request.query_params), Since, strict=False)  # type: ignore[type-var]
    name = request.path_params["stream"]
    until = time.monotonic() + min(max(0.0, sent.wait_seconds), WAIT_LIMIT_SECONDS)  # NaN becomes 0
    since = {} if sent.since is None else {name: sent.since}
    [page] = await house.door.pages(request.state.caller, [name], since)
    first = page.values_seq
    while page.state is None and not page.lines and page.values_seq == first and time.monotonic() < until:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        [page] = await house.door.pages(request.state.caller, [name], since)
    return JSON(_written(page))


def _written(page: Page) -> bytes:
    """Write a state, or events in order and then the latest values, which have no number."""
    if page.state is not None:
        return journal.encode({"seq": page.seq, "state": page.state})
    events: list[dict[str, Any]] = [{"seq": line.seq, "event": msgspec.Raw(line.event)} for line in page.lines]
    values = [{"event": msgspec.Raw(event)} for event in joined(page.values, features.EVENTS)]
    return journal.encode({"seq": page.seq, "events": events + values})


async def health(request: Request) -> Response:
    """Say that this process answers."""
    return JSON(b'{"ok":true}')


async def ready(request: Request) -> Response:
    """Say whether the database answers, and whether hints flow."""
    house: House = request.app.state.house
    try:
        async with house.database.reading() as db:
            await journal.epoch_name(db)
    except Exception as error:
        raise UNAVAILABLE() from error
    return JSON(journal.encode({"ok": True, "degraded": not house.bus.healthy}))


async def missing(request: Request) -> Response:
    """Answer for an address that there is not."""
    raise NOT_FOUND()


ROUTES = (
    *(Route(PREFIX + read.path, guarded(reading(read)), methods=["GET"]) for read in features.READS),
    Route(PREFIX + "streams/{stream:path}", guarded(stream), methods=["GET"]),
    Route(PREFIX + "{command}", guarded(command), methods=["POST"]),
    Route(PREFIX + "{rest:path}", guarded(missing)),
    Route("/healthz", guarded(health)),
    Route("/readyz", guarded(ready)),
)
