"""The café: a plan, a clock that the server runs, and what happens when each phase begins."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.cafe import clock, rules, wire
from rooms.cafe.actions import met as people_met
from rooms.cafe.planning import plan as whole_plan
from rooms.cafe.planning import sources
from rooms.cafe.proofs import Met
from rooms.cafe.proofs import Proof as ShownProof
from rooms.cafe.rotation import Proof
from rooms.calls.store import Call
from rooms.errors import Refused
from rooms.streams import everyone_in, hosts_of
from tests.rooms.cafes import GUESTS, QUESTION, cafe, come, fire, go, open_round, plan, propose, seats, tables
from tests.rooms.cast import CAFE, MINISTERS, TRAINING, VISITOR, id_of
from tests.rooms.play import Json, Play

ROOM = everyone_in(CAFE)


async def test_the_first_plan_makes_a_room_a_cafe(play: Play) -> None:
    assert "cafe" not in await play.state("bao", f"room/{CAFE}")
    answer = await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    assert answer.types(ROOM) == ["table.listed", "table.listed", "cafe.planned"]
    state = await play.state("bao", f"room/{CAFE}")
    assert state["cafe"]["phase"] == "draft"
    assert [table["name"] for table in state["tables"]] == ["Blue", "Green"]
    assert "cafe" in state["features"]


async def test_a_plan_comes_back_as_it_was_saved(sqlite_play: Play) -> None:
    play = sqlite_play
    whole = plan(preset="wsis", park_silent=True, break_seconds=10)
    await play.do("amina", "cafe.plan", room=CAFE, plan=whole)
    again = (await play.look("amina", whole_plan, wire.InRoom(room=CAFE))).plan
    assert (again.preset, again.park_silent, again.break_seconds, len(again.tables)) == ("wsis", True, 10, 2)
    await play.do("ingrid", "cafe.copy", room=TRAINING, source=CAFE)
    state = await play.state("ingrid", f"room/{TRAINING}")
    assert [table["name"] for table in state["tables"]] == ["Blue", "Green"]
    assert state["cafe"]["rounds"][0] == {"question": QUESTION, "minutes": 5}


ROUND: Json = {"question": {"en": "Why?"}}
BLUE: Json = {"name": "Blue"}


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"rounds": [ROUND, ROUND, {**ROUND, "minutes": 0}]}, "cafe.length", "rounds[2].minutes"),
        ({"rounds": [{**ROUND, "minutes": 181}]}, "cafe.length", "rounds[0].minutes"),
        ({"rounds": [ROUND, {"question": {"tlh": "nuqneH"}}]}, "cafe.language", "rounds[1].question"),
        ({"rounds": [{"question": {"en": "Q", "fr": "x" * 501}}]}, "text.too_long", "rounds[0].question.fr"),
        ({"rounds": [ROUND] * 13}, "cafe.rounds", "rounds"),
        ({"closing_seconds": 901}, "cafe.length", "closing_seconds"),
        ({"tables": [BLUE, {**BLUE, "most": 1}]}, "cafe.sizes", "tables[1].most"),
        ({"tables": [{**BLUE, "most": 17}]}, "cafe.sizes", "tables[0].most"),
        ({"tables": [{**BLUE, "least": 5, "most": 4}]}, "cafe.sizes", "tables[0].most"),
        ({"tables": [{"name": " "}]}, "text.empty", "tables[0].name"),
        ({"tables": [{**BLUE, "topic": "x" * 301}]}, "text.too_long", "tables[0].topic"),
        ({"tables": [{**BLUE, "language": "de"}]}, "cafe.language", "tables[0].language"),
        ({"tables": [BLUE, BLUE, {**BLUE, "host": 99}]}, "person.unknown", "tables[2].host"),
        ({"tables": [BLUE] * 251}, "cafe.tables", "tables"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused_with_its_place_and_changes_nothing(
    sqlite_play: Play, change: Json, code: str, path: str
) -> None:
    found, values = await sqlite_play.refusal("amina", "cafe.plan", room=CAFE, plan=plan(**change))
    assert (found, values["path"]) == (code, f"plan.{path}")
    assert "cafe" not in await sqlite_play.state("bao", f"room/{CAFE}")


async def test_a_plan_that_is_refused_leaves_the_one_before_as_it_was(sqlite_play: Play) -> None:
    play = sqlite_play
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    before = await play.state("amina", f"room/{CAFE}")
    worse = plan(rounds=[ROUND], tables=[{"name": "Red"}, {"name": "Pink", "host": 99}])
    assert (await play.refusal("amina", "cafe.plan", room=CAFE, plan=worse))[0] == "person.unknown"
    assert await play.state("amina", f"room/{CAFE}") == before


async def test_hosts_are_offered_the_plans_of_the_cafes_that_they_may_run(sqlite_play: Play) -> None:
    play = sqlite_play

    async def offered(who: str, room: int) -> list[int]:
        return [each.room for each in (await play.look(who, sources, wire.InRoom(room=room))).cafes]

    await play.do("ingrid", "cafe.plan", room=CAFE, plan=plan())
    await play.do("ingrid", "cafe.plan", room=TRAINING, plan=plan())
    await play.do("ingrid", "cafe.plan", room=MINISTERS, plan=plan())
    assert sorted(await offered("ingrid", CAFE)) == [TRAINING, MINISTERS]
    assert await offered("amina", CAFE) == []
    await play.do("ingrid", "member.grant", person=id_of("amina"), role="host", scope=f"room/{TRAINING}")
    assert await offered("amina", CAFE) == [TRAINING]
    for who, room in (("amina", MINISTERS), ("bao", CAFE), (VISITOR, CAFE)):
        with pytest.raises(Refused):
            await offered(who, room)


async def test_everyone_sees_what_the_rounds_did_and_hosts_before_what_a_seating_does(sqlite_play: Play) -> None:
    play = sqlite_play
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    await come(play, GUESTS)
    await play.do("amina", "cafe.start", room=CAFE)
    await fire(play, 61)
    await propose(play)
    proposed = (await play.state("amina", f"room/{CAFE}/hosts"))["proof"]
    assert (proposed["people"], proposed["repeats"]) == (5, 0)
    assert "proof" not in await cafe(play)
    await play.do("amina", "cafe.next", room=CAFE)
    assert (await cafe(play))["proof"] == proposed
    await play.do("amina", "cafe.recall", room=CAFE)
    await play.do("amina", "cafe.next", room=CAFE)
    assert (await cafe(play))["proof"] == proposed
    await play.do("amina", "cafe.next", room=CAFE)
    await play.do("amina", "cafe.start", room=CAFE)
    assert "proof" not in await cafe(play)


async def test_the_proof_counts_all_rounds_of_this_run_and_who_had_met_before_it(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play, ("bao", "carlos", "dmitri", "emilie"), tables=[{"name": "Blue", "most": 4}])
    assert (await cafe(play))["proof"] == {**ONE_TABLE, "repeats": 0, "met_min": 3, "met_mean": 3.0, "met_max": 3}
    await again(play)
    proof = {**ONE_TABLE, "rounds": 2, "language_misfits": 8, "repeats": 6, "met_min": 3, "met_mean": 3.0, "met_max": 3}
    assert (await cafe(play))["proof"] == proof
    for _ in ("opening", "open", "closing", "closed", "plenary"):
        await play.do("amina", "cafe.next", room=CAFE)
    await play.do("amina", "cafe.start", room=CAFE)
    await fire(play, 61)
    await propose(play)
    await play.do("amina", "cafe.next", room=CAFE)
    assert (await cafe(play))["proof"] == {**ONE_TABLE, "repeats": 6, "met_min": 0, "met_mean": 0.0, "met_max": 0}


ONE_TABLE = {
    "people": 4,
    "groups_per_table": 3.0,
    "groups": 3,
    "smallest": 4,
    "largest": 4,
    "language_misfits": 4,
}


async def again(play: Play) -> None:
    """End the round, and seat everybody for the next one."""
    for _ in ("open", "closing", "closed"):
        await play.do("amina", "cafe.next", room=CAFE)
    await propose(play)
    await play.do("amina", "cafe.next", room=CAFE)


@pytest.mark.parametrize("who", ["bao", "carlos", "boris", VISITOR])
async def test_only_those_who_run_a_cafe_may_run_it(sqlite_play: Play, who: str) -> None:
    await sqlite_play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    table = (await tables(sqlite_play))[0]
    calls: dict[str, Json] = {
        "cafe.plan": {"room": CAFE, "plan": plan()},
        "cafe.start": {"room": CAFE},
        "cafe.next": {"room": CAFE},
        "cafe.pause": {"room": CAFE},
        "cafe.stretch": {"room": CAFE, "seconds": 60},
        "cafe.recall": {"room": CAFE},
        "table.add": {"room": CAFE, "name": "Red"},
        "table.close": {"table": table},
        "seat.move": {"room": CAFE, "person": id_of("bao"), "table": table},
    }
    for name, sent in calls.items():
        code, _ = await sqlite_play.refusal(who, name, **sent)
        assert code in {"permission.hosts_only", "permission.sign_in", "room.unknown"}


async def test_a_cafe_without_rounds_or_tables_does_not_begin(sqlite_play: Play) -> None:
    play = sqlite_play
    assert (await play.refusal("amina", "cafe.start", room=CAFE))[0] == "cafe.unknown"
    await play.do("amina", "cafe.plan", room=CAFE, plan={})
    assert (await play.refusal("amina", "cafe.start", room=CAFE))[0] == "cafe.no_rounds"
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan(tables=[]))
    assert (await play.refusal("amina", "cafe.start", room=CAFE))[0] == "cafe.no_tables"


async def test_the_server_runs_a_cafe_from_the_ready_check_to_the_plenary(play: Play) -> None:
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    await come(play, GUESTS)
    await play.do("amina", "cafe.start", room=CAFE)
    phases = [(await cafe(play))["phase"]]
    for seconds in (60, 30, 20, 240, 60, 30, 30, 20, 240, 60, 30):
        await fire(play, seconds)
        found = await cafe(play)
        phases.append(found["phase"])
        if found["phase"] == "seating" and not found.get("ends_at"):
            await propose(play)
    half = ["seating", "opening", "open", "closing", "closed"]
    assert phases == ["ready", *half, *half, "plenary"]
    assert await seats(play) == {}
    await play.do("amina", "cafe.next", room=CAFE)
    await play.do("amina", "cafe.reset", room=CAFE)
    assert (await cafe(play))["phase"] == "draft"


async def test_a_deadline_is_fired_once_however_many_look(play: Play) -> None:
    await open_round(play)
    play.now += timedelta(seconds=400)
    first = await fire(play)
    again = await fire(play)
    assert [type(told.event).__name__ for told in first.told] == ["CafePhase"]
    assert again.told == []
    assert (await cafe(play))["phase"] == "closing"


async def test_everybody_is_seated_with_rights_at_their_table_alone(play: Play) -> None:
    found = await open_round(play)
    assert sorted(person for people in found.values() for person in people) == sorted(map(id_of, GUESTS))
    assert sorted(map(len, found.values())) == [2, 3]
    for table, people in found.items():
        for who in GUESTS:
            state = (await play.states(who, [f"room/{table}"]))[f"room/{table}"]
            assert isinstance(state, dict) == (id_of(who) in people)


async def test_the_hosts_run_the_cafe_and_are_not_seated(sqlite_play: Play) -> None:
    await come(sqlite_play, ("amina", "ingrid"))
    found = await open_round(sqlite_play)
    seated = {person for people in found.values() for person in people}
    assert seated == set(map(id_of, GUESTS))


async def test_silence_parks_where_the_plan_says_so(sqlite_play: Play) -> None:
    play = sqlite_play
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan(park_silent=True))
    await come(play, GUESTS)
    await play.do("amina", "cafe.start", room=CAFE)
    for who, answer in {"bao": "in", "carlos": "listening", "dmitri": "leaving", "emilie": "in"}.items():
        await play.do(who, "cafe.answer", room=CAFE, answer=answer)
    assert (await cafe(play))["answers"] == {"in": 2, "leaving": 1, "listening": 1}
    await fire(play, 61)
    await propose(play)
    await fire(play, 31)
    found = await seats(play)
    assert {person for people in found.values() for person in people} == {
        id_of("bao"),
        id_of("carlos"),
        id_of("emilie"),
    }
    table = await play.state("ingrid", f"room/{next(t for t, p in found.items() if id_of('carlos') in p)}")
    assert [
        person.get("listening", False) for person in table["table"]["people"] if person["id"] == id_of("carlos")
    ] == [True]


async def test_a_last_answer_counts_on_all_devices(sqlite_play: Play) -> None:
    play = sqlite_play
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    assert (await play.refusal("bao", "cafe.answer", room=CAFE, answer="in"))[0] == "cafe.phase"
    await play.do("amina", "cafe.start", room=CAFE)
    await play.do("bao", "cafe.answer", room=CAFE, answer="in")
    await play.do("bao", "cafe.answer", room=CAFE, answer="leaving")
    assert (await play.state("bao", f"person/{id_of('bao')}"))["answers"] == {str(CAFE): "leaving"}
    hosts = await play.state("amina", f"room/{CAFE}/hosts")
    assert hosts["answers"] == {str(id_of("bao")): "leaving"}


async def test_only_hosts_see_a_proposal(play: Play) -> None:
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    await come(play, GUESTS)
    await play.do("amina", "cafe.start", room=CAFE)
    await fire(play, 61)
    assert (await play.refusal("amina", "cafe.next", room=CAFE))[0] == "cafe.phase"
    await propose(play)
    hosts = await play.state("amina", f"room/{CAFE}/hosts")
    assert sorted(map(len, hosts["seats"].values())) == [2, 3]
    assert hosts["proof"]["people"] == 5
    assert await seats(play) == {}
    refused = (await play.states("bao", [f"room/{CAFE}/hosts"]))[f"room/{CAFE}/hosts"]
    assert isinstance(refused, Refused)
    assert refused.code == "stream.unknown"


async def test_a_proposal_can_be_changed_by_hand_or_asked_for_anew(sqlite_play: Play) -> None:
    play = sqlite_play
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    await come(play, GUESTS)
    await play.do("amina", "cafe.start", room=CAFE)
    await fire(play, 61)
    await propose(play)
    one, other = await tables(play)
    await play.do("amina", "seat.move", room=CAFE, person=id_of("bao"), table=one)
    await play.do("amina", "seat.move", room=CAFE, person=id_of("carlos"), table=other)
    await play.do("amina", "seat.swap", room=CAFE, person=id_of("bao"), other=id_of("carlos"))
    proposed = (await play.state("amina", f"room/{CAFE}/hosts"))["seats"]
    assert id_of("bao") in proposed[str(other)]
    assert id_of("carlos") in proposed[str(one)]
    await play.do("amina", "seat.move", room=CAFE, person=id_of("bao"), table=0)
    await play.do("amina", "cafe.shuffle", room=CAFE)
    hosts = await play.state("amina", f"room/{CAFE}/hosts")
    assert "seats" not in hosts
    await propose(play)
    assert sum(map(len, (await play.state("amina", f"room/{CAFE}/hosts"))["seats"].values())) == 5


async def test_a_proposal_computed_for_an_earlier_turn_is_dropped(sqlite_play: Play) -> None:
    play = sqlite_play
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    await come(play, GUESTS)
    await play.do("amina", "cafe.start", room=CAFE)
    await fire(play, 61)
    async with play.working(VISITOR) as work:
        task = await clock.claim(work, CAFE)
        assert await clock.claim(work, CAFE) is None
    assert task
    await play.do("amina", "cafe.shuffle", room=CAFE)
    async with play.working(VISITOR) as work:
        await clock.propose(work, task, {}, Proof(**dict.fromkeys(ShownProof.__struct_fields__, 0)))
    assert work.told == []


async def test_the_clock_pauses_and_goes_on_where_it_stopped(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    before = datetime.fromisoformat((await cafe(play))["ends_at"]) - play.now
    await play.do("amina", "cafe.pause", room=CAFE)
    assert "ends_at" not in await cafe(play)
    await fire(play, 3600)
    await play.do("amina", "cafe.resume", room=CAFE)
    after = datetime.fromisoformat((await cafe(play))["ends_at"]) - play.now
    assert before - after == timedelta(seconds=1)
    assert (await play.refusal("amina", "cafe.resume", room=CAFE))[0] == "cafe.not_paused"


async def test_time_is_given_and_taken_but_never_cut_to_nothing(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    before = datetime.fromisoformat((await cafe(play))["ends_at"])
    await play.do("amina", "cafe.stretch", room=CAFE, seconds=120)
    assert datetime.fromisoformat((await cafe(play))["ends_at"]) - before == timedelta(seconds=120)
    await play.do("amina", "cafe.stretch", room=CAFE, seconds=-3600)
    assert datetime.fromisoformat((await cafe(play))["ends_at"]) - play.now == timedelta(seconds=5)


async def test_time_given_while_a_round_closes_opens_it_again(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    await fire(play, 241)
    assert (await cafe(play))["phase"] == "closing"
    await play.do("amina", "cafe.stretch", room=CAFE, seconds=300)
    assert (await cafe(play))["phase"] == "open"
    await fire(play, 301)
    assert (await cafe(play))["phase"] == "closing"


async def test_one_table_may_talk_on_while_the_others_wait(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    table = (await tables(play))[0]
    await play.do("amina", "cafe.stretch", room=CAFE, seconds=120, table=table)
    assert (await play.state("bao", f"room/{CAFE}"))["tables"][0]["extra_ms"] == 120_000
    await fire(play, 241)
    await fire(play, 61)
    found = await cafe(play)
    assert found["phase"] == "closed"
    assert datetime.fromisoformat(found["ends_at"]) - play.now == timedelta(seconds=120)


async def test_a_recall_ends_in_the_plenary_after_a_countdown(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    await play.do("amina", "cafe.recall", room=CAFE, seconds=30)
    found = await cafe(play)
    assert (found["phase"], found["recalled"]) == ("closing", True)
    await fire(play, 31)
    assert (await cafe(play))["phase"] == "plenary"
    assert await seats(play) == {}


async def test_what_has_run_cannot_be_planned_otherwise(sqlite_play: Play) -> None:
    play = sqlite_play
    await open_round(play)
    running = plan()
    del running["tables"]
    running["rounds"][1]["minutes"] = 10
    await play.do("amina", "cafe.plan", room=CAFE, plan=running)
    assert (await cafe(play))["rounds"][1]["minutes"] == 10
    running["rounds"][0]["minutes"] = 1
    assert (await play.refusal("amina", "cafe.plan", room=CAFE, plan=running))[0] == "cafe.running"
    assert (await play.refusal("amina", "cafe.plan", room=CAFE, plan=plan()))[0] == "cafe.running"


async def test_nobody_meets_twice_where_it_can_be_avoided(sqlite_play: Play) -> None:
    play = sqlite_play
    guests = ("bao", "carlos", "dmitri", "fatima")
    await open_round(play, guests, rounds=[{"question": QUESTION, "minutes": 1}] * 3)
    met = [await seats(play)]
    for _ in range(2):
        await play.do("amina", "cafe.next", room=CAFE)
        await play.do("amina", "cafe.next", room=CAFE)
        await play.do("amina", "cafe.next", room=CAFE)
        await propose(play)
        await play.do("amina", "cafe.next", room=CAFE)
        await play.do("amina", "cafe.next", room=CAFE)
        met.append(await seats(play))
    pairs = [tuple(people) for each in met for people in each.values()]
    assert len(set(pairs)) == len(pairs) == 6
    assert await play.look("bao", people_met, wire.InRoom(room=CAFE)) == Met(rounds=(1, 1, 1), people=3)


async def test_who_leaves_before_the_round_opens_is_not_seated_and_who_came_is(sqlite_play: Play) -> None:
    play = sqlite_play
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    await come(play, GUESTS[:4])
    await play.do("amina", "cafe.start", room=CAFE)
    await fire(play, 61)
    await propose(play)
    await go(play, ["bao"])
    await come(play, ["fatima"])
    await fire(play, 31)
    seated = {person for people in (await seats(play)).values() for person in people}
    assert seated == {id_of(who) for who in ("carlos", "dmitri", "emilie", "fatima")}


async def test_where_many_come_late_the_seats_are_proposed_once_more(sqlite_play: Play) -> None:
    play = sqlite_play
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan())
    await come(play, ["bao"])
    await play.do("amina", "cafe.start", room=CAFE)
    await fire(play, 61)
    await propose(play)
    await come(play, GUESTS[1:])
    await fire(play, 31)
    assert (await cafe(play))["phase"] == "seating"
    await propose(play)
    await fire(play, 31)
    assert (await cafe(play))["phase"] == "opening"
    assert sorted(map(len, (await seats(play)).values())) == [2, 3]


async def test_hosts_hear_nothing_of_cafes_that_are_not_theirs(sqlite_play: Play) -> None:
    found = await sqlite_play.states("amina", [f"room/{MINISTERS}/hosts", f"room/{TRAINING}/hosts"])
    assert {getattr(state, "code", None) for state in found.values()} == {"stream.unknown"}


def test_every_phase_leads_on_to_the_end() -> None:
    planned = wire.Plan(rounds=(wire.RoundPlan(question={}), wire.RoundPlan(question={})))
    step: rules.Step | None = rules.first(planned)
    seen = []
    while step:
        seen.append((step.phase, step.round))
        step = rules.following(planned, step.phase, step.round)
    assert seen[-1] == ("over", 1)
    assert len(seen) == len(set(seen)) == 13


def test_the_stream_of_hosts_is_theirs_alone() -> None:
    assert hosts_of(CAFE).name == f"room/{CAFE}/hosts"


async def test_calls_of_private_tables_are_kept_from_the_server(sqlite_play: Play) -> None:
    await open_round(sqlite_play, private_calls=True)
    engines = await sqlite_play.ask_database(_engines)
    assert engines == ["mesh", "mesh"]


async def _engines(db: AsyncSession) -> list[str]:
    return list((await db.exec(select(Call.engine))).all())
