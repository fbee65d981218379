"""Seats in calls: how long they are kept, who moves with them, and what becomes of them when servers end."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from rooms.calls import rules, seating
from rooms.calls.actions import empty_room, move_people
from rooms.calls.rules import JOINING, RECOVERING, Engine
from rooms.calls.store import CallSeat
from rooms.errors import Refused
from rooms.members.store import Granted
from rooms.presence import actions as presence
from rooms.streams import everyone_in, media_of, seat_of
from rooms.work import Surroundings
from tests.rooms.call_play import HERE, OTHER_TABLE, TABLE, THERE, CallPlay, prepared, sent
from tests.rooms.cast import CAFE, TRAINING, VISITOR, id_of
from tests.rooms.play import Play
from tests.rooms.test_presence import stay


@pytest.fixture
async def calls(play: Play) -> CallPlay:
    """Give a play with calls."""
    return await prepared(play)


async def test_a_seat_waits_for_its_connection_for_a_while(calls: CallPlay) -> None:
    late, early = await calls.join("bao"), await calls.join("carlos")
    assert (await calls.hear(early, gen=1, state="connected")).types(everyone_in(TRAINING)) == ["call.roster"]
    calls.now += JOINING - timedelta(seconds=2)
    assert (await calls.act(seating.sweep)).told == ()
    calls.now += timedelta(seconds=2)
    answer = await calls.act(seating.sweep)
    assert sent(answer, seat_of(late)) == [{"type": "call.reset", "gen": 1, "why": "gone"}]
    assert [each["seat"] for each in (await calls.call() or {})["seats"]] == [early]
    calls.now += timedelta(days=0, hours=3)
    assert (await calls.act(seating.sweep)).told == ()


async def test_a_seat_is_kept_while_its_connection_recovers(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    await calls.act(presence.move, HERE, [stay("bao", "a", TRAINING)], [])
    await calls.hear(seat, gen=1, state="connected")
    await calls.hear(seat, gen=1, state="recovering")
    calls.now += RECOVERING - timedelta(seconds=1)
    await calls.hear(seat, gen=1, state="lost")
    await calls.act(seating.sweep)
    assert (await calls.shown(seat))["state"] == "recovering"
    calls.now += timedelta(seconds=1)
    await calls.act(seating.sweep)
    assert await calls.call() is None


async def test_who_is_lost_and_not_in_the_room_either_is_gone(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    await calls.hear(seat, gen=1, state="connected")
    await calls.hear(seat, gen=1, state="lost")
    assert await calls.call() is None


async def test_a_recovered_connection_keeps_its_seat(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    await calls.do("bao", "call.again", seat=seat)
    assert (await calls.hear(seat, gen=1, state="lost")).told == ()
    assert (await calls.hear(seat, gen=1, state="connected")).told == ()
    await calls.hear(seat, gen=2, state="connected")
    calls.now += RECOVERING
    await calls.act(seating.sweep)
    assert (await calls.shown(seat))["state"] == "connected"


async def test_only_the_media_process_that_has_a_call_is_believed(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    assert (await calls.hear(seat, media=THERE, gen=1, state="connected")).told == ()
    assert (await calls.shown(seat))["state"] == "joining"


async def test_how_well_somebody_is_reached_is_shown_and_told(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    answer = await calls.hear(seat, quality="weak")
    assert sent(answer, seat_of(seat)) == [{"type": "call.reached", "level": "weak"}]
    assert (await calls.shown(seat))["quality"] == "weak"
    assert (await calls.hear(seat, quality="weak")).told == ()


async def test_in_a_mesh_who_leaves_the_room_leaves_the_call(calls: CallPlay) -> None:
    await calls.do("ingrid", "call.engine", room=TRAINING, engine="mesh")
    tab = [stay("bao", "a", TRAINING)]
    await calls.act(presence.move, HERE, tab, [])
    await calls.join("bao")
    await calls.act(seating.sweep)
    calls.now += timedelta(hours=1)
    await calls.act(seating.sweep)
    await calls.act(presence.move, HERE, [], tab)
    await calls.act(seating.sweep)
    calls.now += RECOVERING - timedelta(seconds=1)
    await calls.act(presence.move, HERE, tab, [])
    await calls.act(seating.sweep)
    calls.now += RECOVERING
    await calls.act(seating.sweep)
    assert await calls.call()
    await calls.act(presence.move, HERE, [], tab)
    await calls.act(seating.sweep)
    calls.now += RECOVERING
    await calls.act(seating.sweep)
    assert await calls.call() is None


async def test_people_move_between_tables_with_their_seats(calls: CallPlay) -> None:
    bao, carlos = await calls.join("bao", TABLE, mic=True), await calls.join("carlos", TABLE)
    answer = await calls.act(move_people, {id_of("bao"): OTHER_TABLE, id_of("dmitri"): TABLE, id_of("carlos"): TABLE})
    assert sent(answer, seat_of(bao)) == [{"type": "call.moved", "room": OTHER_TABLE}]
    assert answer.on(seat_of(carlos)) == []
    assert [each["seat"] for each in (await calls.call(TABLE) or {})["seats"]] == [carlos]
    moved = await calls.shown(bao, OTHER_TABLE)
    assert (moved["mic"], moved["state"]) == (True, "joining")
    assert await calls.media(OTHER_TABLE) == HERE
    assert set(answer.types(media_of(HERE))) == {"media.hint"}


async def test_everybody_can_change_places_at_once(calls: CallPlay) -> None:
    bao, fatima = await calls.join("bao", TABLE), await calls.join("fatima", OTHER_TABLE)
    answer = await calls.act(move_people, {id_of("bao"): OTHER_TABLE, id_of("fatima"): TABLE})
    assert [await calls.shown(bao, OTHER_TABLE) != {}, await calls.shown(fatima, TABLE) != {}] == [True, True]
    assert [told.event for told in answer.told if told.stream.name.startswith("seat/") if "reset" in str(told)] == []


async def test_tables_of_one_cafe_are_with_one_media_process(calls: CallPlay) -> None:
    await calls.join("bao", TABLE)
    calls.around = Surroundings(media=THERE)
    await calls.join("fatima", OTHER_TABLE)
    await calls.join("dmitri")
    assert [await calls.media(room) for room in (TABLE, OTHER_TABLE, TRAINING)] == [HERE, HERE, THERE]


async def test_who_moves_to_another_media_process_connects_anew(calls: CallPlay) -> None:
    bao = await calls.join("bao")
    calls.around = Surroundings(media=THERE)
    await calls.join("dmitri", CAFE)
    answer = await calls.act(move_people, {id_of("bao"): CAFE})
    moved, reset = {"type": "call.moved", "room": CAFE}, {"type": "call.reset", "gen": 1, "why": "media"}
    assert sent(answer, seat_of(bao)) == [moved, reset]
    assert {told.stream.name for told in answer.told} >= {media_of(HERE).name, media_of(THERE).name}
    assert (await calls.shown(bao, CAFE))["state"] == "recovering"


async def test_who_moves_to_another_engine_joins_there(calls: CallPlay) -> None:
    await calls.do("amina", "call.engine", room=CAFE, engine="mesh")
    bao = await calls.join("bao")
    answer = await calls.act(move_people, {id_of("bao"): CAFE})
    moved, reset = {"type": "call.moved", "room": CAFE}, {"type": "call.reset", "gen": 1, "why": "engine"}
    assert sent(answer, seat_of(bao)) == [moved, reset]
    assert [await calls.call(room) for room in (TRAINING, CAFE)] == [None, None]


async def test_a_hard_mute_holds_in_its_room_whoever_comes_back(calls: CallPlay) -> None:
    bao = await calls.join("bao", TABLE, mic=True)
    await calls.do("amina", "call.mute", room=TABLE, seat=bao, hard=True)
    await calls.act(move_people, {id_of("bao"): OTHER_TABLE})
    assert "muted" not in await calls.shown(bao, OTHER_TABLE)
    await calls.act(move_people, {id_of("bao"): TABLE})
    assert (await calls.shown(bao, TABLE))["muted"]


async def test_an_ended_call_is_over_for_all(calls: CallPlay) -> None:
    seats = [await calls.join(who, TABLE) for who in ("bao", "carlos")]
    answer = await calls.act(empty_room, TABLE, "moved_out")
    for seat in seats:
        assert sent(answer, seat_of(seat)) == [{"type": "call.reset", "gen": 1, "why": "moved_out"}]
    assert await calls.call(TABLE) is None
    assert (await calls.act(empty_room, TABLE)).told == ()


async def test_who_may_not_join_any_more_loses_the_seat(calls: CallPlay) -> None:
    bao, carlos, dmitri = await calls.join("bao", TABLE), await calls.join("carlos", TABLE), await calls.join("dmitri")
    await calls.do("ingrid", "member.restrict", person=id_of("dmitri"), room=TRAINING, kind="silenced", why="Noise")
    async with calls.working(VISITOR) as work:
        for row in (await work.db.exec(select(Granted).where(Granted.person_id == id_of("bao")))).all():
            await work.db.delete(row)
    answer = await calls.act(seating.drop_without_right, [id_of(who) for who in ("bao", "carlos", "dmitri", "emilie")])
    assert sent(answer, seat_of(bao)) == [{"type": "call.reset", "gen": 1, "why": "moved_out"}]
    assert sent(answer, seat_of(dmitri)) == [{"type": "call.reset", "gen": 1, "why": "gone"}]
    assert [each["seat"] for each in (await calls.call(TABLE) or {})["seats"]] == [carlos]
    assert await calls.call() is None


async def test_the_calls_of_a_dead_server_are_taken_over(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    await calls.hear(seat, gen=1, state="connected")
    calls.around = Surroundings(media=THERE)
    assert (await calls.act(seating.sweep)).told == ()
    await calls.act(presence.leave, [HERE])
    answer = await calls.act(seating.sweep)
    assert sent(answer, seat_of(seat)) == [{"type": "call.reset", "gen": 1, "why": "media"}]
    assert answer.types(media_of(THERE)) == ["media.hint"]
    assert await calls.media() == THERE
    assert (await calls.act(seating.sweep)).told == ()
    calls.now += RECOVERING
    await calls.act(seating.sweep)
    assert await calls.call() is None


async def test_whoever_joins_a_call_of_a_dead_server_takes_it_over(calls: CallPlay) -> None:
    await calls.join("bao")
    calls.around = Surroundings(media=THERE)
    await calls.act(presence.leave, [HERE])
    await calls.join("carlos")
    assert await calls.media() == THERE


async def test_when_a_media_process_is_new_everybody_connects_anew(calls: CallPlay) -> None:
    seats = [await calls.join("bao"), await calls.join("carlos", CAFE)]
    answer = await calls.act(seating.reset, HERE)
    for seat in seats:
        assert sent(answer, seat_of(seat)) == [{"type": "call.reset", "gen": 1, "why": "media"}]
    assert (await calls.act(seating.reset, THERE)).told == ()


async def test_a_seats_stream_is_followed_by_its_owner_alone(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    state = {"seat": seat, "room": TRAINING, "gen": 1, "engine": "mixer"}
    assert await calls.state("bao", f"seat/{seat}") == state
    for who in ("carlos", "ingrid", VISITOR):
        with pytest.raises(Refused) as caught:
            await calls.open(who, f"seat/{seat}")
        assert caught.value.code == "stream.unknown"
    for name in ("12345678901", "A" * 11, "A" * 12):
        with pytest.raises(Refused):
            await calls.open("bao", f"seat/{name}")


async def test_of_two_devices_that_join_at_once_one_wins(calls: CallPlay) -> None:
    joins = [("bao", "call.join", {"room": room, "device": "d"}) for room in (TRAINING, CAFE, TRAINING, CAFE)]
    await calls.race(*joins)
    rows = await calls.ask_database(seats_of_bao)
    assert len(rows) == 1


async def seats_of_bao(db: Any) -> list[CallSeat]:
    return list((await db.exec(select(CallSeat).where(CallSeat.person_id == id_of("bao")))).all())


async def test_the_last_seat_is_taken_once(calls: CallPlay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules.ENGINES, "mixer", Engine(2, 4, mixed=True))
    people = ("bao", "carlos", "dmitri", "emilie", "fatima")
    found = await calls.race(*((who, "call.join", {"room": TRAINING, "device": "d"}) for who in people))
    assert sorted(isinstance(each, Refused) for each in found) == [False, False, True, True, True]
    assert len((await calls.call() or {})["seats"]) == 2
