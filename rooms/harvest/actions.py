"""Publishing insights, putting them in order, and voting for them."""

from collections.abc import Iterable

from rooms.cafe import store as cafe_store
from rooms.cafe.rules import ROUND_PHASES
from rooms.clusters import rules as cluster_rules
from rooms.clusters import store as clusters
from rooms.commands import Command, Done, Rate, Read
from rooms.harvest import rules, store, wire
from rooms.members.actions import may, require
from rooms.members.rules import SIGN_IN
from rooms.programme import store as programme
from rooms.programme.store import Room
from rooms.streams import everyone_in, only
from rooms.text import clean
from rooms.work import Work, new_id


async def _room(work: Work, room_id: int, permission: str) -> Room:
    room = await require(work, room_id, permission)
    if room.private:
        raise rules.NOT_HERE()
    return room


async def add(work: Work, sent: wire.AddInsight) -> wire.PublicInsight:
    """Publish an insight; from a table, those at the table may."""
    await _room(work, sent.room, "room.read" if sent.table else "notes.edit")
    await _check_table(work, sent.room, sent.table)
    if not await cafe_store.captures(work.db, sent.room):
        raise rules.NOT_CAPTURED()
    row = await _made(work, sent)
    rules.check_tags(row.action_line, row.goal, row.round)
    row.place = await _last_place(work, sent.room, row.id)
    work.db.add(row)
    work.tell(everyone_in(sent.room), wire.InsightShown(insight=wire.public(row)))
    return wire.public(row)


async def _check_table(work: Work, room_id: int, table_id: int | None) -> None:
    if not table_id:
        return
    table = await require(work, table_id, "notes.edit")
    if table.parent_id != room_id:
        raise rules.TABLE_ELSEWHERE()


async def _made(work: Work, sent: wire.AddInsight) -> store.Insight:
    return store.Insight(
        id=new_id(),
        room_id=sent.room,
        table_id=sent.table or None,
        round=await _round(work, sent.room) if sent.round is None else sent.round,
        text=clean(sent.text, rules.TEXT_LIMIT),
        action_line=sent.action_line,
        goal=sent.goal,
        person_id=work.actor.person_id or 0,
        name=work.actor.name,
        made_at=work.now,
        place=0,
    )


async def _round(work: Work, room_id: int) -> int:
    """Count the round that runs, or has just run, from 1."""
    cafe = await cafe_store.cafe(work.db, room_id)
    return cafe.round + 1 if cafe and cafe.phase in (*ROUND_PHASES, "closed") else 0


async def _last_place(work: Work, room_id: int, insight_id: str) -> int:
    await programme.lock_room(work.db, room_id)
    rows = await store.insights(work.db, room_id)
    if len(rows) >= rules.INSIGHTS_LIMIT:
        raise rules.FULL(limit=rules.INSIGHTS_LIMIT)
    return max((row.place for row in rows), default=0) + cluster_rules.GAP


async def _insight(work: Work, insight_id: str, permission: str, gone: bool = False) -> tuple[store.Insight, Room]:
    """Find an insight that the actor may see, and lock it; all others do not exist for them.

    Raises:
        Refused: insight.unknown, permission.*.
    """
    row = await store.insight(work.db, insight_id)
    room = await programme.room(work.db, row.room_id) if row else None
    if row is None or room is None or not may(work, room, "room.read") or (row.gone and not gone):
        raise rules.UNKNOWN() if work.actor.person_id else SIGN_IN()
    await require(work, row.room_id, permission)
    return row, room


async def _changeable(work: Work, insight_id: str) -> store.Insight:
    row, room = await _insight(work, insight_id, "notes.edit")
    mine = row.person_id == work.actor.person_id
    rules.check_author(mine, may(work, room, "cafe.run"), row.made_at, work.now)
    return row


def _show(work: Work, row: store.Insight) -> Done:
    room = everyone_in(row.room_id)
    work.db.add(row)
    work.blank(room, f"insight/{row.id}")
    work.tell(room, wire.InsightShown(insight=wire.public(row)))
    return Done()


async def edit(work: Work, sent: wire.EditInsight) -> Done:
    """Write an insight anew; its former words leave the journal."""
    row = await _changeable(work, sent.insight)
    row.text = clean(sent.text, rules.TEXT_LIMIT)
    return _show(work, row)


async def tag(work: Work, sent: wire.TagInsight) -> Done:
    """Set an insight's tags."""
    row = await _changeable(work, sent.insight)
    row.action_line = row.action_line if sent.action_line is None else sent.action_line
    row.goal = row.goal if sent.goal is None else sent.goal
    row.round = row.round if sent.round is None else sent.round
    rules.check_tags(row.action_line, row.goal, row.round)
    return _show(work, row)


