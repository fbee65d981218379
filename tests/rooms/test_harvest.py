"""The harvest: insights, clusters and votes, who may do what with them, and what the café is told."""

from datetime import timedelta
from typing import Any

import pytest

from rooms.cafe.store import Cafe
from rooms.cafe.wire import Plan, RoundPlan, stored
from rooms.clusters.rules import CLUSTERS_LIMIT
from rooms.errors import Refused
from rooms.harvest import rules
from rooms.harvest.actions import COMMANDS
from rooms.harvest.store import Insight, attendance
from rooms.harvest.wire import InsightVotes
from rooms.members.store import Granted, Restricted
from rooms.programme.store import Room
from rooms.seats.store import Seat
from rooms.streams import everyone_in, only
from rooms.tables.store import CafeTable
from server.pages.names import ACTION_LINES
from tests.rooms.cast import CAFE, MINISTERS, NOON, TRAINING, VISITOR, id_of
from tests.rooms.play import Json, Play, wire

ROOM = everyone_in(CAFE)
TABLE, ELSEWHERE = 31, 32
TEXT = "Villages pay for their own networks"
UNKNOWN: tuple[str, Json] = ("insight.unknown", {})


async def open_cafe(play: Play, preset: Any = "world_cafe", **more: Any) -> None:
    """Give the room a café with a table, at which Carlos sits, and another room a table."""
    plan = Plan(preset=preset, rounds=(RoundPlan(question={"en": "What works?"}),))
    async with play.working("ingrid") as work:
        work.db.add(Cafe(room_id=CAFE, plan=stored(plan), **more))
        for table, room in ((TABLE, CAFE), (ELSEWHERE, TRAINING)):
            work.db.add(
                Room(id=table, session_id=room + 100, parent_id=room, private=True, track="forum", features=["chat"])
            )
            work.db.add(Granted(role="seated", scope=f"room/{table}", person_id=id_of("carlos")))


async def add(play: Play, who: str = "bao", **more: Any) -> str:
    answer = await play.do(who, "insight.add", **{"room": CAFE, "text": TEXT, **more})
    return str(answer.result.id)


async def open_cluster(play: Play, title: str = "Networks") -> str:
    return str((await play.do("amina", "cluster.add", room=CAFE, title=title)).result.id)


async def shown(play: Play) -> Json:
    return (await play.state("bao", f"room/{CAFE}")).get("harvest") or {}


async def order(play: Play, cluster: str = "") -> list[str]:
    return [each["id"] for each in (await shown(play)).get("insights", []) if each.get("cluster", "") == cluster]


async def test_an_insight_is_told_to_the_whole_cafe(play: Play) -> None:
    answer = await play.do("bao", "insight.add", room=CAFE, text=f" {TEXT} ", action_line="C7-e-business", goal=9)
    assert [told.stream for told in answer.told] == [ROOM]
    found = answer.result
    assert (found.text, found.by, found.name, found.action_line, found.goal) == (
        TEXT,
        id_of("bao"),
        "Bao Li",
        "C7-e-business",
        9,
    )
    assert (await shown(play))["insights"] == [wire(found)]


async def test_a_room_that_has_gathered_nothing_has_no_harvest(play: Play) -> None:
    assert "harvest" not in await play.state("bao", f"room/{CAFE}")
    insight = await add(play)
    await play.do("bao", "insight.remove", insight=insight)
    assert "harvest" not in await play.state("bao", f"room/{CAFE}")


async def test_those_at_a_table_publish_for_it_and_nobody_else(play: Play) -> None:
    await open_cafe(play)
    answer = await play.do("carlos", "insight.add", room=CAFE, table=TABLE, text=TEXT)
    assert (answer.result.table, [told.stream for told in answer.told]) == (TABLE, [ROOM])
    more = {"room": CAFE, "text": TEXT}
    assert await play.refusal("bao", "insight.add", table=TABLE, **more) == ("room.unknown", {})
    assert await play.refusal("carlos", "insight.add", table=ELSEWHERE, **more) == ("harvest.table_elsewhere", {})
    assert await play.refusal("carlos", "insight.add", table=TRAINING, **more) == ("harvest.table_elsewhere", {})
    assert await play.refusal("carlos", "insight.add", room=TABLE, text=TEXT) == ("harvest.not_here", {})


