"""A person's own entry."""

from rooms.streams import only
from tests.rooms.cast import CAFE, VISITOR, id_of
from tests.rooms.play import Play


async def test_a_new_name_is_told_to_its_person_and_used_from_then_on(play: Play) -> None:
    await play.do("bao", "chat.post", room=CAFE, text="Before")
    answer = await play.do("bao", "person.rename", name=" Li  Bao\n")
    assert [told.stream for told in answer.told] == [only(id_of("bao"))]
    await play.do("bao", "chat.post", room=CAFE, text="After")
    said = (await play.state("carlos", f"room/{CAFE}"))["chat"]["messages"]
    assert [each["name"] for each in said] == ["Bao Li", "Li Bao"]
    assert (await play.state("bao", f"person/{id_of('bao')}"))["name"] == "Li Bao"


async def test_a_name_says_something(play: Play) -> None:
    assert (await play.refusal("bao", "person.rename", name="\u3164"))[0] == "text.empty"


async def test_visitors_have_no_name_to_change(play: Play) -> None:
    assert await play.refusal(VISITOR, "person.rename", name="Bao") == ("permission.sign_in", {})
