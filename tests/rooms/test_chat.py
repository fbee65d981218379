"""Chat: what may be said, changed, taken away, reacted to and read, and what the room is told of it."""

from datetime import timedelta
from typing import Any

import pytest

from rooms.chat.actions import messages
from rooms.chat.rules import EDITABLE, PAGE, REACTIONS, TEXT_LIMIT
from rooms.chat.store import ReadUpTo, unread
from rooms.chat.wire import MessagePosted, Older, Posted, Reactions
from rooms.streams import everyone_in, only
from tests.rooms.cast import CAFE, MINISTERS, QUIET, TRAINING, VISITOR, id_of
from tests.rooms.play import Json, Play

UNKNOWN: tuple[str, Json] = ("message.unknown", {})


async def say(play: Play, who: str, text: str = "Hello", room: int = CAFE, **more: Any) -> Posted:
    answer = await play.do(who, "chat.post", room=room, text=text, **more)
    assert isinstance(answer.result, Posted)
    return answer.result


async def texts(play: Play, who: str = "fatima", room: int = CAFE) -> list[str]:
    return [message.text for message in (await play.look(who, messages, Older(room=room))).messages]


async def test_a_message_is_told_to_the_room_and_to_nobody_else(play: Play) -> None:
    answer = await play.do("bao", "chat.post", room=CAFE, text="你好")
    assert [told.stream for told in answer.told] == [everyone_in(CAFE)]
    said = answer.told[0].event
    assert isinstance(said, MessagePosted)
    assert (said.text, said.by, said.name, said.number) == ("你好", id_of("bao"), "Bao Li", 1)
    assert await texts(play) == ["你好"]


async def test_numbers_are_dense_in_each_room(play: Play) -> None:
    numbers = [(await say(play, who, room=room)).number for who in ("bao", "carlos") for room in (CAFE, TRAINING)]
    assert numbers == [1, 1, 2, 2]


async def test_a_refused_message_takes_no_number(play: Play) -> None:
    assert (await play.refusal("bao", "chat.post", room=CAFE, text=" "))[0] == "text.empty"
    assert (await play.refusal("bao", "chat.post", room=CAFE, text="Re", reply_to="gone"))[0] == "message.unknown"
    assert (await say(play, "bao")).number == 1


async def test_a_text_may_be_as_long_as_the_limit_and_no_longer(play: Play) -> None:
    await say(play, "bao", "x" * TEXT_LIMIT)
    refusal = await play.refusal("bao", "chat.post", room=CAFE, text="x" * (TEXT_LIMIT + 1))
    assert refusal == ("text.too_long", {"length": TEXT_LIMIT + 1, "limit": TEXT_LIMIT})


async def test_a_reply_stays_in_its_room(play: Play) -> None:
    first = await say(play, "bao")
    await say(play, "carlos", "Indeed", reply_to=first.id)
    assert await play.refusal("carlos", "chat.post", room=TRAINING, text="No", reply_to=first.id) == UNKNOWN


async def test_a_reply_to_another_room_answers_like_an_unknown_message_whatever_holds_there(play: Play) -> None:
    there = await say(play, "bao")
    await play.do("amina", "member.restrict", person=id_of("carlos"), room=CAFE, kind="silenced", why="Noise")
    assert await play.refusal("carlos", "chat.post", room=TRAINING, text="No", reply_to=there.id) == UNKNOWN


async def test_an_author_may_edit_for_ten_minutes(play: Play) -> None:
    said = await say(play, "bao")
    play.now += EDITABLE - timedelta(seconds=1)
    answer = await play.do("bao", "chat.edit", message=said.id, text="Better")
    assert answer.types(everyone_in(CAFE)) == ["chat.edited"]
    assert await texts(play) == ["Better"]
    assert await play.refusal("bao", "chat.edit", message=said.id, text="Late") == ("message.too_late", {})


async def test_only_the_author_edits_and_deletes(play: Play) -> None:
    said = await say(play, "bao")
    for who in ("carlos", "amina"):
        assert (await play.refusal(who, "chat.edit", message=said.id, text="Mine"))[0] == "message.not_yours"
        assert (await play.refusal(who, "chat.delete", message=said.id))[0] == "message.not_yours"
    assert await texts(play) == ["Hello"]


async def test_the_words_of_a_deleted_message_are_kept_nowhere(play: Play) -> None:
    said = await say(play, "bao", "My number is 5")
    await play.do("bao", "chat.edit", message=said.id, text="My number is 6")
    answer = await play.do("bao", "chat.delete", message=said.id)
    assert answer.types(everyone_in(CAFE)) == ["chat.gone"]
    assert await texts(play) == []
    assert "My number" not in str(play.journal)
    for who in ("bao", "amina"):
        assert await play.refusal(who, "chat.delete", message=said.id) == UNKNOWN
    assert await play.refusal("amina", "chat.restore", message=said.id) == UNKNOWN


