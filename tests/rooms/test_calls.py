"""Calls: seats taken, signals passed on or refused, and mutes that hold."""

import pytest

from rooms.calls import rules
from rooms.calls.events import MediaSignal, MediaWatch
from rooms.calls.rules import Engine
from rooms.streams import everyone_in, media_of, seat_of
from rooms.work import Surroundings
from server.features import COMMANDS
from tests.rooms.call_play import HERE, OFFER, TABLE, CallPlay, prepared, sent
from tests.rooms.cast import CAFE, CEREMONY, TRAINING, VISITOR, id_of
from tests.rooms.play import Json, Play, wire

GONE: tuple[str, Json] = ("call.gone", {})


@pytest.fixture
async def calls(play: Play) -> CallPlay:
    """Give a play with calls."""
    return await prepared(play)


async def test_who_joins_gets_a_seat_and_everyone_sees_them(calls: CallPlay) -> None:
    answer = await calls.do("bao", "call.join", room=TRAINING, device="d1", mic=True)
    joined = wire(answer.result)
    seat = {"seat": joined["seat"], "person": id_of("bao"), "name": "Bao Li", "state": "joining", "mic": True}
    assert joined["roster"] == {"room": TRAINING, "engine": "mixer", "seats": [seat]}
    assert joined["limits"] == {"seats": 16, "cameras": 4}
    assert (joined["gen"], joined["engine"], joined["room"]) == (1, "mixer", TRAINING)
    assert await calls.call() == joined["roster"]
    assert sent(answer, everyone_in(TRAINING)) == [{"type": "call.roster", **joined["roster"]}]
    assert answer.types(media_of(HERE)) == ["media.hint"]
    assert await calls.media() == HERE


async def test_a_room_where_nobody_is_in_a_call_shows_none(calls: CallPlay) -> None:
    assert await calls.call() is None
    seat = await calls.join("bao")
    await calls.do("bao", "call.leave", seat=seat)
    assert await calls.call() is None
    assert await calls.media() == ""


async def test_the_newest_device_wins_and_the_older_is_told(calls: CallPlay) -> None:
    old = await calls.join("bao")
    answer = await calls.do("bao", "call.join", room=CAFE, device="d2")
    assert sent(answer, seat_of(old)) == [{"type": "call.reset", "gen": 1, "why": "elsewhere"}]
    assert await calls.call() is None
    assert await calls.refusal("bao", "call.state", seat=old, mic=True) == GONE
    assert [each["person"] for each in (await calls.call(CAFE) or {})["seats"]] == [id_of("bao")]


async def test_only_who_may_joins(calls: CallPlay) -> None:
    for who, room, code in (
        (VISITOR, TRAINING, "permission.sign_in"),
        ("dmitri", TABLE, "room.unknown"),
        ("fatima", TABLE, "room.unknown"),
        ("boris", CAFE, "room.unknown"),
        ("bao", CEREMONY, "room.feature_off"),
        ("bao", 999, "room.unknown"),
    ):
        assert (await calls.refusal(who, "call.join", room=room, device="d1"))[0] == code
    await calls.do("ingrid", "member.restrict", person=id_of("bao"), room=TRAINING, kind="silenced", why="Noise")
    assert (await calls.refusal("bao", "call.join", room=TRAINING, device="d1"))[0] == "permission.silenced"
    await calls.join("bao", TABLE)


async def test_a_full_call_takes_nobody_more(calls: CallPlay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules.ENGINES, "mixer", Engine(2, 4, mixed=True))
    for who in ("bao", "carlos"):
        await calls.join(who)
    assert await calls.refusal("dmitri", "call.join", room=TRAINING, device="d1") == ("call.full", {"limit": 2})
    await calls.join("bao")


async def test_only_so_many_cameras_are_on_at_once(calls: CallPlay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules.ENGINES, "mixer", Engine(16, 1, mixed=True))
    first, second = await calls.join("bao", camera=True), await calls.join("carlos", camera=True)
    assert [(await calls.shown(seat)).get("camera", False) for seat in (first, second)] == [True, False]
    for what in ("camera", "screen"):
        assert await calls.refusal("carlos", "call.state", seat=second, **{what: True}) == (
            "call.cameras_full",
            {"limit": 1},
        )
    await calls.do("bao", "call.state", seat=first, screen=True)
    await calls.do("bao", "call.state", seat=first, screen=False, camera=False)
    await calls.do("carlos", "call.state", seat=second, camera=True)


