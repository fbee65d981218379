"""Tables and seats while a café runs: late-comers and leavers, moves and swaps, help, hosts and who leads."""

from typing import Any

import pytest

from rooms.errors import Refused
from rooms.seats.wire import SeatsLeft
from rooms.streams import AUTHORITY, hosts_of
from rooms.tables.wire import HelpWanted
from tests.rooms.cafes import GUESTS, cafe, come, fire, go, open_round, plan, seats, tables, watch
from tests.rooms.cast import CAFE, id_of
from tests.rooms.play import Json, Play

CHOICE = {"mode": "choice"}


async def table_of(play: Play, who: str) -> int:
    """Give the table where somebody sits, or 0."""
    return next((int(table) for table, people in (await seats(play)).items() if id_of(who) in people), 0)


async def state_of(play: Play, table: int) -> Json:
    found: Json = (await play.state("ingrid", f"room/{table}"))["table"]
    return found


async def may_read(play: Play, who: str, table: int) -> bool:
    return not isinstance((await play.states(who, [f"room/{table}"]))[f"room/{table}"], Refused)


async def test_a_late_comer_sits_down_at_the_smaller_table(play: Play) -> None:
    found = await open_round(play, GUESTS[:4], tables=[{"name": "Blue", "most": 4}, {"name": "Green", "most": 3}])
    await come(play, ["fatima"])
    table = (await play.do("fatima", "seat.find", room=CAFE)).result.table
    assert len((await seats(play))[str(table)]) == 1 + len(found.get(str(table), []))
    assert await may_read(play, "fatima", table)
    again = (await play.do("fatima", "seat.find", room=CAFE)).result.table
    assert again == table


async def test_where_all_tables_are_full_a_late_comer_is_told(sqlite_play: Play) -> None:
    await open_round(sqlite_play, GUESTS[:4], tables=[{"name": "Blue", "most": 2}, {"name": "Green", "most": 2}])
    await come(sqlite_play, ["fatima"])
    assert (await sqlite_play.refusal("fatima", "seat.find", room=CAFE))[0] == "seat.all_full"


async def test_who_stands_up_loses_the_right_and_may_come_back_to_the_same_table(play: Play) -> None:
    await open_round(play)
    table = await table_of(play, "bao")
    answer = await play.do("bao", "seat.leave", room=CAFE)
    assert answer.on(AUTHORITY) == [SeatsLeft(left={str(table): (id_of("bao"),)})]
    assert not await may_read(play, "bao", table)
    assert (await play.do("bao", "seat.find", room=CAFE)).result.table == table
    assert await may_read(play, "bao", table)


async def test_a_seat_is_kept_for_a_minute_and_then_free(play: Play) -> None:
    await open_round(play)
    table = await table_of(play, "bao")
    await go(play, ["bao"])
    await watch(play)
    away = [person for person in (await state_of(play, table))["people"] if person.get("away")]
    assert [person["id"] for person in away] == [id_of("bao")]
    await watch(play, 59)
    assert await table_of(play, "bao") == table
    await watch(play, 2)
    assert await table_of(play, "bao") == 0