async def test_hiding_takes_the_words_back_and_restoring_puts_the_message_where_it_stood(play: Play) -> None:
    first, second = await say(play, "bao", "First"), await say(play, "bao", "Second")
    await play.do("carlos", "chat.react", message=first.id, reaction=REACTIONS[0], on=True)
    hidden = await play.do("amina", "chat.hide", message=first.id)
    assert await texts(play) == ["Second"]
    assert "First" not in str(play.journal)
    assert play.values[f"room/{CAFE}"] == {}
    assert hidden.types(only(id_of("bao"))) == ["chat.removed"]
    shown = await play.do("amina", "chat.restore", message=first.id)
    assert await texts(play) == ["First", "Second"]
    assert shown.types(everyone_in(CAFE)) == ["chat.posted", "chat.reactions"]
    assert second.number == first.number + 1


async def test_hiding_and_restoring_twice_is_doing_it_once(play: Play) -> None:
    said = await say(play, "bao")
    await play.do("amina", "chat.hide", message=said.id)
    assert (await play.do("amina", "chat.hide", message=said.id)).told == ()
    await play.do("amina", "chat.restore", message=said.id)
    assert (await play.do("amina", "chat.restore", message=said.id)).told == ()


@pytest.mark.parametrize("command", ["chat.hide", "chat.restore"])
async def test_only_moderators_hide_and_restore(play: Play, command: str) -> None:
    said = await say(play, "bao")
    assert await play.refusal("carlos", command, message=said.id) == ("permission.moderators_only", {})


async def test_a_reaction_is_set_and_not_toggled(play: Play) -> None:
    said = await say(play, "bao")
    room = everyone_in(CAFE)
    for on, count in ((True, 1), (True, 1), (False, 0), (False, 0)):
        await play.do("carlos", "chat.react", message=said.id, reaction="👍", on=on)
        page = await play.look("fatima", messages, Older(room=CAFE))
        assert page.reactions == ({said.id: {"👍": 1}} if count else {})
    answer = await play.do("fatima", "chat.react", message=said.id, reaction="❤️", on=True)
    assert answer.on(room) == [Reactions(reactions={said.id: {"❤️": 1}})]


async def test_only_offered_reactions_are_taken(play: Play) -> None:
    said = await say(play, "bao")
    refusal = await play.refusal("carlos", "chat.react", message=said.id, reaction="💩", on=True)
    assert refusal == ("message.reaction_unknown", {})


async def test_the_pointer_moves_forward_only_and_is_told_to_its_person(play: Play) -> None:
    said = [await say(play, "bao") for _ in range(3)]
    answer = await play.do("carlos", "chat.read_to", message=said[1].id)
    assert [told.stream for told in answer.told] == [only(id_of("carlos"))]
    assert (await play.do("carlos", "chat.read_to", message=said[0].id)).told == ()
    row = await play.ask_database(lambda db: db.get(ReadUpTo, (id_of("carlos"), CAFE)))
    assert row.number == 2


async def test_unread_counts_what_others_said_after_the_pointer_and_still_stands(play: Play) -> None:
    said = [await say(play, who) for who in ("bao", "carlos", "fatima", "bao")]
    await play.do("carlos", "chat.read_to", message=said[0].id)
    assert await play.ask_database(lambda db: unread(db, id_of("carlos"), CAFE)) == 2
    await play.do("amina", "chat.hide", message=said[2].id)
    assert await play.ask_database(lambda db: unread(db, id_of("carlos"), CAFE)) == 1


async def test_a_page_holds_the_newest_and_says_where_older_ones_begin(play: Play) -> None:
    for number in range(PAGE + 2):
        await say(play, "bao", str(number + 1))
    newest = await play.look("carlos", messages, Older(room=CAFE))
    assert [message.number for message in newest.messages] == list(range(3, PAGE + 3))
    oldest = await play.look("carlos", messages, Older(room=CAFE, before=newest.before))
    assert ([message.number for message in oldest.messages], oldest.before) == ([1, 2], None)


@pytest.mark.parametrize(
    ("who", "room", "code"),
    [
        ("bao", QUIET, "room.feature_off"),
        ("bao", 999, "room.unknown"),
        ("bao", MINISTERS, "room.unknown"),
        ("boris", CAFE, "room.unknown"),
        (VISITOR, CAFE, "permission.sign_in"),
    ],
)
async def test_nobody_speaks_where_they_may_not(play: Play, who: str, room: int, code: str) -> None:
    assert await play.refusal(who, "chat.post", room=room, text="Hello") == (code, {})
