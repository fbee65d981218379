"""Shared notes: everybody's changes come together, nothing else than typing is let in, and private notes stay so."""

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.errors import Refused
from rooms.members.store import Granted
from rooms.notes import document, rules
from rooms.notes.actions import begin, hand_over, text_of
from rooms.notes.merging import joined, merged
from rooms.notes.store import lengths
from rooms.notes.updates import NAME, decoded, encoded, read
from rooms.programme.store import Room
from rooms.streams import hosts_of, notes_of
from tests.rooms.cast import CAFE, TRAINING, VISITOR, id_of
from tests.rooms.play import Play
from tests.rooms.scribe import Scribe, foreign

TABLE = 70
LETTERS = st.text(alphabet="ab \n世😀é", max_size=6)


@pytest.fixture
async def table(play: Play) -> Play:
    """Let Bao and Carlos sit at a private table of the café."""
    return await seated(play)


@pytest.fixture
async def sqlite_table(sqlite_play: Play) -> Play:
    return await seated(sqlite_play)


async def seated(play: Play) -> Play:
    async with play.working("ingrid") as work:
        room = Room(id=TABLE, session_id=CAFE + 100, parent_id=CAFE, private=True, track="forum", features=["notes"])
        work.db.add(room)
        await work.db.flush()
        scope = f"room/{TABLE}"
        work.db.add_all(Granted(role="seated", scope=scope, person_id=id_of(who)) for who in ("bao", "carlos"))
    return play


async def heard(play: Play, *scribes: Scribe) -> str:
    """Let writers take in all that the notes' readers were told; gives the text that the server keeps."""
    for entry in play.journal[notes_of(TABLE).name]:
        for scribe in scribes:
            scribe.hears(entry.event["update"])
    return await play.ask_database(lambda db: text_of(db, TABLE))  # type: ignore[no-any-return]


async def test_what_one_types_everybody_at_the_table_reads(table: Play) -> None:
    bao, carlos = Scribe(11), Scribe(12)
    answer = await table.do("bao", "notes.update", room=TABLE, update=bao.said(0, "Good morning"))
    assert (answer.result.seq, answer.result.length) == (1, 12)
    assert answer.types(notes_of(TABLE)) == ["notes.updated"]
    told: Any = answer.on(notes_of(TABLE))[0]
    assert (told.by, told.name) == (id_of("bao"), "Bao Li")
    assert await heard(table, carlos) == carlos.text == "Good morning"
    state = await table.state("carlos", f"notes/{TABLE}")
    assert {key: state[key] for key in ("room", "text", "seq")} == {"room": TABLE, "text": "Good morning", "seq": 1}
    late = Scribe(13)
    late.hears(state["state"])
    assert late.text == "Good morning"


async def test_the_same_update_twice_is_told_once(table: Play) -> None:
    update = Scribe(11).said(0, "Hello")
    await table.do("bao", "notes.update", room=TABLE, update=update)
    again = await table.do("bao", "notes.update", room=TABLE, update=update)
    assert (again.result.seq, again.told) == (1, ())


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), LETTERS, st.integers(0, 4), st.booleans())))
def test_three_writers_who_type_at_once_end_with_one_text(steps: list[tuple[int, int, str, int, bool]]) -> None:
    writers, state, told = [Scribe(11 + number) for number in range(3)], b"", list[bytes]()
    waiting: list[list[bytes]] = [[], [], []]
    seen = [0, 0, 0]
    for who, at, letters, gone, online in steps:
        waiting[who].append(writers[who].type(at, letters, gone))
        if online:
            state = _send(state, waiting[who], told)
            seen[who] = _hear(writers[who], told, seen[who])
    for number, writer in enumerate(writers):
        state = _send(state, waiting[number], told)
        assert _hear(writer, told, 0) == len(told)
    for writer in writers:
        _hear(writer, told, 0)
    text = document.applied(state, writers[0].document.get_update()).text
    assert {writer.text for writer in writers} == {text}


def _send(state: bytes, waiting: list[bytes], told: list[bytes]) -> bytes:
    while waiting:
        changed = document.applied(state, waiting.pop(0))
        told += [changed.update] if changed.update else []
        state = changed.state
    return state


