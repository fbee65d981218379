"""What simulated people do at a café's tables: moderators run the rounds, and the tables talk and take notes."""

from datetime import timedelta
from typing import Any

from rooms.cafe import store as cafes
from rooms.notes import actions as notes
from rooms.seats import store as seats
from rooms.tables import store as tables
from server.demo import data
from server.demo.scene import Figure, Scene

MINUTES = 12
SEATS = (3, 8)
LENGTHS = {"ready": 12, "seating": 10, "opening": 10, "closing": 60, "break": 20}
NOTED_SHARE = 0.25
HELP_SHARE = 0.01
CLAIMED_AFTER = timedelta(seconds=20)
HELPED_AFTER = timedelta(seconds=90)


def plan() -> dict[str, Any]:
    """Plan the sample café: a round for each question, and tables in six languages."""
    least, most = SEATS
    cafe = data.cafe()
    return {
        "preset": "world_cafe",
        "rounds": [{"question": question, "minutes": MINUTES} for question in cafe["questions"]],
        "tables": [{**table, "least": least, "most": most} for table in cafe["tables"]],
        **{f"{name}_seconds": seconds for name, seconds in LENGTHS.items()},
    }


async def run_cafe(scene: Scene) -> None:
    """Plan a café where there is none, begin it, and begin it anew when it is over; real hosts may do so first."""
    async with scene.house.database.reading() as db:
        cafe = await cafes.cafe(db, scene.room_id)
        phase = cafe.phase if cafe else ""
    moderator = scene.rng.choice(scene.moderators)
    if phase == "":
        await scene.perform(moderator, "cafe.plan", room=scene.room_id, plan=plan())
    if phase in _NEXT:
        await scene.perform(moderator, _NEXT[phase], room=scene.room_id)
    await look_after(scene)


_NEXT = {"draft": "cafe.start", "plenary": "cafe.next", "over": "cafe.reset"}


async def talk_at_table(scene: Scene) -> None:
    """Let somebody at a table say something, write it down now and then, and seldom call for help."""
    sitting = await _sitting(scene)
    if not sitting:
        return
    figure, table = scene.rng.choice(sitting)
    kind = "remark" if scene.rng.random() < 0.6 else "reply"
    await scene.perform(figure, "chat.post", room=table, text=scene.deck.draw(figure.language, kind))
    if scene.rng.random() < NOTED_SHARE:
        await _note(scene, figure, table)
    if scene.rng.random() < HELP_SHARE:
        await scene.perform(figure, "table.help", table=table, reason="")


async def _sitting(scene: Scene) -> list[tuple[Figure, int]]:
    async with scene.house.database.reading() as db:
        cafe = await cafes.cafe(db, scene.room_id)
        rows = await seats.taken(db, scene.room_id, cafe.sitting) if cafe else []
        return [(scene.known[row.person_id], row.table_id) for row in rows if row.person_id in scene.known]


async def _note(scene: Scene, figure: Figure, table: int) -> None:
    async with scene.house.database.reading() as db:
        before = await notes.text_of(db, table)
    line = scene.rng.choice(data.cafe()["notes"][figure.language])
    if line not in before:
        text = f"{before.rstrip()}\n- {line}\n".lstrip()
        await scene.perform(figure, "notes.write", room=table, before=before, text=text)


async def look_after(scene: Scene) -> None:
    """Come to tables that called for help, unless a real host was faster."""
    now = scene.house.clock()
    async with scene.house.database.reading() as db:
        rows = [row for row in await tables.tables(db, scene.room_id) if row.help and row.help_at]
        waiting = [(row.room_id, row.claimed_by, now - row.help_at) for row in rows if row.help_at]
    for table, claimed_by, waited in waiting:
        if claimed_by is None and waited > CLAIMED_AFTER:
            await scene.perform(scene.rng.choice(scene.moderators), "table.claim", table=table)
        elif (helper := scene.known.get(claimed_by or 0)) and waited > HELPED_AFTER:
            await scene.perform(helper, "table.helped", table=table)