async def test_a_cafe_that_keeps_no_record_gathers_nothing(play: Play) -> None:
    await open_cafe(play, "gurteen")
    for more in ({}, {"table": TABLE}):
        refusal = await play.refusal("carlos", "insight.add", room=CAFE, text=TEXT, **more)
        assert refusal == ("harvest.not_captured", {})


@pytest.mark.parametrize(("phase", "round_"), [("draft", 0), ("seating", 0), ("open", 3), ("closed", 3)])
async def test_an_insight_belongs_to_the_round_that_runs(play: Play, phase: str, round_: int) -> None:
    await open_cafe(play, phase=phase, round=2)
    assert (await play.do("bao", "insight.add", room=CAFE, text=TEXT)).result.round == round_
    assert (await play.do("bao", "insight.add", room=CAFE, text=TEXT, round=1)).result.round == 1


@pytest.mark.parametrize(
    ("who", "room", "code"),
    [
        ("boris", CAFE, "room.unknown"),
        ("bao", MINISTERS, "room.unknown"),
        ("bao", 999, "room.unknown"),
        (VISITOR, CAFE, "permission.sign_in"),
    ],
)
async def test_nobody_publishes_where_they_may_not(play: Play, who: str, room: int, code: str) -> None:
    assert await play.refusal(who, "insight.add", room=room, text=TEXT) == (code, {})


async def test_somebody_silenced_neither_publishes_nor_votes_nor_edits(play: Play) -> None:
    mine, other = await add(play, "dmitri"), await add(play)
    async with play.working("ingrid") as work:
        work.db.add(Restricted(kind="silenced", scope=f"room/{CAFE}", person_id=id_of("dmitri"), at=NOON))
    for name, more in (
        ("insight.add", {"room": CAFE, "text": TEXT}),
        ("insight.vote", {"insight": other, "on": True}),
        ("insight.edit", {"insight": mine, "text": TEXT}),
    ):
        assert await play.refusal("dmitri", name, **more) == ("permission.silenced", {})


@pytest.mark.parametrize(
    "tags", [{"action_line": "C12"}, {"action_line": "c1"}, {"goal": 18}, {"goal": -1}, {"round": 13}]
)
async def test_only_listed_tags_are_taken(play: Play, tags: Json) -> None:
    assert await play.refusal("bao", "insight.add", room=CAFE, text=TEXT, **tags) == ("harvest.tag_unknown", {})
    assert await play.refusal("bao", "insight.tag", insight=await add(play), **tags) == ("harvest.tag_unknown", {})


def test_the_action_lines_are_those_of_the_summit() -> None:
    for line in ("", *ACTION_LINES):
        rules.check_tags(line, 0, 0)


async def test_an_author_edits_for_ten_minutes_and_a_host_always(play: Play) -> None:
    insight = await add(play)
    play.now += rules.EDITABLE - timedelta(seconds=2)
    await play.do("bao", "insight.edit", insight=insight, text="Anew")
    play.now += timedelta(seconds=2)
    for name, more in (("insight.edit", {"text": "Late"}), ("insight.tag", {"goal": 4})):
        assert await play.refusal("bao", name, insight=insight, **more) == ("insight.too_late", {"minutes": 10})
        assert await play.refusal("carlos", name, insight=insight, **more) == ("insight.not_yours", {})
    await play.do("amina", "insight.edit", insight=insight, text="By a host")
    assert (await shown(play))["insights"][0]["text"] == "By a host"


async def test_what_was_edited_or_removed_leaves_no_words_in_the_journal(play: Play) -> None:
    first, second, cluster = await add(play), await add(play, text="Second"), await open_cluster(play, "Heading")
    await play.do("bao", "insight.edit", insight=first, text="Anew")
    await play.do("amina", "insight.remove", insight=second)
    await play.do("amina", "cluster.remove", cluster=cluster)
    kept = str([entry.event for entry in play.journal[ROOM.name]])
    assert [word in kept for word in (TEXT, "Second", "Heading", "Anew")] == [False, False, False, True]