def _hear(writer: Scribe, told: list[bytes], seen: int) -> int:
    for update in told[seen:]:
        writer.hears(update)
    return len(told)


async def test_editors_and_plain_writers_change_the_same_notes(table: Play) -> None:
    bao, chance = Scribe(11), random.Random(7)
    plain = ""
    for step in range(40):
        if step % 2:
            piece = plain + f" plain{step}" if chance.random() < 0.5 else f"plain{step} " + plain
            answer = await table.do("carlos", "notes.write", room=TABLE, before=plain, text=piece)
            plain = answer.result.text
        else:
            update = bao.said(chance.choice((0, len(bao.text))), f" bao{step} ")
            await table.do("bao", "notes.update", room=TABLE, update=update)
        if chance.random() < 0.4:
            await heard(table, bao)
    text = await heard(table, bao)
    assert bao.text == text
    assert all(f"plain{step}" in text for step in range(1, 40, 2))
    assert text.count("bao") == 20


async def test_a_plain_writer_sends_only_the_piece_that_changed(table: Play) -> None:
    await table.do("bao", "notes.write", room=TABLE, before="", text="one two one two one")
    answer = await table.do("carlos", "notes.write", room=TABLE, before="one", text="three", at=8)
    assert answer.result.text == "one two three two one"


async def test_both_versions_of_a_place_that_two_changed_are_kept(table: Play) -> None:
    await table.do("bao", "notes.write", room=TABLE, before="", text="The cat sat here.")
    await table.do("bao", "notes.write", room=TABLE, before="The cat sat here.", text="The cow sat here.")
    answer = await table.do("carlos", "notes.write", room=TABLE, before="The cat sat here.", text="The dog sat here.")
    assert answer.result.text == "The cow dog sat here."


async def test_two_who_begin_at_once_keep_both_beginnings(table: Play) -> None:
    calls = [(who, "notes.write", {"room": TABLE, "before": "", "text": f"{who} begins"}) for who in ("bao", "carlos")]
    assert all(not isinstance(each, Refused) for each in await table.race(*calls))
    text = await heard(table)
    assert "bao begins" in text
    assert "carlos begins" in text


WORDS = st.lists(st.sampled_from(["one", "two", " ", "\n", "世", "界", "x"]), max_size=20).map("".join)


@settings(max_examples=300, deadline=None)
@given(WORDS, WORDS, WORDS, st.integers(-3, 40))
def test_merging_keeps_what_only_one_side_changed(base: str, mine: str, theirs: str, at: int) -> None:
    assert joined(base, merged(base, mine, base)) == mine
    assert joined(theirs, merged(base, base, theirs, at)) == theirs
    splices = merged(base, mine, theirs, at)
    assert all(one.end <= other.start for one, other in pairwise(splices))
    assert all(0 <= each.start <= each.end <= len(theirs) for each in splices)
    changed = document.spliced(document.spliced(b"", merged("", theirs, "")).state, splices)
    assert changed.text == joined(theirs, splices)


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS, WORDS)
def test_merging_loses_no_new_word(base: str, mine: str, theirs: str) -> None:
    found = joined(f"{theirs} THEIRS", merged(base, f"MINE {mine}", f"{theirs} THEIRS"))
    assert "MINE" in found
    assert "THEIRS" in found


@pytest.mark.parametrize("name", sorted(foreign()))
async def test_nothing_but_typing_is_let_in(sqlite_table: Play, name: str) -> None:
    code, _ = await sqlite_table.refusal("bao", "notes.update", room=TABLE, update=encoded(foreign()[name]))
    assert code == "notes.bad_update"


@pytest.mark.parametrize("update", ["", "A", "AA", "not base64!", "//8=", "é", "AQ" * 40_000])
async def test_what_is_no_update_is_refused(sqlite_table: Play, update: str) -> None:
    code, _ = await sqlite_table.refusal("bao", "notes.update", room=TABLE, update=update)
    assert code == "notes.bad_update"


