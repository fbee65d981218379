"""The sample's data as its files have it, with the café relay made from its rota."""

import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
GUIDS = uuid.uuid5(uuid.NAMESPACE_URL, "https://example.org/wsis-forum-2023")
DAY_HOURS = 24

Item = dict[str, Any]
"""A session as the data file has it: times are wall-clock times of the forum's zone in 2023."""


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@cache
def sample() -> dict[str, Any]:
    """Read the sample forum."""
    found: dict[str, Any] = _read("wsis-2023.json")
    return found


@cache
def people() -> list[dict[str, Any]]:
    """Read the simulated people."""
    found: list[dict[str, Any]] = _read("people.json")["people"]
    return found


@cache
def guest_names() -> list[str]:
    """Read the names that visitors of the demo are given."""
    found: list[str] = _read("people.json")["guests"]
    return found


@cache
def phrases() -> dict[str, dict[str, list[str]]]:
    """Read what simulated people say: kinds of phrases by language."""
    found: dict[str, dict[str, list[str]]] = _read("phrases.json")["phrases"]
    return found


@cache
def cafe() -> dict[str, Any]:
    """Read the questions, tables and notes of the sample café."""
    found: dict[str, Any] = _read("cafe.json")
    return found


@cache
def items() -> list[Item]:
    """List all sessions, those of the relay among them, in order of time and number."""
    every = [*sample()["sessions"], *relay()]
    return sorted(every, key=lambda item: (item["start"], item["number"]))


def guid(number: int) -> str:
    """Give a session's lasting id."""
    return str(uuid.uuid5(GUIDS, str(number)))


def relay() -> Iterator[Item]:
    """Make the relay's cafés: topics and host regions take turns, so that no pair comes twice."""
    rota = sample()["relay"]
    first = datetime.fromisoformat(rota["start"])
    for leg in range(rota["days"] * DAY_HOURS // rota["hours"]):
        yield _cafe(rota, leg, first + timedelta(hours=leg * rota["hours"]))


def topic_of(number: int) -> int | None:
    """Tell which of the relay's topics a session is about, counted from 0, if it belongs to the relay."""
    rota = sample()["relay"]
    leg = number - rota["first_number"]
    return leg % len(rota["topics"]) if 0 <= leg < rota["days"] * DAY_HOURS // rota["hours"] else None


def _cafe(rota: dict[str, Any], leg: int, start: datetime) -> Item:
    topic, host = rota["topics"][leg % len(rota["topics"])], rota["hosts"][leg % len(rota["hosts"])]
    return {
        "number": rota["first_number"] + leg,
        "verified": rota["verified"],
        "start": start.isoformat(timespec="minutes"),
        "end": (start + timedelta(hours=rota["hours"])).isoformat(timespec="minutes"),
        "track": "forum",
        "format": "knowledge-cafe",
        "mode": "virtual",
        "topics": [],
        "organisation": rota["organisation"],
        "languages": sample()["forum"]["languages"],
        "action_lines": topic["action_lines"],
        "sdgs": topic["sdgs"],
        "panel": _panel(host["key"], leg // len(rota["hosts"])),
        "title": _filled(rota["title"], topic, host),
        "description": _filled(rota["description"], topic, host),
    }


def _panel(region: str, day: int) -> list[str]:
    """Choose three people of a region, others from day to day."""
    theirs = [key for key, each in sample()["panellists"].items() if each["region"] == region]
    return [theirs[(day + step) % len(theirs)] for step in range(3)]


def _filled(pattern: dict[str, str], topic: dict[str, Any], host: dict[str, Any]) -> dict[str, str]:
    return {
        language: text.format(topic=topic["title"][language], about=topic["description"][language],
                              host=host["name"][language])
        for language, text in pattern.items()
    }  # fmt: skip
