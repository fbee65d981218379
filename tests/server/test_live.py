"""The wire, from outside: real sockets to real servers, in both topologies."""

import asyncio
import contextlib
import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.client import Client, RefusedError, connected
from tests.servers import Hall


async def test_the_first_frame_greets_and_names_the_epoch(hall: Hall) -> None:
    amina = await hall.person()
    async with connected(hall.town.first, amina.token) as client:
        welcome = client.frames[0]["welcome"]
    assert (welcome["v"], welcome["you"]) == (1, {"id": amina.id})
    assert welcome["now"].endswith("Z")
    assert welcome["epoch"]
    assert welcome["heartbeat_ms"] > 0


async def test_a_message_reaches_everybody_in_the_room_at_every_server_under_one_number(hall: Hall) -> None:
    amina, bao, room = await hall.person("Amina"), await hall.person("Bao"), await hall.room()
    async with connected(hall.town.first, amina.token) as one, connected(hall.town.last, bao.token) as other:
        for client in (one, other):
            assert await client.follow(f"room/{room}") == {f"room/{room}": {"seq": 0}}
        await one.do("chat.post", room=room, text="Good morning")
        frames = [await client.event("chat.posted", text="Good morning") for client in (one, other)]
    assert frames[0] == frames[1]
    assert frames[0]["seq"] == 1