async def test_tags_that_are_left_out_stay(play: Play) -> None:
    insight = await add(play, action_line="C4", goal=4)
    await play.do("amina", "insight.tag", insight=insight, goal=5)
    await play.do("amina", "insight.tag", insight=insight, action_line="", round=2)
    [found] = (await shown(play))["insights"]
    assert (found.get("action_line", ""), found["goal"], found["round"]) == ("", 5, 2)


async def test_what_an_author_took_away_comes_back_with_its_votes(play: Play) -> None:
    insight = await add(play)
    await play.do("carlos", "insight.vote", insight=insight, on=True)
    before = await shown(play)
    assert (await play.do("bao", "insight.remove", insight=insight)).types(ROOM) == ["insight.gone"]
    assert play.values[ROOM.name] == {}
    assert await play.refusal("carlos", "insight.vote", insight=insight, on=False) == UNKNOWN
    answer = await play.do("bao", "insight.restore", insight=insight)
    assert answer.types(ROOM) == ["insight.shown", "insight.votes"]
    assert await shown(play) == before


async def test_what_a_host_took_away_only_hosts_bring_back(play: Play) -> None:
    insight = await add(play)
    assert await play.refusal("carlos", "insight.remove", insight=insight) == ("insight.not_yours", {})
    await play.do("amina", "insight.remove", insight=insight)
    for who in ("bao", "carlos"):
        assert await play.refusal(who, "insight.restore", insight=insight) == UNKNOWN
    await play.do("amina", "insight.restore", insight=insight)
    assert await order(play) == [insight]


async def test_a_vote_is_set_and_not_toggled(play: Play) -> None:
    insight = await add(play)
    for on, votes in ((True, 1), (True, 1), (False, 0), (False, 0)):
        answer = await play.do("carlos", "insight.vote", insight=insight, on=on)
        assert (answer.result.votes, answer.result.on) == (votes, on)
    assert answer.told == ()


async def test_a_vote_is_told_as_a_count_and_to_oneself(play: Play) -> None:
    insight = await add(play)
    answer = await play.do("carlos", "insight.vote", insight=insight, on=True)
    assert answer.on(ROOM) == [InsightVotes(votes={insight: 1})]
    assert answer.types(only(id_of("carlos"))) == ["insight.voted"]
    assert (await play.state("carlos", f"person/{id_of('carlos')}"))["insight_votes"] == [insight]
    assert await play.refusal("bao", "insight.vote", insight=insight, on=True) == ("insight.own_vote", {})


def test_votes_joined_are_worth_as_much_as_one_after_the_other() -> None:
    many = [InsightVotes(votes={"a": 1}), InsightVotes(votes={"b": 2}), InsightVotes(votes={"a": 3})]
    assert InsightVotes.join(many) == InsightVotes(votes={"a": 3, "b": 2})


async def test_hosts_put_insights_into_clusters_in_order(play: Play) -> None:
    first, second, third = [await add(play) for _ in range(3)]
    cluster = await open_cluster(play)
    await play.do("amina", "insight.place", insight=third, cluster=cluster)
    await play.do("amina", "insight.place", insight=first, cluster=cluster, before=third)
    answer = await play.do("amina", "insight.place", insight=second, cluster=cluster, before=third)
    assert await order(play, cluster) == [first, second, third]
    assert answer.types(ROOM) == ["insight.placed"]
    await play.do("amina", "insight.place", insight=second)
    assert await order(play) == [second]


async def test_a_cluster_that_is_closed_by_mistake_comes_back_as_it_was(play: Play) -> None:
    insights, cluster = [await add(play) for _ in range(2)], await open_cluster(play)
    for insight in insights:
        await play.do("amina", "insight.place", insight=insight, cluster=cluster)
    before = await shown(play)
    await play.do("amina", "cluster.remove", cluster=cluster)
    assert (await shown(play)).get("clusters") is None
    await play.do("amina", "cluster.restore", cluster=cluster)
    assert await shown(play) == before
    await play.do("amina", "cluster.remove", cluster=cluster)
    await play.do("amina", "insight.place", insight=insights[1], before=insights[0])
    assert (await shown(play))["insights"][0].get("cluster", "") == ""


