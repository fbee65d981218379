"""The command `majlis`: serve, demo, migrate, and a first way in for an organiser."""

import asyncio
import contextlib
import logging
import sys
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvicorn

from rooms.members.store import Granted
from rooms.people.rules import clean_name
from rooms.people.store import Person
from server import migrate
from server.app import create
from server.house import build
from server.settings import Settings

main = typer.Typer(help="Majlis: the online part of a forum.", no_args_is_help=True, add_completion=False)
FRAMES_IN_ONE_SOCKET_BYTES = 64 * 1024
"""Beyond this a socket is closed (1009); between it and frame_bytes a frame is refused and the socket lives."""


@main.command()
def serve() -> None:
    """Serve the forum with the settings of MAJLIS_* variables."""
    _run(Settings())


@main.command()
def demo(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8023,
    quiet: Annotated[bool, typer.Option("--quiet", help="No simulated people.")] = False,
    data: Annotated[Path, typer.Option(help="Folder of the demo's database.")] = Path(".demo"),
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser where there is one.")] = True,
) -> None:
    """Show the sample forum, WSIS Forum 2023, with simulated people and one-click entry."""
    settings = Settings(demo=True, quiet=quiet, data=data, port=port, log_level="warning")
    _run(settings, open_browser)


@main.command("migrate")
def migrate_() -> None:
    """Bring the database's tables up to date."""
    asyncio.run(_migrate(Settings()))


@main.command()
def media(
    address: Annotated[list[str], typer.Option(help="A public address of this machine.")] = [],  # noqa: B006
) -> None:
    """Mix calls, told by a parent on stdin; `majlis serve` starts this by itself."""
    from server.media.__main__ import main as mix  # noqa: PLC0415 (aiortc takes a moment, and only this needs it)

    mix(address)


@main.command()
def invite(
    name: str, role: Annotated[str, typer.Option(help="organiser, moderator or participant")] = "organiser"
) -> None:
    """Make a person with a role in the whole forum, and print a token that signs them in."""
    print(asyncio.run(_invite(Settings(), name, role)))  # noqa: T201


async def _migrate(settings: Settings) -> None:
    house = build(settings)
    await migrate.upgrade(house.database)
    await house.database.close()


async def _invite(settings: Settings, name: str, role: str) -> str:
    house = build(settings)
    await migrate.upgrade(house.database)
    async with house.database.writing() as db:
        person = Person(name=clean_name(name), created_at=datetime.now(UTC))
        db.add(person)
        await db.flush()
        db.add(Granted(role=role, scope="forum", person_id=person.id))
    token = await house.identity.sign_in(person.id or 0)
    await house.database.close()
    return token


def _run(settings: Settings, open_browser: bool = False) -> None:
    _log(settings.log_level)
    config = uvicorn.Config(
        create(settings),
        host=settings.host,
        port=settings.port,
        ws="websockets-sansio",
        ws_max_size=FRAMES_IN_ONE_SOCKET_BYTES,
        ws_per_message_deflate=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or "",
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=10,
        lifespan="on",
    )
    Server(config, settings, open_browser).run()


class Server(uvicorn.Server):
    """uvicorn that says where it is, once it is there."""

    def __init__(self, config: uvicorn.Config, settings: Settings, open_browser: bool) -> None:
        super().__init__(config)
        self._settings = settings
        self._open_browser = open_browser

    async def startup(self, sockets: list | None = None) -> None:  # type: ignore[type-arg]
        """Start, and print the address; port 0 becomes a real one."""
        await super().startup(sockets)
        if not self.started:
            return
        port = self.servers[0].sockets[0].getsockname()[1]
        address = f"http://{self._settings.host}:{port}/"
        print(f"Majlis is ready: {address}", flush=True)  # noqa: T201
        if self._open_browser and sys.stdout.isatty():
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(address)


def _log(level: str) -> None:
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(sort_keys=False, bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


if __name__ == "__main__":
    main()