async def test_following_without_since_starts_with_the_state(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    async with connected(hall.town.first, amina.token) as client:
        await client.do("chat.post", room=room, text="One")
        await client.follow(f"room/{room}")
        reset = await client.until(lambda frame: frame.get("reset") == f"room/{room}")
    assert reset["seq"] == 1
    assert [message["text"] for message in reset["state"]["chat"]["messages"]] == ["One"]


async def test_following_with_since_replays_exactly_what_came_after(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    stream = f"room/{room}"
    async with connected(hall.town.first, amina.token) as client:
        for number in range(5):
            await client.do("chat.post", room=room, text=f"Message {number}")
    async with connected(hall.town.last, amina.token) as client:
        assert await client.follow(stream, since={stream: 2}) == {stream: {"seq": 5}}
        await client.event("chat.posted", text="Message 4")
        assert [frame["seq"] for frame in client.events(stream) if "seq" in frame] == [3, 4, 5]
        assert not [frame for frame in client.frames if "reset" in frame]


@pytest.mark.parametrize("since", [99, -1, 2**50])
async def test_a_since_beyond_the_head_is_answered_by_a_reset(hall: Hall, since: int) -> None:
    amina, room = await hall.person(), await hall.room()
    stream = f"room/{room}"
    async with connected(hall.town.first, amina.token) as client:
        await client.follow(stream, since={stream: since})
        reset = await client.until(lambda frame: frame.get("reset") == stream)
    assert reset["seq"] == 0


async def test_a_repeated_ref_gives_the_first_answer_at_any_server_and_does_nothing_twice(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    async with connected(hall.town.first, amina.token) as one, connected(hall.town.last, amina.token) as other:
        first = await one.do("chat.post", ref="same-1", room=room, text="Once")
        again = await other.do("chat.post", ref="same-1", room=room, text="Once")
        await other.follow(f"room/{room}")
        reset = await other.until(lambda frame: "reset" in frame)
    assert first == again
    assert len(reset["state"]["chat"]["messages"]) == 1


async def test_the_same_ref_at_the_same_moment_at_two_servers_is_applied_once(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    async with contextlib.AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(connected(hall.town.addresses[n % len(hall.town.addresses)], amina.token))
            for n in range(6)
        ]
        answers = await asyncio.gather(
            *(client.do("chat.post", ref="twin", room=room, text="Once only") for client in sockets)
        )
        assert len({answer["id"] for answer in answers}) == 1
        await sockets[0].follow(f"room/{room}")
        reset = await sockets[0].until(lambda frame: "reset" in frame)
    assert len(reset["state"]["chat"]["messages"]) == 1


async def test_the_same_ref_with_another_body_is_refused(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    async with connected(hall.town.first, amina.token) as client:
        await client.do("chat.post", ref="x", room=room, text="One")
        with pytest.raises(RefusedError, match=r"ref\.reused"):
            await client.do("chat.post", ref="x", room=room, text="Two")


async def test_a_refused_command_may_be_repeated_with_its_ref(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    async with connected(hall.town.first, amina.token) as client:
        with pytest.raises(RefusedError, match=r"text\.empty"):
            await client.do("chat.post", ref="y", room=room, text=" ")
        assert await client.do("chat.post", ref="y", room=room, text="Better")


async def test_streams_are_followed_all_or_none(hall: Hall) -> None:
    bao, room = await hall.person("Bao"), await hall.room()
    async with connected(hall.town.first, bao.token) as client:
        with pytest.raises(RefusedError, match=r"stream\.unknown"):
            await client.follow(f"room/{room}", f"room/{room}/moderators")
        await client.do("chat.post", room=room, text="Unheard")
        await client.say({"ping": 1})
        await client.until(lambda frame: frame.get("pong") == 1)
        assert not client.events(f"room/{room}")


HIDDEN = [
    "room/999999",
    "room/{closed}",
    "room/{room}/moderators",
    "person/{other}",
    "authority",
    "room/7#",
    "room/07",
    "x",
]


@pytest.mark.parametrize("name", HIDDEN)
async def test_a_stream_one_may_not_see_is_refused_like_an_unknown_one(hall: Hall, name: str) -> None:
    bao, other = await hall.person("Bao"), await hall.person("Other")
    room, closed = await hall.room(), await hall.room(open_to_all=False)
    asked = name.format(room=room, closed=closed, other=other.id)
    async with connected(hall.town.first, bao.token) as client:
        answer = await client.answer({"follow": [asked]})
        unknown = await client.answer({"follow": ["never/heard/of"]})
    assert answer["error"] == unknown["error"]


async def test_a_question_reaches_its_author_and_the_moderators_and_nobody_else_until_approved(hall: Hall) -> None:
    amina, bao, carlos = await hall.person("Amina", "moderator"), await hall.person("Bao"), await hall.person("Carlos")
    room = await hall.room()
    stream, desk = f"room/{room}", f"room/{room}/moderators"
    async with (
        connected(hall.town.first, amina.token) as moderator,
        connected(hall.town.last, bao.token) as author,
        connected(hall.town.last, carlos.token) as reader,
    ):
        await moderator.follow(stream, desk)
        await author.follow(stream, f"person/{bao.id}")
        await reader.follow(stream, f"person/{carlos.id}")
        asked = await author.do("question.ask", room=room, text="Who pays?", anonymous=True)
        await moderator.event("question.held")
        await author.event("question.yours")
        await moderator.do("question.approve", question=asked["id"])
        shown = await reader.event("question.shown")
        assert shown["event"]["question"].get("name", "") == ""
        assert shown["seq"] == 1
        await author.until(lambda frame: frame.get("event", {}).get("question", {}).get("state") == "open")
        await reader.do("question.vote", question=asked["id"], on=True)
        await author.until(lambda frame: frame.get("event", {}).get("scores") == {asked["id"]: 1})
        assert [frame["event"]["type"] for frame in reader.events(stream) if "seq" in frame] == ["question.shown"]
        assert "by" not in json.dumps(shown["event"])


async def test_a_role_taken_away_ends_the_moderators_socket_at_every_server(hall: Hall) -> None:
    organiser, amina, room = await hall.person("O", "organiser"), await hall.person("Amina"), await hall.room()
    scope = f"room/{room}"
    async with connected(hall.town.first, organiser.token) as chief:
        await chief.do("member.grant", person=amina.id, role="moderator", scope=scope)
        async with connected(hall.town.last, amina.token) as moderator:
            await moderator.follow(f"{scope}/moderators")
            await chief.do("member.revoke", person=amina.id, role="moderator", scope=scope)
            bye = await moderator.until(lambda frame: "bye" in frame, seconds=3)
    assert bye["bye"]["code"] == "changed"


async def test_asking_for_the_servers_own_stream_does_not_deafen_the_server(hall: Hall) -> None:
    organiser, amina, room = await hall.person("O", "organiser"), await hall.person("A", "moderator"), await hall.room()
    async with connected(hall.town.first, organiser.token) as chief, connected(hall.town.first, amina.token) as other:
        await other.follow(f"room/{room}/moderators")
        for name in ("authority", "authority#"):
            with pytest.raises(RefusedError, match=r"stream\.unknown"):
                await chief.follow(name)
        await chief.do("member.revoke", person=amina.id, role="moderator", scope="forum")
        await other.until(lambda frame: "bye" in frame, seconds=3)


async def test_a_ban_ends_reading_and_the_room_does_not_exist_any_more(hall: Hall) -> None:
    amina, bao, room = await hall.person("Amina", "moderator"), await hall.person("Bao"), await hall.room()
    async with connected(hall.town.first, amina.token) as moderator, connected(hall.town.last, bao.token) as banned:
        await banned.follow(f"room/{room}")
        await moderator.do("member.restrict", person=bao.id, room=room, kind="banned", why="Spam")
        await banned.until(lambda frame: "bye" in frame, seconds=3)
    async with connected(hall.town.first, bao.token) as banned:
        with pytest.raises(RefusedError, match=r"room\.unknown"):
            await banned.do("chat.post", room=room, text="Let me in")


async def test_one_person_with_three_tabs_is_one_person(hall: Hall) -> None:
    amina, bao, room = await hall.person("Amina"), await hall.person("Bao"), await hall.room()
    stream = f"room/{room}"
    async with contextlib.AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(connected(hall.town.first, amina.token)) for _ in range(3)]
        for tab in tabs:
            await tab.follow(stream)
        await tabs[0].event("presence.count", count=1)
        async with connected(hall.town.last, bao.token) as other:
            await other.follow(stream)
            await tabs[0].event("presence.count", count=2)
        before = len(tabs[0].frames)
        await tabs[0].until(lambda frame: frame in tabs[0].frames[before:], lambda f: _count(f) == 1)


def _count(frame: dict[str, Any]) -> int | None:
    count: int | None = frame.get("event", {}).get("count")
    return count


BAD_FRAMES: dict[str, tuple[str | bytes, str]] = {
    "binary": (b"\x00\x01", "frame.binary"),
    "not json": ("hello", "frame.not_json"),
    "an array": ("[]", "frame.not_json"),
    "a lone surrogate": ('{"do":"chat.post","ref":"a","with":{"room":1,"text":"\\ud800"}}', "frame.surrogate"),
    "NaN": ('{"ping":NaN}', "frame.number"),
    "infinity": ('{"ping":1e999}', "frame.number"),
    "a huge number": ('{"ping":' + "9" * 400 + "}", "frame.number"),
    "deep nesting": ('{"ping":' + "[" * 5000 + "]" * 5000 + "}", "frame.too_deep"),
    "a doubled key": ('{"ping":1,"ping":2}', "frame.doubled_key"),
    "an unknown field": ('{"ping":1,"pong":2}', "frame.field"),
    "an unknown frame": ('{"hello":1}', "frame.unreadable"),
    "an unknown command": ('{"do":"no.such","ref":"a","with":{}}', "command.unknown"),
    "a bad ref": ('{"do":"chat.post","ref":"ä b","with":{}}', "frame.ref"),
    "no ref": ('{"do":"chat.post","with":{}}', "frame.field"),
    "no streams": ('{"follow":[],"ref":"a"}', "stream.too_many"),
    "an oversize frame": ('{"ping":"' + "x" * 50_000 + '"}', "frame.too_large"),
}


@pytest.mark.parametrize("case", BAD_FRAMES)
async def test_a_bad_frame_is_refused_with_its_code_and_the_connection_lives(hall: Hall, case: str) -> None:
    frame, code = BAD_FRAMES[case]
    amina = await hall.person()
    async with connected(hall.town.first, amina.token) as client:
        await client.say(frame)
        refused = await client.until(lambda frame: "no" in frame)
        assert refused["error"]["code"] == code
        await client.say({"ping": 7})
        await client.until(lambda frame: frame.get("pong") == 7)


BAD_TEXTS = {
    "": "text.empty",
    " \n\t ": "text.empty",
    "\u200b\u200d": "text.empty",
    "evil \u202etxt.exe": "text.control",
    "a" + "\u0301" * 500: "text.marks",
    "x" * 2001: "text.too_long",
}


@pytest.mark.parametrize("text", BAD_TEXTS, ids=lambda text: ascii(text[:8]))
async def test_a_bad_text_is_refused_and_nothing_is_stored(hall: Hall, text: str) -> None:
    amina, room = await hall.person(), await hall.room()
    async with connected(hall.town.first, amina.token) as client:
        with pytest.raises(RefusedError) as refused:
            await client.do("chat.post", room=room, text=text)
        assert refused.value.code == BAD_TEXTS[text]
        assert await client.follow(f"room/{room}") == {f"room/{room}": {"seq": 0}}


async def test_a_connection_that_sends_only_rubbish_is_hung_up(hall: Hall) -> None:
    async with connected(hall.town.first) as client:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(60):
                await client.say("rubbish")
        bye = await client.until(lambda frame: "bye" in frame)
        assert bye["bye"]["code"] == "hostile"
        await client.socket.wait_closed()
        assert client.socket.close_code == 4502


ORIGINS = [
    "",
    "null",
    "http://evil.example",
    "{own}.evil.example",
    "http://evil{own_host}",
    "https{own_rest}",
    "http://127.0.0.1:1",
    "{own}/path",
]


@pytest.mark.parametrize("origin", ORIGINS)
async def test_a_socket_from_another_origin_is_not_accepted(hall: Hall, origin: str) -> None:
    own = hall.town.first
    value = origin.format(own=own, own_host=own.removeprefix("http://"), own_rest=own.removeprefix("http"))
    headers = {"Origin": value} if value else {}
    with pytest.raises(InvalidStatus) as refused:
        async with connected(own, additional_headers=headers):
            pass
    assert refused.value.response.status_code == 403
    async with connected(own):
        """The same socket from our own page is accepted: the refusal was the origin's."""


async def test_a_visitor_may_follow_the_forum_and_nothing_else(hall: Hall) -> None:
    room = await hall.room()
    async with connected(hall.town.first) as client:
        assert "forum" in await client.follow("forum")
        with pytest.raises(RefusedError, match=r"permission\.sign_in"):
            await client.follow(f"room/{room}")
        with pytest.raises(RefusedError, match=r"permission\.sign_in"):
            await client.do("chat.post", room=room, text="Hello")


async def test_too_many_commands_at_once_are_refused_with_the_time_to_wait(hall: Hall) -> None:
    amina, room = await hall.person(), await hall.room()
    async with connected(hall.town.first, amina.token) as client:
        with pytest.raises(RefusedError, match=r"rate\.limited") as refused:
            await posts(client, room, [f"Flood {number}" for number in range(30)])
    assert 0 < refused.value.error["retry_after_ms"] <= 1001


async def test_a_reader_who_does_not_read_is_dropped_as_slow_and_delays_nobody(hall: Hall) -> None:
    amina, bao, room = await hall.person("Amina"), await hall.person("Bao"), await hall.room()
    async with connected(hall.town.first, amina.token) as other, connected(hall.town.first, bao.token) as stopped:
        await stopped.follow(f"room/{room}")
        stopped.socket.transport.pause_reading()
        await other.follow(f"room/{room}")
        await other.do("chat.post", room=room, text="Still here")
        await other.event("chat.posted", text="Still here")
        stopped.socket.transport.abort()


async def posts(client: Client, room: int, texts: list[str]) -> None:
    for text in texts:
        await client.do("chat.post", room=room, text=text)


async def test_numbers_are_dense_when_many_post_at_once_at_all_servers(hall: Hall) -> None:
    room = await hall.room()
    stream = f"room/{room}"
    async with contextlib.AsyncExitStack() as stack:
        clients = []
        for number in range(6):
            guest = await hall.person(f"Guest {number}")
            address = hall.town.addresses[number % len(hall.town.addresses)]
            clients.append(await stack.enter_async_context(connected(address, guest.token)))
            await clients[-1].follow(stream)
        await asyncio.gather(*(posts(client, room, [f"{n}-{m}" for m in range(8)]) for n, client in enumerate(clients)))
        for client in clients:
            await client.until(lambda frame: frame.get("seq") == 48 and "event" in frame)
        seen = [[(f["seq"], f["event"]["id"]) for f in client.events(stream) if "seq" in f] for client in clients]
    assert [number for number, _ in seen[0]] == list(range(1, 49))
    assert all(each == seen[0] for each in seen)
