"""The outcome of a session as a page and as files: who gets them, what they hold, and that hostile texts do no harm."""

import csv
import io
import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import validate  # type: ignore[import-untyped]

from rooms.clusters.wire import PublicCluster
from rooms.harvest.wire import Harvest, PublicInsight
from rooms.programme.wire import PublicSession
from server.i18n import LANGUAGES, language
from server.outcome import Gathered, escaped, markdown, outcome, schema, table
from server.outcome import json as as_json
from server.pages.outcome import fits, read_wish
from server.pages.reader import Reader
from tests.conftest import Enter
from tests.server.sampling import boot, live_cafe

NOON = datetime(2023, 4, 12, 12, tzinfo=UTC)
SCHEMA = Path(__file__).parents[2] / "docs/outcome.schema.json"
HOSTILE = (
    *("=HYPERLINK(0)", "+1", "-1", "@SUM(A1)", "\tx", "＝1+1"),
    *("<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](http://evil.example)", "https://evil.example"),
    *("# Not a heading", "- not an item", "1. not a number", "a | b", "`code`", "*bold* _soft_ ~gone~", "&lt;", "\\"),
    *("www.evil.example", "Setext\n===", "one\n\ntwo", '"quoted", with comma', "٣ أرقام"),
)


def reader(code: str = "en") -> Reader:
    return Reader(language(code), NOON, "Europe/Zurich")


def insight(number: int, text: str, cluster: str = "", **more: Any) -> PublicInsight:
    made: dict[str, Any] = {"by": 41012, "name": "Bao Li", "at": NOON, "place": number, "cluster": cluster, **more}
    return PublicInsight(id=f"i{number}", text=text, **made)


def gathered(*insights: PublicInsight, clusters: tuple[PublicCluster, ...] = ()) -> Gathered:
    session = PublicSession(
        number=538,
        title={"en": "Café", "ar": "مقهى"},
        track="forum",
        format="knowledge-cafe",
        mode="virtual",
        start_at=NOON,
        end_at=NOON,
    )
    harvest = Harvest(insights=insights, clusters=clusters, votes={"i1": 3})
    return Gathered(session, harvest, (), {31: "Red"}, 2, ("CN", "MX"))


def document(*texts: str) -> Any:
    return outcome(gathered(*(insight(n, text) for n, text in enumerate(texts, 1))), "Forum", reader())


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_insights_stand_under_their_clusters_and_last_those_in_none() -> None:
    networks = PublicCluster(id="c1", title="Networks", place=1)
    found = gathered(
        insight(1, "loose"), insight(2, "in", "c1", table=31), insight(3, "left", "c9"), clusters=(networks,)
    )
    groups = outcome(found, "Forum", reader()).groups
    assert [(group.title, [each.text for each in group.insights]) for group in groups] == [
        ("Networks", ["in"]),
        ("", ["loose", "left"]),
    ]
    assert groups[0].insights[0].table == "Red"


def test_the_document_names_no_people() -> None:
    made = outcome(gathered(insight(1, "An insight")), "Forum", reader())
    for write in (markdown, as_json, table):
        assert "Bao" not in write(made, reader())


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_spreadsheet_is_a_formula(text: str) -> None:
    [head, row] = cells(table(document(text), reader()))
    assert len(row) == len(head)
    assert row[1].removeprefix("'") == text
    assert row[1][0] not in "=+-@\t\r＝＋－＠"


def test_a_table_and_a_cluster_are_no_formulas_either() -> None:
    found = gathered(insight(1, "x", "c1", table=31), clusters=(PublicCluster(id="c1", title="=1+1", place=1),))
    made = outcome(Gathered(found.session, found.harvest, (), {31: "@Red"}, 0, ()), "Forum", reader())
    [_, row] = cells(table(made, reader()))
    assert (row[0], row[-1]) == ("'=1+1", "'@Red")
    assert table(made, reader()).startswith("\ufeff")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_wrote_is_only_letters_in_markdown(text: str) -> None:
    shown = escaped(text)
    for mark in "`*_[]<>|~&#":
        assert shown.count(f"\\{mark}") == shown.count(mark) == text.count(mark)
    assert "p://" not in shown
    assert "s://" not in shown
    assert "www." not in shown
    assert not any(line.lstrip().startswith(("-", "+", "=", "1.")) for line in shown.split("\n"))
    written = markdown(document(text), reader())
    assert written.count("\n# ") == 0
    assert len([line for line in written.split("\n") if line.startswith("## ")]) == 1
    assert "\n- " + shown.split("\n")[0] in written


