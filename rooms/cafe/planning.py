"""A café's plan: checked, saved, copied and shown whole."""

import contextlib
from collections.abc import Iterable, Iterator

import msgspec

from rooms.cafe import rules, store, wire
from rooms.commands import Done
from rooms.errors import Refused
from rooms.members.actions import may, require
from rooms.streams import everyone_in, hosts_of
from rooms.tables import actions as table_actions
from rooms.tables import store as tables
from rooms.text import clean, clean_line
from rooms.work import Work

FEATURE = "cafe"


def checked(plan: wire.Plan) -> wire.Plan:
    """Bring a plan into its stored form; what is refused says where it stands.

    Raises:
        Refused: cafe.rounds, cafe.tables, cafe.length, cafe.language, cafe.sizes, text.*; with a path.
    """
    with _at("rounds"):
        if len(plan.rounds) > rules.ROUNDS_LIMIT:
            raise rules.ROUNDS(limit=rules.ROUNDS_LIMIT)
    for name in _LENGTHS:
        with _at(name):
            rules.check_lengths({name: (getattr(plan, name), rules.SECONDS)}, "s")
    rounds = tuple(_round(each, f"rounds[{at}]") for at, each in enumerate(plan.rounds))
    with _at("tables"):
        if len(plan.tables or ()) > rules.TABLES_LIMIT:
            raise rules.TABLES(limit=rules.TABLES_LIMIT)
    for at, table in enumerate(plan.tables or ()):
        _check_table(table, f"tables[{at}]")
    return msgspec.structs.replace(plan, rounds=rounds)


_LENGTHS = tuple(name for name in wire.Plan.__struct_fields__ if name.endswith("_seconds"))


@contextlib.contextmanager
def _at(path: str) -> Iterator[None]:
    """Say where in the plan something was refused."""
    try:
        yield
    except Refused as refused:
        refused.values.setdefault("path", f"plan.{path}")
        raise


def _round(each: wire.RoundPlan, path: str) -> wire.RoundPlan:
    with _at(f"{path}.minutes"):
        rules.check_lengths({"minutes": (each.minutes, rules.MINUTES)}, "min")
    return wire.RoundPlan(question=_question(each.question, f"{path}.question"), minutes=each.minutes)


def _question(texts: dict[str, str], path: str) -> dict[str, str]:
    with _at(path):
        for language in texts:
            rules.check_language(language)
    found: dict[str, str] = {}
    for language, text in texts.items():
        with _at(f"{path}.{language}"):
            found |= {language: clean(text, rules.QUESTION_LIMIT)} if text.strip() else {}
    return found


def _check_table(table: wire.TablePlan, path: str) -> None:
    with _at(f"{path}.name"):
        clean_line(table.name, rules.NAME_LIMIT)
    with _at(f"{path}.topic"):
        clean_line(table.topic.strip() or "-", rules.TOPIC_LIMIT)
    with _at(f"{path}.language"):
        rules.check_language(table.language)
    with _at(f"{path}.most"):
        rules.check_seats(table.least, table.most)


async def save(work: Work, sent: wire.SavePlan) -> Done:
    """Save the plan; the first one makes the room a café."""
    room = await require(work, sent.room, "cafe.run")
    cafe = await store.cafe(work.db, sent.room, lock=True)
    if cafe is None:
        room.features = [*room.features, FEATURE]
        cafe = store.Cafe(room_id=sent.room, plan={})
        work.db.add_all((room, cafe))
        await work.db.flush()
    return await _save(work, cafe, checked(sent.plan))


async def _save(work: Work, cafe: store.Cafe, plan: wire.Plan) -> Done:
    if cafe.phase not in ("draft", "over"):
        _check_running(cafe, plan)
    cafe.plan = wire.stored(plan)
    work.db.add(cafe)
    if plan.tables is not None:
        await _replace_tables(work, cafe, plan.tables)
    work.tell(everyone_in(cafe.room_id), wire.CafePlanned(preset=plan.preset, mode=plan.mode, rounds=plan.rounds))
    work.tell(hosts_of(cafe.room_id), wire.CafePlanSaved(plan=wire.plan_of(cafe)))
    return Done()


def _check_running(cafe: store.Cafe, plan: wire.Plan) -> None:
    """Let a running café's past be: its mode, and the rounds that have run or run now."""
    was, done = wire.plan_of(cafe), cafe.round + 1
    if plan.tables is not None or plan.mode != was.mode or plan.preset != was.preset:
        raise rules.RUNNING()
    if plan.rounds[:done] != was.rounds[:done]:
        raise rules.RUNNING()


async def _replace_tables(work: Work, cafe: store.Cafe, planned: Iterable[wire.TablePlan]) -> None:
    for row in await tables.tables(work.db, cafe.room_id):
        await table_actions.unlist(work, row)
    for at, each in enumerate(planned):
        with _at(f"tables[{at}].host"):
            # Everything else of it has been checked.
            await table_actions.make(work, cafe, each)


async def copy(work: Work, sent: wire.CopyPlan) -> Done:
    """Take over another café's plan, tables included."""
    await require(work, sent.source, "cafe.run")
    source = await store.cafe(work.db, sent.source)
    if source is None:
        raise rules.UNKNOWN()
    return await save(work, wire.SavePlan(room=sent.room, plan=await _whole(work, source)))


async def _whole(work: Work, cafe: store.Cafe) -> wire.Plan:
    rows = [row for row in await tables.tables(work.db, cafe.room_id) if row.open and row.proposed_by is None]
    planned = tuple(
        wire.TablePlan(
            name=row.name,
            topic=row.topic,
            language=row.language,
            host=row.host_id,
            least=row.least,
            most=row.most,
        )
        for row in rows
    )
    return msgspec.structs.replace(wire.plan_of(cafe), tables=planned)


async def plan(work: Work, sent: wire.InRoom) -> wire.WholePlan:
    """Show a café's whole plan, as it is exported and imported."""
    await require(work, sent.room, "cafe.run")
    cafe = await store.cafe(work.db, sent.room)
    if cafe is None:
        raise rules.UNKNOWN()
    return wire.WholePlan(plan=await _whole(work, cafe))


async def sources(work: Work, sent: wire.InRoom) -> wire.Sources:
    """List the other cafés of the forum whose plan the actor may take over."""
    await require(work, sent.room, "cafe.run")
    found = [
        wire.Source(room=room.id or 0, number=row.number, title=row.title, start_at=row.start_at)
        for room, row in await store.cafes(work.db)
        if room.id != sent.room and may(work, room, "room.read") and may(work, room, "cafe.run")
    ]
    return wire.Sources(cafes=tuple(found))
