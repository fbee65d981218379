"""Server-sent events: the same streams for those whose network lets no socket through."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from tests.client import connected
from tests.servers import Hall

SECONDS = 10


async def told(lines: Any, kind: str) -> tuple[str, dict[str, Any]]:
    """Read on until an event of a type comes; gives the id that stood with it."""
    position = ""
    async for line in lines:
        name, _, value = line.partition(": ")
        position = value if name == "id" else position
        frames = json.loads(value) if name == "data" else []
        for frame in frames if isinstance(frames, list) else [frames]:
            if kind in (frame.get("event", {}).get("type"), "reset" if "reset" in frame else ""):
                return position, frame
    raise AssertionError(f"the stream ended before {kind}")


async def test_events_come_as_on_the_socket_and_go_on_from_the_last_event_id(hall: Hall) -> None:
    amina, bao, room = await hall.person("Amina"), await hall.person("Bao"), await hall.room()
    stream, headers = f"room/{room}", {"Authorization": f"Bearer {bao.token}"}
    async with (
        asyncio.timeout(SECONDS),
        connected(hall.town.first, amina.token) as poster,
        httpx2.AsyncClient(base_url=hall.town.last, headers=headers) as client,
    ):
        async with client.stream("GET", "/live/events", params={"streams": stream}) as response:
            lines = response.aiter_lines()
            await told(lines, "reset")
            await poster.do("chat.post", room=room, text="One")
            position, frame = await told(lines, "chat.posted")
        assert (position, frame["seq"]) == (f"{stream}:1", 1)
        await poster.do("chat.post", room=room, text="Two")
        again = {"Last-Event-ID": position}
        async with client.stream("GET", "/live/events", params={"streams": stream}, headers=again) as response:
            _, frame = await told(response.aiter_lines(), "chat.posted")
        assert (frame["seq"], frame["event"]["text"]) == (2, "Two")


@pytest.mark.parametrize("streams", ["", "room/999999", "authority", "person/1"])
async def test_a_stream_one_may_not_see_is_refused(hall: Hall, streams: str) -> None:
    bao = await hall.person("Bao")
    headers = {"Authorization": f"Bearer {bao.token}"}
    async with httpx2.AsyncClient(base_url=hall.town.first, headers=headers) as client:
        response = await client.get("/live/events", params={"streams": streams})
    assert response.status_code in (404, 422)
    assert response.json()["error"]["code"].startswith("stream.")