async def test_what_one_does_is_shown_and_doing_it_twice_tells_nothing(calls: CallPlay) -> None:
    seat = await calls.join("bao", listen=True, mic=True)
    assert "mic" not in await calls.shown(seat)
    answer = await calls.do("bao", "call.state", seat=seat, mic=True, hand=True, saver=True)
    assert answer.types(everyone_in(TRAINING)) == ["call.roster"]
    shown = await calls.shown(seat)
    assert (shown["mic"], shown["saver"], "listen" in shown) == (True, True, False)
    again = await calls.do("bao", "call.state", seat=seat, mic=True, hand=True)
    assert again.told == ()
    assert await calls.shown(seat) == shown
    await calls.do("bao", "call.state", seat=seat, hand=False)
    assert "hand_at" not in await calls.shown(seat)


async def test_a_seat_does_what_its_owner_says_and_nobody_else(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    for name in ("call.state", "call.again", "call.leave", "call.watch"):
        assert await calls.refusal("carlos", name, seat=seat) == GONE
    assert await calls.refusal("carlos", "call.caption", seat=seat, text="Not mine") == GONE
    assert await calls.refusal("carlos", "call.signal", seat=seat, gen=1, sdp=OFFER) == GONE
    assert await calls.shown(seat)


async def test_a_signal_for_the_mixer_goes_to_the_media_process_that_has_the_call(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    answer = await calls.do("bao", "call.signal", seat=seat, gen=1, sdp=OFFER, kind="offer")
    assert answer.on(media_of(HERE)) == [MediaSignal(seat=seat, gen=1, sdp=OFFER)]
    assert len(answer.told) == 1
    candidate = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
    answer = await calls.do("bao", "call.signal", seat=seat, gen=1, candidate=candidate)
    assert sent(answer, media_of(HERE))[0]["candidate"] == candidate


async def test_stale_and_foreign_signals_are_refused(calls: CallPlay) -> None:
    seat, other = await calls.join("bao"), await calls.join("carlos")
    assert (await calls.do("bao", "call.again", seat=seat)).result.gen == 2
    for gen in (0, 1, 3):
        assert await calls.refusal("bao", "call.signal", seat=seat, gen=gen, sdp=OFFER) == ("call.stale", {})
    assert await calls.refusal("bao", "call.signal", seat=seat, gen=2, sdp=OFFER, to=other) == GONE
    assert await calls.refusal("bao", "call.signal", seat="A" * 11, gen=2, sdp=OFFER) == GONE


@pytest.mark.parametrize("sdp", ["v=0" + "x" * rules.SDP_BYTES, "hello", "é" * (rules.SDP_BYTES // 2)])
async def test_what_is_no_description_is_refused(calls: CallPlay, sdp: str) -> None:
    seat = await calls.join("bao")
    assert await calls.refusal("bao", "call.signal", seat=seat, gen=1, sdp=sdp) == ("call.bad_sdp", {})


async def test_a_connection_names_only_so_many_addresses(calls: CallPlay) -> None:
    counted: dict[str, int] = {}

    def count(key: str) -> int:
        counted[key] = counted.get(key, 0) + 1
        return counted[key]

    calls.around = Surroundings(media=HERE, count=count)
    seat = await calls.join("bao")
    named = {"seat": seat, "candidate": {"candidate": "c"}}
    for _ in range(rules.CANDIDATES_LIMIT):
        await calls.do("bao", "call.signal", gen=1, **named)
    refusal = await calls.refusal("bao", "call.signal", gen=1, **named)
    assert refusal == ("call.candidates", {"limit": rules.CANDIDATES_LIMIT})
    await calls.do("bao", "call.again", seat=seat)
    await calls.do("bao", "call.signal", gen=2, **named)


async def test_in_a_mesh_signals_go_from_seat_to_seat_of_one_room(calls: CallPlay) -> None:
    for room in (TRAINING, CAFE):
        await calls.do("ingrid", "call.engine", room=room, engine="mesh")
    seat, peer = await calls.join("bao"), await calls.join("carlos")
    stranger = await calls.join("dmitri", CAFE)
    answer = await calls.do("bao", "call.signal", seat=seat, gen=1, to=peer, sdp=OFFER, kind="offer")
    assert [told.stream for told in answer.told] == [seat_of(peer)]
    told = {"type": "call.signal", "gen": 1, "sender": seat, "sdp": OFFER, "kind": "offer"}
    assert sent(answer, seat_of(peer)) == [told]
    for to in (stranger, seat, "", "A" * 11):
        assert await calls.refusal("bao", "call.signal", seat=seat, gen=1, to=to, sdp=OFFER) == GONE


async def test_signals_and_watching_are_not_stored(calls: CallPlay) -> None:
    assert {name for name, command in COMMANDS.items() if not command.stored} >= {"call.signal", "call.watch"}


async def test_one_watches_people_of_the_same_call(calls: CallPlay) -> None:
    seat, peer, stranger = await calls.join("bao"), await calls.join("carlos"), await calls.join("dmitri", CAFE)
    answer = await calls.do("bao", "call.watch", seat=seat, want=[stranger, peer])
    assert answer.on(media_of(HERE)) == [MediaWatch(seat=seat, want=(peer,))]


async def test_a_soft_mute_is_lifted_by_the_person_themselves(calls: CallPlay) -> None:
    seat = await calls.join("bao", mic=True)
    answer = await calls.do("ingrid", "call.mute", room=TRAINING, seat=seat, reason="Echo")
    told = {"type": "call.muted", "by": id_of("ingrid"), "name": "Ingrid Sørensen", "reason": "Echo"}
    assert sent(answer, seat_of(seat)) == [told]
    assert "mic" not in await calls.shown(seat)
    await calls.do("bao", "call.state", seat=seat, mic=True)


async def test_a_hard_mute_holds_until_a_moderator_lifts_it(calls: CallPlay) -> None:
    seat = await calls.join("bao", mic=True)
    await calls.do("ingrid", "call.mute", room=TRAINING, seat=seat, hard=True)
    await calls.do("ingrid", "call.mute", room=TRAINING, seat=seat)
    assert await calls.refusal("bao", "call.state", seat=seat, mic=True) == ("call.muted", {})
    assert (await calls.state("bao", f"seat/{seat}"))["hard"]
    await calls.do("bao", "call.leave", seat=seat)
    seat = await calls.join("bao", mic=True)
    assert (await calls.shown(seat)).get("mic", False) is False
    assert await calls.refusal("bao", "call.state", seat=seat, mic=True) == ("call.muted", {})
    await calls.do("ingrid", "call.allow", room=TRAINING, seat=seat)
    shown = await calls.shown(seat)
    assert ("mic" in shown, "muted" in shown) == (False, False)
    await calls.do("bao", "call.state", seat=seat, mic=True)


async def test_muting_never_turns_a_microphone_on(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    for hard in (False, True):
        await calls.do("ingrid", "call.mute", room=TRAINING, seat=seat, hard=hard)
        assert "mic" not in await calls.shown(seat)
    await calls.do("ingrid", "call.allow", room=TRAINING, seat=seat)
    assert "mic" not in await calls.shown(seat)


async def test_only_moderators_mute_and_only_in_their_room(calls: CallPlay) -> None:
    seat = await calls.join("bao", mic=True)
    for name in ("call.mute", "call.allow"):
        assert (await calls.refusal("carlos", name, room=TRAINING, seat=seat))[0] == "permission.hosts_only"
        assert await calls.refusal("amina", name, room=CAFE, seat=seat) == GONE
    assert (await calls.refusal("carlos", "call.engine", room=TRAINING, engine="mesh"))[0] == "permission.hosts_only"
    assert (await calls.shown(seat))["mic"]


async def test_another_engine_lets_everybody_join_again(calls: CallPlay) -> None:
    seats = [await calls.join(who) for who in ("bao", "carlos")]
    answer = await calls.do("ingrid", "call.engine", room=TRAINING, engine="mesh")
    for seat in seats:
        assert sent(answer, seat_of(seat)) == [{"type": "call.reset", "gen": 1, "why": "engine"}]
    assert answer.types(media_of(HERE)) == ["media.hint"]
    assert await calls.call() is None
    assert (await calls.do("bao", "call.join", room=TRAINING, device="d1")).result.engine == "mesh"
    assert (await calls.do("ingrid", "call.engine", room=TRAINING, engine="mesh")).told == ()


async def test_a_mesh_is_not_chosen_for_more_than_it_can_hold(calls: CallPlay) -> None:
    for who in ("bao", "carlos", "dmitri", "fatima", "emilie"):
        await calls.join(who)
    refusal = await calls.refusal("ingrid", "call.engine", room=TRAINING, engine="mesh")
    assert refusal == ("call.full", {"limit": 4})
    assert len((await calls.call() or {})["seats"]) == 5


async def test_captions_are_kept_in_the_rooms_journal(calls: CallPlay) -> None:
    seat = await calls.join("bao")
    await calls.do("bao", "call.caption", seat=seat, text=" 你好 ")
    last = calls.journal[f"room/{TRAINING}"][-1].event
    said = {"type": "call.captioned", "seat": seat, "person": id_of("bao"), "name": "Bao Li", "text": "你好"}
    assert {name: value for name, value in last.items() if name != "at"} == said
    refusal = await calls.refusal("bao", "call.caption", seat=seat, text="x" * (rules.CAPTION_LETTERS + 1))
    assert refusal[0] == "text.too_long"