async def test_whoever_is_back_within_the_minute_sits_where_they_sat(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    table = await table_of(play, "bao")
    await go(play, ["bao"])
    await watch(play)
    await come(play, ["bao"], room=table)
    await watch(play, 90)
    assert await table_of(play, "bao") == table
    assert not any(person.get("away") for person in (await state_of(play, table))["people"])


async def test_when_a_host_is_away_for_half_a_minute_somebody_leads_until_they_return(play: Play) -> None:
    hosted = [{"name": "Blue", "most": 8, "host": id_of("bao")}]
    await open_round(play, tables=hosted)
    table = (await tables(play))[0]
    assert (await state_of(play, table))["leader"] == id_of("bao")
    await go(play, ["bao"])
    await watch(play)
    await watch(play, 29)
    assert (await state_of(play, table))["leader"] == id_of("bao")
    await watch(play, 2)
    leader = (await state_of(play, table))["leader"]
    assert leader in {id_of(who) for who in GUESTS[1:]}
    await come(play, ["bao"])
    await watch(play)
    assert (await state_of(play, table))["leader"] == id_of("bao")


async def test_a_table_without_a_host_is_led_by_whoever_has_sat_longest(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    table = await table_of(play, "bao")
    await watch(play)
    leader = (await state_of(play, table))["leader"]
    who = next(who for who in GUESTS if id_of(who) == leader)
    await play.do(who, "table.edit", table=table, name="Sea blue")
    other = next(each for each in await tables(play) if each != table)
    assert (await play.refusal(who, "table.edit", table=other, name="Red"))[0] in {
        "room.unknown",
        "permission.hosts_only",
    }


async def test_who_led_a_table_in_a_hosts_place_leads_it_no_more_from_elsewhere(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    await watch(play)
    one, other = await tables(play)
    led_by = (await state_of(play, one))["leader"]
    leader = next(who for who in GUESTS if id_of(who) == led_by)
    await play.do("amina", "seat.move", room=CAFE, person=id_of(leader), table=other)
    assert not await may_read(play, leader, one)
    assert (await play.refusal(leader, "table.edit", table=one, name="Mine"))[0] == "room.unknown"
    await watch(play)
    assert (await state_of(play, one))["leader"] != id_of(leader)


async def test_moving_and_swapping_carry_the_rights_along(play: Play) -> None:
    await open_round(play)
    one, other = await tables(play)
    await play.do("amina", "seat.move", room=CAFE, person=id_of("bao"), table=one)
    assert await table_of(play, "bao") == one
    assert (await may_read(play, "bao", one), await may_read(play, "bao", other)) == (True, False)
    await play.do("amina", "seat.move", room=CAFE, person=id_of("carlos"), table=other)
    await play.do("amina", "seat.swap", room=CAFE, person=id_of("bao"), other=id_of("carlos"))
    assert (await table_of(play, "bao"), await table_of(play, "carlos")) == (other, one)
    assert (await may_read(play, "bao", one), await may_read(play, "bao", other)) == (False, True)
    await play.do("amina", "seat.move", room=CAFE, person=id_of("bao"), table=0)
    assert not await may_read(play, "bao", other)
    assert (await play.refusal("amina", "seat.swap", room=CAFE, person=id_of("bao"), other=id_of("carlos")))[0] == (
        "seat.not_seated"
    )


async def test_nobody_is_seated_who_is_not_there(sqlite_play: Play) -> None:
    await open_round(sqlite_play, GUESTS[:4])
    table = (await tables(sqlite_play))[0]
    code, _ = await sqlite_play.refusal("amina", "seat.move", room=CAFE, person=id_of("fatima"), table=table)
    assert code == "seat.not_here"


async def test_a_closed_table_sends_its_people_where_they_fit(play: Play) -> None:
    await open_round(play, tables=[{"name": name, "most": 4} for name in ("Blue", "Green", "Red")])
    one, two, three = await tables(play)
    await play.do("amina", "table.close", table=one)
    found = await seats(play)
    assert str(one) not in found
    assert sorted(person for people in found.values() for person in people) == sorted(map(id_of, GUESTS))
    await play.do("amina", "table.merge", table=two, into=three)
    assert {int(table) for table in await seats(play)} <= {three}
    assert (await play.refusal("amina", "table.close", table=three))[0] == "table.last"
    await play.do("amina", "table.reopen", table=one)
    await play.do("amina", "seat.move", room=CAFE, person=id_of("bao"), table=one)
    assert await table_of(play, "bao") == one


async def test_a_split_moves_half_to_a_new_table(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play, tables=[{"name": "Blue", "most": 8}])
    table = (await tables(play))[0]
    new = (await play.do("amina", "table.split", table=table, name="Blue 2")).result.table
    assert sorted(map(len, (await seats(play)).values())) == [2, 3]
    assert new in await tables(play)


async def test_people_choose_their_tables_where_the_cafe_lets_them(play: Play) -> None:
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan(**CHOICE, tables=[{"name": n, "most": 2} for n in "AB"]))
    await come(play, GUESTS)
    one, other = await tables(play)
    await play.do("amina", "cafe.start", room=CAFE)
    for who in GUESTS[:2]:
        await play.do(who, "seat.take", table=one)
    assert (await play.refusal("dmitri", "seat.take", table=one))[0] == "seat.full"
    await play.do("bao", "seat.take", table=other)
    await play.do("dmitri", "seat.take", table=one)
    assert await seats(play) == {str(one): sorted(map(id_of, ("carlos", "dmitri"))), str(other): [id_of("bao")]}
    await fire(play, 61)
    await fire(play, 31)
    found = await seats(play)
    assert (await cafe(play))["phase"] == "opening"
    assert sum(map(len, found.values())) == 4
    assert await table_of(play, "bao") == other


async def test_seats_are_not_taken_where_they_are_assigned(sqlite_play: Play) -> None:
    await open_round(sqlite_play)
    table = (await tables(sqlite_play))[0]
    assert (await sqlite_play.refusal("bao", "seat.take", table=table))[0] == "seat.not_free"


async def test_people_propose_tables_and_the_most_wanted_are_held(sqlite_play: Play) -> None:
    play = sqlite_play
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan(mode="proposed", tables=[]))
    await come(play, GUESTS)
    await play.do("amina", "cafe.start", room=CAFE)
    one = (await play.do("bao", "table.propose", room=CAFE, name="Fibre")).result.table
    other = (await play.do("carlos", "table.propose", room=CAFE, name="Satellites", topic="Who pays?")).result.table
    for who in ("dmitri", "emilie", "emilie"):
        await play.do(who, "table.vote", table=other, on=True)
    assert (await play.state("bao", f"room/{CAFE}"))["table_votes"] == {str(one): 1, str(other): 3}
    assert (await play.state("dmitri", f"person/{id_of('dmitri')}"))["table_votes"] == [other]
    await play.do("dmitri", "table.vote", table=other, on=False)
    await play.do("bao", "table.propose", room=CAFE, name="Third")
    assert (await play.refusal("bao", "table.propose", room=CAFE, name="Fourth"))[0] == "table.proposed_enough"
    await fire(play, 61)
    listed = (await play.state("bao", f"room/{CAFE}"))["tables"]
    assert [table["name"] for table in listed if table.get("open", True)] == ["Satellites"]
    assert (await play.refusal("bao", "table.vote", table=other, on=True))[0] == "cafe.phase"


async def test_help_is_asked_for_claimed_and_given(play: Play) -> None:
    await open_round(play)
    table = await table_of(play, "bao")
    await play.do("bao", "table.help", table=table, reason="Two people quarrel")
    wanted = (await play.state("amina", f"room/{CAFE}/hosts"))["helps"]
    assert [(each["table"], each["reason"], each["by_name"]) for each in wanted] == [
        (table, "Two people quarrel", "Bao Li")
    ]
    await play.do("amina", "table.claim", table=table)
    assert (await state_of(play, table))["help"]["name"] == "Amina Okafor"
    await play.do("amina", "table.helped", table=table)
    assert "help" not in await state_of(play, table)
    assert "helps" not in await play.state("amina", f"room/{CAFE}/hosts")
    assert (await play.refusal("amina", "table.claim", table=table))[0] == "table.no_help"


async def test_nobody_calls_for_help_at_a_table_where_they_do_not_sit(sqlite_play: Play) -> None:
    await open_round(sqlite_play)
    own = await table_of(sqlite_play, "bao")
    other = next(table for table in await tables(sqlite_play) if table != own)
    assert (await sqlite_play.refusal("bao", "table.help", table=other))[0] == "room.unknown"
    assert (await sqlite_play.refusal("bao", "table.help", table=99))[0] == "table.unknown"


async def test_a_host_who_visits_is_seen_and_gone_with_the_connection(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    one, other = await tables(play)
    await come(play, ["amina"], room=one)
    await play.do("amina", "table.visit", table=one, here=True)
    assert (await state_of(play, one))["visitors"] == ["Amina Okafor"]
    assert (await play.refusal("bao", "table.visit", table=one, here=True))[0] in {
        "permission.hosts_only",
        "room.unknown",
    }
    await go(play, ["amina"], room=one)
    await watch(play)
    assert "visitors" not in await state_of(play, one)
    await play.do("amina", "table.visit", table=other, here=True)
    await play.do("amina", "table.visit", table=other, here=False)
    assert "visitors" not in await state_of(play, other)


async def test_who_said_they_leave_gives_the_seat_back(sqlite_play: Play) -> None:
    await open_round(sqlite_play)
    await sqlite_play.do("bao", "cafe.answer", room=CAFE, answer="leaving")
    assert await table_of(sqlite_play, "bao") == 0


async def test_a_table_that_was_used_is_closed_and_one_that_was_not_disappears(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    await play.do("amina", "cafe.recall", room=CAFE, seconds=0)
    await fire(play, 1)
    await play.do("amina", "cafe.next", room=CAFE)
    await play.do("amina", "cafe.reset", room=CAFE)
    unused = (await play.do("amina", "table.add", room=CAFE, name="Red")).result.table
    used = (await tables(play))[0]
    await play.do("amina", "table.remove", table=unused)
    await play.do("amina", "table.remove", table=used)
    left = {table["id"]: table.get("open", True) for table in (await play.state("bao", f"room/{CAFE}"))["tables"]}
    assert (used in left, left.get(used), unused in left) == (True, False, False)


@pytest.mark.parametrize(
    ("name", "sent", "code"),
    [
        ("table.merge", {"table": 0, "into": 0}, "table.same"),
        ("table.merge", {"table": 0, "into": 99}, "table.unknown"),
        ("table.edit", {"table": 0, "most": 99}, "cafe.sizes"),
        ("table.edit", {"table": 0, "name": "  "}, "text.empty"),
        ("table.add", {"room": CAFE, "name": "x" * 81}, "text.too_long"),
        ("cafe.stretch", {"room": CAFE, "seconds": 60, "table": 99}, "table.unknown"),
        ("cafe.stretch", {"room": CAFE, "seconds": 999_999}, "cafe.length"),
        ("seat.move", {"room": CAFE, "person": 1, "table": 99}, "table.unknown"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_code(sqlite_play: Play, name: str, sent: Any, code: str) -> None:
    await open_round(sqlite_play)
    first = (await tables(sqlite_play))[0]
    filled = {key: first if value == 0 else value for key, value in sent.items()}
    before = await sqlite_play.state("ingrid", f"room/{CAFE}")
    assert (await sqlite_play.refusal("amina", name, **filled))[0] == code
    assert await sqlite_play.state("ingrid", f"room/{CAFE}") == before


async def test_a_table_taken_off_the_plan_calls_for_help_no_more(sqlite_play: Play) -> None:
    play = sqlite_play
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    await play.do("amina", "table.help", table=(await tables(play))[0], reason="Where is everybody?")
    answer = await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    assert HelpWanted(helps=()) in answer.on(hosts_of(CAFE))
    assert "helps" not in await play.state("amina", f"room/{CAFE}/hosts")