def test_the_schema_in_the_documents_is_the_one_that_holds() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == schema()
    validate(json.loads(as_json(document(*HOSTILE), reader())), schema())


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_document_is_written_in_every_language(code: str) -> None:
    made = outcome(gathered(insight(1, "x", action_line="C4", goal=4, round=1)), "Forum", reader(code))
    assert made.title == ("مقهى" if code == "ar" else "Café")
    assert language(code).country("CN") in markdown(made, reader(code))
    assert "C4" in table(made, reader(code))


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ("line=C4", True),
        ("line=C5", False),
        ("goal=4&round=2&table=31", True),
        ("cluster=none", False),
        ("table=x", False),
    ],
)
def test_filters_of_an_address_narrow_the_page(wish: str, found: bool) -> None:
    row = insight(1, "x", "c1", action_line="C4", goal=4, round=2, table=31)
    assert fits(row, "c1", read_wish(httpx2.QueryParams(wish))) is found


async def publish(client: httpx2.AsyncClient, room: int, text: str, **more: Any) -> str:
    return str((await do(client, "insight.add", room=room, text=text, **more))["id"])


async def do(client: httpx2.AsyncClient, name: str, **body: Any) -> dict[str, Any]:
    headers = {"idempotency-key": secrets.token_hex(8)}
    response = await client.post(f"/api/v1/{name}", json=body, headers=headers)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_a_page_and_its_files_hold_what_stands_and_nothing_that_was_removed(
    client: httpx2.AsyncClient, enter: Enter
) -> None:
    author, host = await enter("participant"), await enter("moderator")
    room = (await live_cafe(client))["room"]
    kept, gone = f"<b>Kept {secrets.token_hex(4)}", f"Gone {secrets.token_hex(4)}"
    insight_id = await publish(author, room, kept, action_line="C4")
    await do(host, "insight.remove", insight=await publish(author, room, gone))
    cluster = (await do(host, "cluster.add", room=room, title="=Networks"))["id"]
    await do(host, "insight.place", insight=insight_id, cluster=cluster)
    for kind in ("", ".md", ".json", ".csv"):
        text = (await author.get(f"/en/rooms/{room}/outcome{kind}")).text
        assert (kept.removeprefix("<b>") in text, gone in text, "Networks" in text) == (True, False, True)
    page = (await author.get(f"/en/rooms/{room}/outcome?line=C5")).text
    assert kept.removeprefix("<b>") not in page[: page.index('id="boot"')]
    assert "<b>Kept" not in page
    held = boot(page)["states"][f"room/{room}"]["harvest"]
    assert insight_id in [each["id"] for each in held["insights"]]
    assert held == (await author.get(f"/api/v1/rooms/{room}/harvest")).json()


async def test_files_are_sent_to_be_kept(client: httpx2.AsyncClient, enter: Enter) -> None:
    cafe, signed_in = await live_cafe(client), await enter("participant")
    for kind, media in (("md", "text/markdown"), ("json", "application/json"), ("csv", "text/csv")):
        response = await signed_in.get(f"/ar/rooms/{cafe['room']}/outcome.{kind}")
        assert response.headers["content-type"] == f"{media}; charset=utf-8"
        named = f'attachment; filename="outcome-{cafe["number"]}-ar.{kind}"'
        assert response.headers["content-disposition"] == named
        assert "private" in response.headers["cache-control"]


@pytest.mark.parametrize("path", ["outcome", "outcome.md", "outcome.json", "outcome.csv"])
async def test_visitors_are_asked_to_sign_in_and_unknown_rooms_do_not_exist(
    client: httpx2.AsyncClient, enter: Enter, path: str
) -> None:
    room = (await live_cafe(client))["room"]
    response = await client.get(f"/en/rooms/{room}/{path}")
    assert (response.status_code, response.headers["location"]) == (303, f"/en/sign-in?next=/en/rooms/{room}/{path}")
    signed_in = await enter("participant")
    assert (await signed_in.get(f"/en/rooms/99999/{path}")).status_code == 404
    assert (await signed_in.get(f"/en/rooms/{room}/outcome.exe")).status_code == 404


async def test_only_hosts_are_offered_what_hosts_do(client: httpx2.AsyncClient, enter: Enter) -> None:
    room = (await live_cafe(client))["room"]
    pages = [(await (await enter(role)).get(f"/en/rooms/{room}/outcome")).text for role in ("participant", "moderator")]
    assert ['id="cluster-add"' in page for page in pages] == [False, True]
    assert ['id="insight-add"' in page for page in pages] == [True, True]