async def test_an_update_that_lacks_an_earlier_one_is_refused(sqlite_table: Play) -> None:
    bao = Scribe(11)
    lost, next_ = bao.said(0, "lost"), bao.said(4, " next")
    assert await sqlite_table.refusal("bao", "notes.update", room=TABLE, update=next_) == ("notes.behind", {})
    for update in (lost, next_):
        await sqlite_table.do("bao", "notes.update", room=TABLE, update=update)
    assert await heard(sqlite_table) == "lost next"


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\u202e", "\u2066", "\ufeff"])
async def test_invisible_tricks_are_refused_in_either_way(sqlite_table: Play, letter: str) -> None:
    update = Scribe(11).said(0, f"a{letter}b")
    for name, sent in {
        "notes.update": {"update": update},
        "notes.write": {"before": "", "text": f"a{letter}b"},
    }.items():
        assert (await sqlite_table.refusal("bao", name, room=TABLE, **sent))[0] == "text.control"


async def test_notes_never_get_longer_than_their_limit(sqlite_table: Play) -> None:
    bao = Scribe(11)
    for part in range(4):
        await sqlite_table.do("bao", "notes.update", room=TABLE, update=bao.said(part * 5000, "世" * 5000))
    limit = {"length": 20_001, "limit": 20_000}
    assert await sqlite_table.refusal("bao", "notes.update", room=TABLE, update=bao.said(0, "x")) == (
        "notes.too_long",
        limit,
    )
    sent = {"before": "", "text": "y", "at": 0}
    assert (await sqlite_table.refusal("carlos", "notes.write", room=TABLE, **sent))[0] == "notes.too_long"
    shorter = Scribe(12)
    await heard(sqlite_table, shorter)
    await sqlite_table.do("bao", "notes.update", room=TABLE, update=shorter.said(0, "z", gone=5))
    assert len(await heard(sqlite_table)) == 19_996


async def test_a_document_of_too_many_changes_is_refused(sqlite_table: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "STATE_BYTES", 600)
    bao, chance = Scribe(11), random.Random(5)
    codes = set()
    for _ in range(100):
        update = bao.said(chance.randint(0, len(bao.text)), "x")
        codes |= await sqlite_codes(sqlite_table, update)
    assert codes == {"", "notes.too_large", "notes.behind"}


async def sqlite_codes(play: Play, update: str) -> set[str]:
    outcome = (await play.race(("bao", "notes.update", {"room": TABLE, "update": update})))[0]
    return {outcome.code if isinstance(outcome, Refused) else ""}


def test_no_bytes_whatsoever_do_anything_but_be_refused_or_applied() -> None:
    chance = random.Random(2026)
    bao = Scribe(11)
    updates = [
        bao.type(chance.randint(0, 20), chance.choice(["a", "世界", "😀", "x\ny"]), gone=step % 3) for step in range(30)
    ]
    state = bao.document.get_update()
    seeds = [*updates, *foreign().values(), state]
    refused = 0
    for _ in range(2000):
        try:
            changed = document.applied(state, _mutated(chance, seeds))
            assert document.applied(changed.state, state).text == changed.text
        except Refused as refusal:
            refused += refusal.code.split(".")[0] in ("notes", "text")
    assert refused > 1000


def _mutated(chance: random.Random, seeds: list[bytes]) -> bytes:
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(4)
        if kind == 0 and at < len(data):
            data[at] = chance.randrange(256)
        elif kind == 1:
            data[at:at] = chance.randbytes(chance.randint(1, 6))
        elif kind == 2:
            del data[at : at + chance.randint(1, 6)]
        else:
            data[at:at] = chance.choice(seeds)[: chance.randint(1, 40)]
    return bytes(data)


def test_huge_numbers_and_torn_letters_are_refused_or_kept_apart() -> None:
    number = b"\xff" * 7 + b"\x7f"
    for data in (
        number * 3,
        b"\x01" + number,
        b"\x01\x01\x0b\x00\x00" + number + b"\x00",
        b"\x01\x01\x0b\x00\x00\x00\x00",
    ):
        with pytest.raises(Refused):
            read(data)
    state = Scribe(11).type(0, "😀")
    inside = b"\x01\x01\x0c\x00\x84\x0b\x00\x01x\x00"
    changed = document.applied(state, inside)
    assert "x" in changed.text
    assert document.applied(changed.state, inside).text == changed.text


