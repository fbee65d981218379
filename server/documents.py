"""The documents that describe the API: a readable page, OpenAPI, AsyncAPI, and the generated pages of docs/."""

import functools
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import features, handbook, shapes
from server.asyncapi import asyncapi
from server.connection import BYES
from server.examples import example
from server.house import House
from server.openapi import openapi
from server.pages.rendering import render

DOCS = Path(__file__).parent.parent / "docs"
FRESH_SECONDS = 300
INTRO = (
    "Everything that the pages do, programs can do too: the same commands, the same events, the same rules.",
    "Sign in with a cookie, or send Authorization: Bearer with a token. Unknown fields are refused.",
)
DOWNLOADS = (("/api/openapi.json", "OpenAPI document"), ("/api/asyncapi.json", "AsyncAPI document"))


@functools.cache
def api_page() -> dict[str, Any]:
    """Gather what the readable page says; it is in English, as the names on the wire are."""
    return {"heading": "Majlis API", "intro": INTRO, "downloads": DOWNLOADS, "sections": [make() for make in _SECTIONS]}


def _section(id_: str, title: str, words: str, **lists: list[Any]) -> dict[str, Any]:
    for entry in lists.get("entries", ()):
        entry["id"] = f"{id_}-{entry['name'].replace(' ', '-')}"
    return {"id": id_, "title": title, "words": words, "entries": [], "facts": []} | lists


def _streams() -> dict[str, Any]:
    facts = [(stream.template, shapes.summary(stream.audience)) for stream in shapes.streams()]
    words = "Each stream has one audience, and numbers of its own. What you may not follow does not exist for you."
    return _section("streams", "Streams", words, facts=facts)


def _commands() -> dict[str, Any]:
    words = "POST /api/v1/… with the body and an Idempotency-Key, or a do frame on the socket."
    entries = [_entry(each.name, each.summary, each.sent) for each in features.COMMANDS.values()]
    return _section("commands", "Commands", words, entries=entries)


def _reads() -> dict[str, Any]:
    entries = [_entry("GET /api/v1/" + each.path, each.summary, each.sent, "") for each in features.READS]
    return _section("reads", "Reads", "Path and query fill the fields.", entries=entries)


def _events() -> dict[str, Any]:
    entries = [_entry(name, _told(event), event) for name, event in shapes.outside_events().items()]
    return _section("events", "Events", "What an audience is told, in the event of an on frame.", entries=entries)


def _told(event: Any) -> str:
    return f"{shapes.summary(event)} For {shapes.audience(event)}; {shapes.KEPT[shapes.kept(event)]}."


def _errors() -> dict[str, Any]:
    facts = [(reason.code, f"{reason.status}. {reason.text}") for reason in shapes.reasons()]
    return _section("errors", "Errors", "Codes are stable; texts are in the reader's language.", facts=facts)


def _byes() -> dict[str, Any]:
    facts = [(name, f"close code {number}") for name, (number, _) in BYES.items()]
    words = "Why the server ends a connection. Below 4500 come back after a random time, from 4500 do not."
    return _section("byes", "Ends of a connection", words, facts=facts)


_SECTIONS = (_streams, _commands, _reads, _events, _errors, _byes)


def _entry(name: str, words: str, struct: type[msgspec.Struct], sample: str | None = None) -> dict[str, Any]:
    fields = [(row.name, row.type + (", needed" if row.needed else "")) for row in shapes.rows(struct)]
    text = json.dumps(example(struct), ensure_ascii=False) if sample is None else sample
    return {"name": name, "words": words, "fields": fields, "example": text}


async def page(request: Request) -> Response:
    """Show the readable page."""
    return await render(request, "api.html", module="", **api_page())


def _json(make: Callable[[], dict[str, Any]]) -> Callable[[Request], Any]:
    document = functools.cache(lambda: msgspec.json.encode(make()))

    async def asked(request: Request) -> Response:
        headers = {"cache-control": f"public, max-age={FRESH_SECONDS}"}
        return Response(document(), media_type="application/json", headers=headers)

    return asked


def routes(house: House) -> tuple[Route, ...]:
    """Give the addresses of the documents."""
    return (
        Route("/api/", page),
        Route("/api/openapi.json", _json(openapi)),
        Route("/api/asyncapi.json", _json(asyncapi)),
    )


def stale(folder: Path = DOCS) -> list[str]:
    """List the generated pages that differ from what the code would write."""
    return [name for name, text in handbook.pages().items() if _read(folder / name) != text]


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def write(folder: Path = DOCS) -> None:
    """Write the generated pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in handbook.pages().items():
        (folder / name).write_text(text, "utf-8")


def main(words: Sequence[str]) -> str:
    """Carry out `write` or `check`; gives what is wrong."""
    if words == ["write"]:
        write()
        return ""
    if words == ["check"]:
        return " ".join(stale())
    return "usage: python -m server.documents write|check"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