async def test_clusters_stand_in_the_hosts_order(play: Play) -> None:
    one, two, three = [await open_cluster(play, title) for title in ("One", "Two", "Three")]
    await play.do("amina", "cluster.place", cluster=three, before=one)
    await play.do("amina", "cluster.rename", cluster=two, title="Both")
    await play.do("amina", "cluster.place", cluster=one)
    assert [each["title"] for each in (await shown(play))["clusters"]] == ["Three", "Both", "One"]


@pytest.mark.parametrize("who", ["bao", "carlos"])
async def test_only_hosts_cluster(play: Play, who: str) -> None:
    insight, cluster = await add(play), await open_cluster(play)
    for name, more in (
        ("cluster.add", {"room": CAFE, "title": "Mine"}),
        ("cluster.rename", {"cluster": cluster, "title": "Mine"}),
        ("cluster.place", {"cluster": cluster}),
        ("cluster.remove", {"cluster": cluster}),
        ("cluster.restore", {"cluster": cluster}),
        ("insight.place", {"insight": insight, "cluster": cluster}),
    ):
        assert await play.refusal(who, name, **more) == ("permission.hosts_only", {})


@pytest.mark.parametrize("who", ["boris", "emilie", VISITOR])
async def test_what_stands_in_another_room_does_not_exist(play: Play, who: str) -> None:
    async with play.working("ingrid") as work:
        insight = Insight(
            id="x", room_id=MINISTERS, text=TEXT, person_id=id_of("dmitri"), name="", made_at=NOON, place=1
        )
        work.db.add(insight)
    code = "permission.sign_in" if who == VISITOR else "insight.unknown"
    bodies: dict[str, Json] = {"insight.edit": {"text": TEXT}, "insight.vote": {"on": True}}
    for command in COMMANDS[1:]:
        more = bodies.get(command.name, {})
        assert await play.refusal(who, command.name, insight="x", **more) == (code, {})


async def test_there_is_an_end_to_insights_and_clusters(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.harvest.rules.INSIGHTS_LIMIT", 1)
    await add(play)
    assert await play.refusal("bao", "insight.add", room=CAFE, text=TEXT) == ("harvest.full", {"limit": 1})
    monkeypatch.setattr("rooms.clusters.rules.CLUSTERS_LIMIT", 1)
    await open_cluster(play)
    assert await play.refusal("amina", "cluster.add", room=CAFE, title="Two") == ("cluster.full", {"limit": 1})
    assert CLUSTERS_LIMIT > 1


async def test_votes_at_the_same_moment_are_all_counted(play: Play) -> None:
    insight = await add(play)
    voters = ("carlos", "dmitri", "fatima", "emilie")
    await play.race(*((who, "insight.vote", {"insight": insight, "on": True}) for who in voters))
    assert (await shown(play))["votes"] == {insight: 4}


async def test_moves_at_the_same_moment_lose_no_insight(play: Play) -> None:
    insights, cluster = [await add(play) for _ in range(4)], await open_cluster(play)
    calls = [("amina", "insight.place", {"insight": each, "cluster": cluster}) for each in insights]
    found = await play.race(*calls)
    assert not [each for each in found if isinstance(each, Refused)]
    assert sorted(await order(play, cluster)) == sorted(insights)


async def test_who_sat_at_the_tables_is_counted_once_with_their_countries(play: Play) -> None:
    await open_cafe(play)
    async with play.working("ingrid") as work:
        work.db.add(CafeTable(room_id=TABLE, cafe_id=CAFE, place=1, name="Red"))
        await work.db.flush()
        for round_, who in ((0, "bao"), (1, "bao"), (0, "carlos")):
            seat = Seat(cafe_id=CAFE, sitting=round_, person_id=id_of(who), table_id=TABLE, taken_at=NOON)
            work.db.add(seat)
    async with play.working("bao") as work:
        assert await attendance(work.db, CAFE) == (2, ["CN", "MX"])
        assert await attendance(work.db, TRAINING) == (0, [])
