"""What simulated people do in a café: each act is one small thing, done with real commands."""

from datetime import timedelta

from rooms.chat import store as chat
from rooms.chat.rules import REACTIONS
from rooms.questions import store as questions
from rooms.questions.rules import VOTABLE, State, by_votes
from server.demo.scene import Figure, Scene

RECENT = 20
"""How far back people look for something to reply or to react to."""
PATIENCE = timedelta(seconds=5)
PATIENCE_WITH_GUESTS = timedelta(seconds=40)
"""A real person's question waits longer, so that a real moderator comes first."""
ON_STAGE = timedelta(seconds=45)
ON_STAGE_BY_GUESTS = timedelta(minutes=10)
BURST = (3, 9)
BURST_GAP_SECONDS = (0.08, 0.4)
DISMISSED = ("off_topic", "duplicate", "unclear")
DISMISSED_SHARE = 0.08
HERE = (32, 48)
"""From fewer people than the first number nobody leaves; to more than the second nobody comes."""


async def talk(scene: Scene) -> None:
    """Say something: a greeting first perhaps, then replies and remarks."""
    speaker = scene.rng.choice(scene.here)
    reply_to = await _replied(scene, speaker) if scene.rng.random() < 0.35 else ""
    kind = "reply" if reply_to else _kind(scene, speaker)
    text = scene.deck.draw(speaker.language, kind)
    posted = await scene.perform(speaker, "chat.post", room=scene.room_id, text=text, reply_to=reply_to)
    if posted:
        scene.said = posted["number"]


def _kind(scene: Scene, speaker: Figure) -> str:
    if speaker.person_id in scene.greeted or scene.rng.random() < 0.5:
        return "remark"
    scene.greeted.add(speaker.person_id)
    return "hello"


async def _replied(scene: Scene, speaker: Figure) -> str:
    """Find a message by somebody else of the same language."""
    fits = [row.id for row in await _recent(scene) if _understands(scene, speaker, row.person_id)]
    return scene.rng.choice(fits) if fits else ""


def _understands(scene: Scene, speaker: Figure, author: int) -> bool:
    other = scene.known.get(author)
    return other is not None and other != speaker and other.language == speaker.language


async def _recent(scene: Scene) -> list[chat.Message]:
    async with scene.house.database.reading() as db:
        rows = await chat.page(db, scene.room_id, None, RECENT)
        db.expunge_all()  # they are read after the transaction has ended
        return rows


async def react(scene: Scene) -> None:
    """React to something that was said lately."""
    rows = await _recent(scene)
    if rows:
        row, figure = scene.rng.choice(rows), scene.rng.choice(scene.here)
        reaction = scene.rng.choices(REACTIONS, (8, 4, 5, 3, 1, 2))[0]
        await scene.perform(figure, "chat.react", message=row.id, reaction=reaction, on=True)


async def ask(scene: Scene) -> None:
    """Ask the next question of the agenda, by somebody who speaks its language."""
    if not scene.agenda:
        return
    language, text = scene.agenda.pop()
    able = [each for each in scene.here if each.language == language and not each.moderates]
    figure = scene.rng.choice(able or [each for each in scene.cast if each.language == language])
    anonymous = scene.rng.random() < 0.15
    if await scene.perform(figure, "question.ask", room=scene.room_id, text=text, anonymous=anonymous):
        scene.asked += 1


async def vote(scene: Scene) -> None:
    """Vote in a burst; questions with votes get more of them."""
    rows = await _in_states(scene, "open", "live")
    for _ in range(scene.rng.randint(*BURST) if rows else 0):
        await vote_once(scene, rows)
        await scene.sleep(scene.rng.uniform(*BURST_GAP_SECONDS))


async def vote_once(scene: Scene, rows: list[questions.Question]) -> None:
    """Let somebody vote for one of several questions."""
    row = scene.rng.choices(rows, [row.votes + 2 for row in rows])[0]
    voters = [each for each in scene.here if each.person_id != row.person_id]
    await scene.perform(scene.rng.choice(voters), "question.vote", question=row.id, on=True)


async def _in_states(scene: Scene, *states: State) -> list[questions.Question]:
    async with scene.house.database.reading() as db:
        rows = await questions.listed(db, scene.room_id, states)
        db.expunge_all()  # they are read after the transaction has ended
        return rows


async def moderate(scene: Scene) -> None:
    """Approve, or now and then dismiss, the questions that have waited long enough."""
    now = scene.house.clock()
    for row in (await _in_states(scene, "pending"))[:3]:
        guest = row.person_id not in scene.known
        if now - row.asked_at >= (PATIENCE_WITH_GUESTS if guest else PATIENCE):
            await judge(scene, row.id, dismiss=not guest and scene.rng.random() < DISMISSED_SHARE)


async def judge(scene: Scene, question: str, dismiss: bool = False) -> None:
    """Let a moderator publish or dismiss a question."""
    moderator = scene.rng.choice(scene.moderators)
    if dismiss:
        why = scene.rng.choice(DISMISSED)
        await scene.perform(moderator, "question.dismiss", question=question, why=why)
    else:
        await scene.perform(moderator, "question.approve", question=question)


async def host(scene: Scene) -> None:
    """Keep the stage going: answer what was on it long enough, and put up what most people want to hear."""
    rows = await _in_states(scene, "open", "live")
    live = next((row for row in rows if row.state == "live"), None)
    ours = live is not None and live.moved_by in scene.known
    if live is None:
        await stage(scene, rows)
    elif scene.house.clock() - live.moved_at >= (ON_STAGE if ours else ON_STAGE_BY_GUESTS):
        await scene.perform(scene.rng.choice(scene.moderators), "question.answer", question=live.id)


async def stage(scene: Scene, rows: list[questions.Question]) -> None:
    """Put the open question with the most votes on the stage."""
    ranked = by_votes([row for row in rows if row.state == "open"])
    if ranked:
        best = next(row.id for row in rows if row is ranked[0])
        await scene.perform(scene.rng.choice(scene.moderators), "question.stage", question=best)


async def move(scene: Scene) -> None:
    """Let somebody come or go; moderators stay."""
    least, most = HERE
    away = [each for each in scene.cast if each not in scene.here]
    if len(scene.here) < most and (len(scene.here) < least or scene.rng.random() < 0.55):
        scene.come(scene.rng.choice(away))
    else:
        scene.leave(scene.rng.choice([each for each in scene.here if not each.moderates]))


async def prologue(scene: Scene) -> None:
    """Fill an empty room quickly, so that whoever comes first finds a café and not an empty table."""
    for _ in range(25):
        await talk(scene)
    for _ in range(12):
        await ask(scene)
    for row in (await _in_states(scene, "pending"))[2:]:
        await judge(scene, row.id)
    for number in range(70):
        await vote_once(scene, await _in_states(scene, *VOTABLE))
        await (react(scene) if number % 6 == 0 else scene.sleep(0))
    await host(scene)