async def remove(work: Work, sent: wire.OneInsight) -> Done:
    """Take an insight away; who did may bring it back."""
    row, room = await _insight(work, sent.insight, "room.read", gone=True)
    mine, runs = row.person_id == work.actor.person_id, may(work, room, "cafe.run")
    if not mine and not runs:
        raise rules.UNKNOWN() if row.gone else rules.NOT_YOURS()
    if row.gone:
        return Done()
    row.gone = "author" if mine else "host"
    work.db.add(row)
    stream = everyone_in(row.room_id)
    work.blank(stream, f"insight/{row.id}")
    work.forget(stream, wire.InsightVotes, row.id)
    work.tell(stream, wire.InsightGone(id=row.id))
    return Done()


async def restore(work: Work, sent: wire.OneInsight) -> Done:
    """Bring back an insight that was taken away, with its votes."""
    row, room = await _insight(work, sent.insight, "room.read", gone=True)
    runs = may(work, room, "cafe.run")
    if not rules.may_restore(row.gone, row.person_id == work.actor.person_id, runs):
        raise rules.UNKNOWN()
    if not row.gone:
        return Done()
    row.gone = ""
    _show(work, row)
    if row.votes:
        work.tell(everyone_in(row.room_id), wire.InsightVotes(votes={row.id: row.votes}))
    return Done()


async def vote(work: Work, sent: wire.SetInsightVote) -> wire.InsightVotedFor:
    """Set the actor's vote; nobody votes for what they wrote."""
    row, _ = await _insight(work, sent.insight, "question.vote")
    person_id = work.actor.person_id or 0
    if row.person_id == person_id:
        raise rules.OWN_VOTE()
    held = await work.db.get(store.InsightVote, (row.id, person_id))
    if bool(held) != sent.on:
        await _save_vote(work, row, held)
        work.tell(everyone_in(row.room_id), wire.InsightVotes(votes={row.id: row.votes}))
        work.tell(only(person_id), wire.InsightVoted(insight=row.id, on=sent.on))
    return wire.InsightVotedFor(votes=row.votes, on=sent.on)


async def _save_vote(work: Work, row: store.Insight, held: store.InsightVote | None) -> None:
    if held:
        await work.db.delete(held)
    else:
        work.db.add(store.InsightVote(insight_id=row.id, person_id=work.actor.person_id or 0, at=work.now))
    row.votes += -1 if held else 1
    work.db.add(row)


async def place(work: Work, sent: wire.PlaceInsight) -> Done:
    """Put an insight into a cluster before another, or at its end."""
    row, _ = await _insight(work, sent.insight, "cafe.run")
    await programme.lock_room(work.db, row.room_id)
    standing = {each.id for each in await clusters.clusters(work.db, row.room_id)}
    if sent.cluster and sent.cluster not in standing:
        raise cluster_rules.UNKNOWN()
    others = [each for each in await store.insights(work.db, row.room_id) if each.id != row.id]
    group = [each for each in others if _group(each, standing) == (sent.cluster or "")]
    places = cluster_rules.put([(each.id, each.place) for each in group], row.id, sent.before)
    _move(work, [row, *group], places, sent.cluster or None)
    work.tell(everyone_in(row.room_id), wire.InsightPlaced(cluster=sent.cluster or "", places=places))
    return Done()


def _group(row: store.Insight, standing: set[str]) -> str:
    return row.cluster_id if row.cluster_id in standing and row.cluster_id else ""


def _move(work: Work, rows: Iterable[store.Insight], places: dict[str, int], cluster_id: str | None) -> None:
    for row in rows:
        if row.id in places:
            row.place, row.cluster_id = places[row.id], cluster_id
            work.db.add(row)


async def harvest(work: Work, sent: wire.OfRoom) -> wire.Harvest:
    """Show all that a café has gathered."""
    await _room(work, sent.room, "room.read")
    return await gathered(work, sent.room) or wire.Harvest()


async def gathered(work: Work, room_id: int) -> wire.Harvest | None:
    """Look up what a room has gathered, for somebody who may see it; None is nothing."""
    insights, headings = await store.insights(work.db, room_id), await clusters.clusters(work.db, room_id)
    return wire.harvest(insights, headings) if insights or headings else None


ADDING = Rate(burst=10, every_seconds=3.0)
COMMANDS = (
    Command("insight.add", "Publish an insight to the café.", wire.AddInsight, wire.PublicInsight, add, ADDING),
    Command("insight.edit", "Write an insight anew.", wire.EditInsight, Done, edit),
    Command("insight.tag", "Set an insight's tags.", wire.TagInsight, Done, tag),
    Command("insight.remove", "Take an insight away.", wire.OneInsight, Done, remove),
    Command("insight.restore", "Bring an insight back.", wire.OneInsight, Done, restore),
    Command("insight.vote", "Set your vote for an insight.", wire.SetInsightVote, wire.InsightVotedFor, vote),
    Command("insight.place", "Put an insight into a cluster.", wire.PlaceInsight, Done, place),
)
READS = (Read("rooms/{room}/harvest", "All that a café has gathered.", wire.OfRoom, wire.Harvest, harvest),)