async def test_only_those_at_the_table_and_the_staff_read_its_notes(table: Play) -> None:
    await table.do("bao", "notes.write", room=TABLE, before="", text="Between us")
    stream = f"notes/{TABLE}"
    for who in ("carlos", "amina", "ingrid"):
        assert (await table.state(who, stream))["text"] == "Between us"
    for who in ("dmitri", "emilie", "boris"):
        found = (await table.states(who, [stream]))[stream]
        assert isinstance(found, Refused)
        assert found.code == "stream.unknown"
        for name, sent in {"notes.update": {"update": "AAA"}, "notes.write": {"before": "", "text": "x"}}.items():
            assert (await table.refusal(who, name, room=TABLE, **sent))[0] == "room.unknown"
    assert (await table.refusal(VISITOR, "notes.write", room=TABLE, before="", text="x"))[0] == "permission.sign_in"


async def test_somebody_silenced_reads_and_does_not_write(table: Play) -> None:
    await table.do("amina", "member.restrict", person=id_of("bao"), room=TABLE, kind="silenced", why="Noise", minutes=5)
    assert (await table.refusal("bao", "notes.write", room=TABLE, before="", text="x"))[0] == "permission.silenced"
    assert (await table.state("bao", f"notes/{TABLE}")) == {"room": TABLE}


async def test_a_room_without_notes_has_none(sqlite_play: Play) -> None:
    sent = {"room": TRAINING, "before": "", "text": "x"}
    assert (await sqlite_play.refusal("bao", "notes.write", **sent))[0] == "room.feature_off"
    found = (await sqlite_play.states("bao", [f"notes/{TRAINING}"]))[f"notes/{TRAINING}"]
    assert isinstance(found, Refused)


async def test_the_cafes_moderators_see_the_notes_grow_and_no_word_of_them(table: Play) -> None:
    first = await table.do("bao", "notes.write", room=TABLE, before="", text="a" * 10)
    (told,) = first.on(hosts_of(CAFE))
    assert told == type(told)(lengths={str(TABLE): 10})
    again = await table.do("bao", "notes.write", room=TABLE, before="a" * 10, text="a" * 20)
    assert again.on(hosts_of(CAFE)) == []
    more = await table.do("bao", "notes.write", room=TABLE, before="a" * 20, text="a" * 70)
    assert len(more.on(hosts_of(CAFE))) == 1
    assert await table.ask_database(lambda db: lengths(db, CAFE)) == {TABLE: 70}


async def test_a_round_begins_with_its_question_once(table: Play) -> None:
    for _ in range(2):
        async with table.working("ingrid") as work:
            await begin(work, TABLE, "What connects us?")
        table.keep(work)
    assert await heard(table) == "What connects us?\n"
    await table.do("bao", "notes.write", room=TABLE, before="", text="- Trust", at=18)
    async with table.working("ingrid") as work:
        await begin(work, TABLE, "What divides us?")
    table.keep(work)
    text = await heard(table)
    assert text.index("What connects us?") < text.index("- Trust") < text.index("What divides us?")
    assert await table.ask_database(lambda db: hand_over(db, TABLE)) == "- Trust"


def test_the_card_holds_the_first_points_or_the_last_words() -> None:
    assert rules.card("Why?\nwords\n- one\n2) two\n", "Why?") == "- one\n2) two"
    long = "Why?\n" + "word " * 300 + "end"
    card = rules.card(long, "Why?")
    assert card.startswith("…word")
    assert card.endswith("end")
    assert len(card) <= rules.CARD_LIMIT
    assert rules.card("", "") == rules.card("Why?\n", "Why?") == ""
    assert len(rules.card("\n".join("- " + "x" * 200 for _ in range(9)), "")) <= rules.CARD_LIMIT


def test_the_wires_base64_is_read_back() -> None:
    for length in range(5):
        assert decoded(encoded(b"\xfb" * length)) == b"\xfb" * length
    assert NAME == "notes"
