"""The commands and reads over HTTP, at real servers in both topologies."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from rooms.chat.rules import PAGE
from server import features
from server.house import present
from server.identity import Caller
from server.transact import Transactor
from tests.client import connected
from tests.server.databases import Recorder
from tests.servers import Guest, Hall


@contextlib.asynccontextmanager
async def asking(address: str, guest: Guest | None = None, **headers: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Ask a server as a program that has somebody's token, or as a visitor's browser."""
    mine = {"authorization": f"Bearer {guest.token}"} if guest else {"origin": address}
    async with httpx2.AsyncClient(base_url=address, headers={**mine, **headers}, timeout=20) as client:
        yield client


async def post(client: httpx2.AsyncClient, command: str, ref: str = "", **body: Any) -> httpx2.Response:
    headers = {"idempotency-key": ref or os.urandom(6).hex()}
    return await client.post(f"/api/v1/{command}", json=body, headers=headers)


def code(response: httpx2.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert error["message"]
    return response.status_code, error["code"]


async def stream_of(client: httpx2.AsyncClient, room: int, **query: Any) -> dict[str, Any]:
    response = await client.get(f"/api/v1/streams/room/{room}", params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


# Commands


async def test_a_command_is_performed_once_whether_by_http_or_by_socket(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    async with asking(hall.town.first, amina) as one, asking(hall.town.last, amina) as other:
        answers = [await post(each, "chat.post", "same", room=room, text="Once") for each in (one, other)]
        async with connected(hall.town.last, amina.token) as socket:
            answers_there = await socket.do("chat.post", ref="same", room=room, text="Once")
        state = (await stream_of(one, room))["state"]
    assert answers[0].json() == answers[1].json() == answers_there
    assert [message["text"] for message in state["chat"]["messages"]] == ["Once"]


WRONG: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "no key": ({"headers": {}}, (400, "frame.ref")),
    "a bad key": ({"headers": {"idempotency-key": "a b"}}, (400, "frame.ref")),
    "no JSON": ({"content": b"hello"}, (400, "frame.not_json")),
    "an array": ({"content": b"[]"}, (400, "frame.not_json")),
    "NaN": ({"content": b'{"room":NaN}'}, (400, "frame.number")),
    "bytes that are no text": ({"content": b'{"text":"\xff"}'}, (400, "frame.surrogate")),
    "half a character": ({"content": b'{"text":"\\ud800"}'}, (400, "frame.surrogate")),
    "a doubled key": ({"content": b'{"room":1,"room":2}'}, (400, "frame.doubled_key")),
    "nesting": ({"content": b'{"a":' * 30 + b"1" + b"}" * 30}, (400, "frame.too_deep")),
    "an unknown field": ({"json": {"room": 1, "text": "x", "as": 1}}, (422, "frame.field")),
    "a missing field": ({"json": {"room": 1}}, (422, "frame.field")),
    "no body": ({}, (422, "frame.field")),
    "a text for a number": ({"json": {"room": "1", "text": "x"}}, (422, "frame.field")),
    "a number too large to store": ({"json": {"room": 2**40, "text": "x"}}, (422, "frame.field")),
    "a text that cannot be stored": ({"json": {"room": 1, "text": "a\0b"}}, (422, "text.control")),
    "a body that is too large": ({"json": {"room": 1, "text": "x" * 50_000}}, (413, "frame.too_large")),
    "an unknown room": ({"json": {"room": 2**31 - 1, "text": "x"}}, (404, "room.unknown")),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_command_is_refused_with_its_code(hall: Hall, case: str) -> None:
    options, expected = WRONG[case]
    async with asking(hall.town.last, await hall.person()) as client:
        response = await client.post("/api/v1/chat.post", **{"headers": {"idempotency-key": "r"}, **options})
    assert code(response) == expected


async def test_an_id_that_cannot_be_stored_is_refused_in_both_databases_alike(hall: Hall) -> None:
    async with asking(hall.town.first, await hall.person()) as client:
        assert code(await post(client, "question.vote", question="\0", on=True)) == (422, "frame.field")
        assert code(await post(client, "question.vote", question="AAAAAAAAAAA", on=True)) == (404, "question.unknown")


async def test_an_unknown_command_is_unknown(hall: Hall) -> None:
    async with asking(hall.town.first, await hall.person()) as client:
        for name in ("no.such", "chat", "Chat.Post", "__init__"):
            assert code(await post(client, name)) == (404, "command.unknown")


async def test_a_ref_for_something_else_is_refused(hall: Hall) -> None:
    room = await hall.room()
    async with asking(hall.town.first, await hall.person()) as client:
        assert (await post(client, "chat.post", "r", room=room, text="One")).status_code == 200
        assert code(await post(client, "chat.post", "r", room=room, text="Two")) == (409, "ref.reused")


async def test_too_much_haste_is_told_when_to_come_back(hall: Hall) -> None:
    room = await hall.room()
    async with asking(hall.town.first, await hall.person()) as client:
        answers = [await post(client, "chat.post", room=room, text=f"Flood {number}") for number in range(14)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused
    assert code(refused[0]) == (429, "rate.limited")
    assert refused[0].headers["retry-after"] == "1"


async def raw(address: str, head: str, body: bytes) -> bytes:
    """Send the beginning of a request and wait for the answer, though the request never ends."""
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"{head}\r\nHost: {host}:{port}\r\n".encode() + body)
        async with asyncio.timeout(5):
            return await reader.readline()
    finally:
        writer.close()


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_that_is_too_large_is_refused_before_it_ends(hall: Hall, chunked: bool) -> None:
    amina = await hall.person()
    head = f"POST /api/v1/chat.post HTTP/1.1\r\nAuthorization: Bearer {amina.token}\r\nContent-Type: application/json"
    if chunked:
        body = b"Transfer-Encoding: chunked\r\n\r\n" + b"1000\r\n%s\r\n" % (b"x" * 4096) * 12
    else:
        body = b"Content-Length: 100000000\r\n\r\n" + b"x" * 50_000
    assert b" 413 " in await raw(hall.town.first, head, body)


async def test_a_body_in_pieces_is_read_whole(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()

    async def pieces() -> AsyncIterator[bytes]:
        for letter in json.dumps({"room": room, "text": "In pieces"}):
            yield letter.encode()

    async with asking(hall.town.first, amina) as client:
        headers = {"idempotency-key": "pieces", "content-type": "application/json"}
        response = await client.post("/api/v1/chat.post", content=pieces(), headers=headers)
    assert response.json()["number"] == 1


async def test_a_visitor_is_asked_to_sign_in(hall: Hall) -> None:
    room = await hall.room()
    async with asking(hall.town.first) as client:
        assert code(await post(client, "chat.post", room=room, text="Hello")) == (401, "permission.sign_in")
        for path in (f"rooms/{room}/messages", f"streams/room/{room}", f"streams/room/{room}/moderators"):
            assert code(await client.get(f"/api/v1/{path}")) == (401, "permission.sign_in")
        forum = (await client.get("/api/v1/streams/forum")).json()
    assert set(forum) == {"seq", "state"}


@pytest.mark.parametrize("token", ["x", "Bearer", "ä" * 40])
async def test_a_token_that_nobody_was_given_is_a_visitor(hall: Hall, token: str) -> None:
    room = await hall.room()
    headers = [(b"authorization", b"Bearer " + token.encode())]
    async with httpx2.AsyncClient(base_url=hall.town.first) as client:
        response = await client.get(f"/api/v1/streams/room/{room}", headers=headers)
    assert code(response) == (401, "permission.sign_in")


async def test_looking_changes_nothing(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    async with asking(hall.town.first, amina) as client:
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
            query = {"room": str(room), "text": "Hello"}
            response = await client.request(
                method, "/api/v1/chat.post", params=query, headers={"idempotency-key": method}
            )
            assert response.status_code in {404, 405}
        assert (await stream_of(client, room))["seq"] == 0
        assert (await post(client, "chat.post", room=room, text="Hello")).status_code == 200
        assert (await stream_of(client, room))["seq"] == 1


# Reads


async def test_what_is_hidden_answers_exactly_as_what_does_not_exist(hall: Hall) -> None:
    closed, nowhere = await hall.room(open_to_all=False), 2_000_000_000
    member = await hall.person("Member", "participant", f"room/{closed}")
    async with asking(hall.town.first, await hall.person("Stranger")) as client:
        for path in ("rooms/{}/messages", "rooms/{}/questions", "rooms/{}/people", "streams/room/{}"):
            hidden, unknown = [await client.get("/api/v1/" + path.format(room)) for room in (closed, nowhere)]
            assert hidden.status_code == unknown.status_code == 404, path
            assert (hidden.content, sorted(hidden.headers)) == (unknown.content, sorted(unknown.headers))
        hidden, unknown = [await post(client, "chat.post", room=room, text="Hello") for room in (closed, nowhere)]
        assert (hidden.status_code, hidden.content) == (unknown.status_code, unknown.content)
    async with asking(hall.town.first, member) as client:
        assert (await client.get(f"/api/v1/rooms/{closed}/messages")).status_code == 200
        assert code(await client.get(f"/api/v1/streams/room/{closed}/moderators")) == (404, "stream.unknown")


async def test_messages_are_read_page_by_page_to_the_beginning(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    transactor, command = Transactor(hall.database, Recorder(), present), features.COMMANDS["chat.post"]
    for number in range(2 * PAGE + 5):
        await transactor.perform(
            Caller(amina.id), command, command.sent(room=room, text=f"Message {number}"), f"m{number}"
        )
    numbers: list[int] = []
    query: dict[str, str] = {}
    async with asking(hall.town.last, amina) as client:
        for _ in range(3):
            page = (await client.get(f"/api/v1/rooms/{room}/messages", params=query)).json()
            numbers = [message["number"] for message in page["messages"]] + numbers
            query = {"before": str(page.get("before"))}
    assert "before" not in page
    assert numbers == list(range(1, 2 * PAGE + 6))


BAD_PATHS = {
    "rooms/abc/messages": (422, "frame.field"),
    "rooms/99999999999/messages": (422, "frame.field"),
    "rooms/1/messages?before=x": (422, "frame.field"),
    "rooms/1/messages?before=99999999999999999999": (422, "frame.field"),
    "rooms/1/messages?unknown=1": (422, "frame.field"),
    "rooms/2000000000/messages": (404, "room.unknown"),
    "streams/room/7x": (404, "stream.unknown"),
    "streams/room/0": (404, "stream.unknown"),
    "streams/room/00007": (404, "stream.unknown"),
    "streams/room/9999999999": (404, "stream.unknown"),
    "streams/room/%D9%A7": (404, "stream.unknown"),
    "streams/room/7%00": (404, "stream.unknown"),
    "streams/room/7%23": (404, "stream.unknown"),
    "streams/authority": (404, "stream.unknown"),
    "streams/person/1": (404, "stream.unknown"),
    "streams/forum?since=x": (422, "frame.field"),
    "streams/forum?since=1.5": (422, "frame.field"),
    "streams/forum?wait_seconds=x": (422, "frame.field"),
    "streams/forum?limit=1": (422, "frame.field"),
    "nothing/at/all": (404, "route.unknown"),
    "programme%00": (404, "route.unknown"),
}


@pytest.mark.parametrize("path", BAD_PATHS)
async def test_a_wrong_address_is_refused_with_its_code(hall: Hall, path: str) -> None:
    async with asking(hall.town.first, await hall.person("O", "organiser")) as client:
        assert code(await client.get(f"/api/v1/{path}")) == BAD_PATHS[path]


async def test_every_read_answers(hall: Hall) -> None:
    room = await hall.room("chat", "questions", "notes")
    host = await hall.person(role="host", scope=f"room/{room}")
    async with asking(hall.town.first, host) as client:
        await post(client, "cafe.plan", room=room, plan={})
        sessions = (await client.get("/api/v1/sessions")).json()["sessions"]
        values = {"room": room, "number": sessions[0]["number"]}
        for read in features.READS:
            if read.path.endswith("desk"):
                continue
            response = await client.get("/api/v1/" + read.path.format(**values))
            assert response.status_code == 200, read.path


# Streams


async def test_a_stream_is_read_from_its_state_on(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    async with asking(hall.town.first, amina) as client:
        for number in range(5):
            await post(client, "chat.post", room=room, text=f"Message {number}")
        whole = await stream_of(client, room)
        rest = await stream_of(client, room, since=3)
        nothing = await stream_of(client, room, since=5)
        beyond = [await stream_of(client, room, since=since) for since in (6, -1, 10**30)]
    assert (whole["seq"], len(whole["state"]["chat"]["messages"])) == (5, 5)
    assert [event["seq"] for event in rest["events"] if "seq" in event] == [4, 5]
    assert [event["event"]["text"] for event in rest["events"] if "seq" in event] == ["Message 3", "Message 4"]
    assert (nothing["seq"], "state" in nothing) == (5, False)
    assert all("state" in each for each in beyond)


async def test_a_long_poll_answers_when_something_comes_from_another_server(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    async with asking(hall.town.first, amina) as reader, asking(hall.town.last, amina) as writer:
        polling = asyncio.create_task(stream_of(reader, room, since=0, wait_seconds=15))
        await asyncio.sleep(0.3)
        assert not polling.done()
        await post(writer, "chat.post", room=room, text="At last")
        async with asyncio.timeout(5):
            found = await polling
    assert [event["event"]["text"] for event in found["events"]] == ["At last"]


@pytest.mark.parametrize(("wait", "least"), [("0.6", 0.5), ("nan", 0.0), ("-inf", 0.0), ("0", 0.0)])
async def test_a_long_poll_without_news_ends_in_time(hall: Hall, wait: str, least: float) -> None:
    amina, room = await hall.person(), await hall.room()
    async with asking(hall.town.first, amina) as client:
        began = time.monotonic()
        found = await stream_of(client, room, since=0, wait_seconds=wait)
        took = time.monotonic() - began
    assert (found["seq"], found["events"]) == (0, [])
    assert least <= took < 5


async def test_nothing_of_the_programs_side_is_cached(hall: Hall) -> None:
    async with asking(hall.town.first) as client:
        for path in ("/api/v1/sessions", "/api/v1/nothing", "/healthz", "/readyz"):
            assert (await client.get(path)).headers["cache-control"] == "no-store"


async def test_the_servers_say_that_they_are_well(hall: Hall) -> None:
    for address in hall.town.addresses:
        async with asking(address) as client:
            assert (await client.get("/healthz")).json() == {"ok": True}
            assert (await client.get("/readyz")).json() == {"ok": True, "degraded": False}


async def test_a_refusal_is_told_in_the_readers_language(hall: Hall) -> None:
    async with asking(hall.town.first) as client:
        path = "/api/v1/streams/room/" + quote("x")
        said = {
            each: (await client.get(path, headers={"accept-language": each})).json()["error"] for each in ("en", "fr")
        }
    assert said["en"]["code"] == said["fr"]["code"] == "stream.unknown"
    assert said["en"]["message"] != said["fr"]["message"]
