"""The simulated people: lively, readable, polite to real people, and never more than one café at a time."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from rooms.presence.store import count as present_in
from rooms.programme.store import Room
from rooms.questions.store import Question, Vote
from server.demo import acts, crowd, data
from server.demo.crowd import Crowd
from server.demo.sample import Demo
from server.demo.scene import Figure, Scene
from server.house import House
from tests.sample import WEDNESDAY, Clock, loading, opened, rows

LIVE_CAFE = 401 + 2 * 8 + 3


@pytest.fixture
def clock() -> Clock:
    return Clock(WEDNESDAY)


@pytest.fixture
async def loaded(tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    async with opened(tmp_path, clock) as house:
        await loading(house, WEDNESDAY)
        yield house


@pytest.fixture
async def playing(loaded: House, clock: Clock) -> Crowd:
    """A crowd whose café has just been filled."""
    playing = Crowd(loaded, random.Random(7), clock.sleep)
    await playing.step()
    return playing


def scene_of(playing: Crowd) -> Scene:
    assert playing.scene is not None
    return playing.scene


async def asked_in(scene: Scene) -> list[Question]:
    return [each for each in await rows(scene.house, Question) if each.room_id == scene.room_id]


async def room_of(scene: Scene) -> Room:
    found: list[Room] = [each for each in await rows(scene.house, Room) if each.id == scene.room_id]
    return found[0]


async def test_an_empty_cafe_is_filled_at_first_sight(playing: Crowd, loaded: House) -> None:
    room, asked = await room_of(scene_of(playing)), await asked_in(scene_of(playing))
    assert (room.message_count, len(asked)) == (25, 12)
    assert Counter(question.state for question in asked) == {"open": 9, "pending": 2, "live": 1}
    assert sum(question.votes for question in asked) > 40


async def test_a_cafe_that_is_under_way_is_entered_quietly(playing: Crowd, loaded: House, clock: Clock) -> None:
    before = await room_of(scene_of(playing)), len(await asked_in(scene_of(playing)))
    other = Crowd(loaded, random.Random(8), clock.sleep)
    await other.step()
    after = await room_of(scene_of(other)), len(await asked_in(scene_of(other)))
    assert after == before
    assert scene_of(other).asked == 12


async def test_two_hundred_steps_keep_a_readable_pace_and_touch_one_room_and_its_tables(
    playing: Crowd, loaded: House
) -> None:
    untouched = {room.id: room.message_count for room in await rows(loaded, Room)}
    for _ in range(200):
        await playing.step()
    minutes = (loaded.clock() - WEDNESDAY).total_seconds() / 60
    found = {room.id: room for room in await rows(loaded, Room) if room.parent_id is None}
    said = found.pop(scene_of(playing).room_id).message_count - 25
    assert 60 / 9 * minutes < said < 60 / 3 * minutes
    assert all(room.message_count == untouched[room.id] for room in found.values())
    assert 12 + minutes < len(await asked_in(scene_of(playing))) <= 12 + 3 * minutes


async def test_a_question_goes_its_whole_way_and_its_votes_are_counted(playing: Crowd, loaded: House) -> None:
    for _ in range(120):
        await playing.step()
    asked = await asked_in(scene_of(playing))
    votes = Counter(vote.question_id for vote in await rows(loaded, Vote))
    assert all(question.votes == votes[question.id] for question in asked)
    assert {"open", "answered"} <= {question.state for question in asked}
    moderators = {figure.person_id for figure in scene_of(playing).moderators}
    assert {question.moved_by for question in asked} <= {*moderators, None}


async def test_questions_on_the_topic_come_first(playing: Crowd) -> None:
    topic = data.topic_of(LIVE_CAFE)
    assert topic is not None
    fitting = {kinds["question"][topic] for kinds in data.phrases().values()}
    assert len(fitting) == 6
    assert fitting <= {question.text for question in await asked_in(scene_of(playing))}


async def test_no_question_is_asked_twice_in_a_cafe(playing: Crowd) -> None:
    scene = scene_of(playing)
    while scene.agenda:
        await acts.ask(scene)
    texts = [question.text for question in await asked_in(scene)]
    assert len(texts) > 50
    assert len(set(texts)) == len(texts)


async def test_a_real_persons_question_waits_for_a_real_moderator_first(playing: Crowd, clock: Clock) -> None:
    scene, states = scene_of(playing), []
    guest = Figure(await Demo(scene.house).enter("participant"), "en")
    asked = await scene.perform(guest, "question.ask", room=scene.room_id, text="And who pays for the fifth year?")
    for seconds in (30, 15):
        await clock.sleep(seconds)
        for _ in range(3):
            await acts.moderate(scene)
        states += [each.state for each in await asked_in(scene) if each.id == asked["id"]]
    assert states == ["pending", "open"]


async def test_what_a_real_moderator_put_on_the_stage_stays_there(playing: Crowd, clock: Clock) -> None:
    scene, states = scene_of(playing), []
    guest = Figure(await Demo(scene.house).enter("moderator"), "en")
    chosen = next(each.id for each in await asked_in(scene) if each.state == "open")
    await scene.perform(guest, "question.stage", question=chosen)
    for seconds in (120, 600):
        await clock.sleep(seconds)
        await acts.host(scene)
        states += [each.state for each in await asked_in(scene) if each.id == chosen]
    assert states == ["live", "answered"]


async def test_the_crowd_goes_on_to_the_next_cafe(playing: Crowd, clock: Clock) -> None:
    former = scene_of(playing)
    clock.now += timedelta(hours=3)
    await playing.step()
    assert scene_of(playing).room_id != former.room_id
    assert (len(former.here), len(scene_of(playing).here)) == (0, crowd.AT_FIRST)


async def test_people_of_the_crowd_are_counted_as_present(playing: Crowd, loaded: House) -> None:
    present = 0
    while present < crowd.AT_FIRST:
        async with loaded.database.reading() as db:
            present = await present_in(db, scene_of(playing).room_id)
    assert present == len(scene_of(playing).here)


async def test_where_much_was_said_the_crowd_slows_down(
    playing: Crowd, loaded: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "PLENTY", dict.fromkeys(crowd.PLENTY, 1))
    for _ in range(60):  # what was due before still comes at once
        await playing.step()
    before, began_at = await room_of(scene_of(playing)), loaded.clock()
    for _ in range(120):
        await playing.step()
    said = (await room_of(scene_of(playing))).message_count - before.message_count
    assert 1 <= said <= (loaded.clock() - began_at).total_seconds() / 36 + 1


async def test_a_refusal_is_not_the_end(playing: Crowd) -> None:
    scene = scene_of(playing)
    assert await scene.perform(scene.here[0], "question.approve", question="unknown") is None
    await playing.step()


async def test_an_unexpected_error_ends_the_crowd_aloud(loaded: House) -> None:
    async def broken(seconds: float) -> None:
        raise RuntimeError("no sleep")

    with structlog.testing.capture_logs() as logs, pytest.raises(RuntimeError, match="no sleep"):
        await Crowd(loaded, random.Random(7), broken).run()
    ended = [(each["event"], each["log_level"]) for each in logs if each["log_level"] != "debug"]
    assert ended == [("crowd.ended", "error")]


async def test_when_no_cafe_is_live_the_sample_is_moved_on(loaded: House, clock: Clock) -> None:
    clock.now += timedelta(weeks=2)
    player = Crowd(loaded, random.Random(7), clock.sleep, renew=lambda: loading(loaded, clock.now))
    await player.step()
    assert player.scene is None
    await player.step()
    assert player.scene is not None
