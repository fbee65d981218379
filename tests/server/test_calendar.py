"""The programme in calendars."""

import re
from typing import Any

import httpx2
from icalendar import Calendar

from tests.server.sampling import moment, sessions


async def test_the_calendar_holds_every_session_in_utc(client: httpx2.AsyncClient) -> None:
    response = await client.get("/forum.ics?lang=fr")
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))
    calendar = Calendar.from_ical(response.content)
    events: dict[str, Any] = {str(each["uid"]): each for each in calendar.walk("VEVENT")}
    listed = await sessions(client)
    assert len(events) == len(listed)
    by_url = {str(each["url"]): each for each in events.values()}
    for session in listed:
        event = by_url[f"{str(client.base_url).rstrip('/')}/fr/sessions/{session['number']}"]
        assert event["dtstart"].dt == moment(session["start_at"])
        assert event["dtend"].dt == moment(session["end_at"])
        assert event["dtstart"].to_ical().endswith(b"Z")
        assert str(event["summary"]) == session["title"]["fr"]


async def test_a_session_has_one_name_in_all_calendars(client: httpx2.AsyncClient) -> None:
    one = Calendar.from_ical((await client.get("/sessions/538.ics?lang=ar")).content).walk("VEVENT")
    all_ = Calendar.from_ical((await client.get("/forum.ics")).content).walk("VEVENT")
    assert len(one) == 1
    assert re.fullmatch(r"session-[^@]+@majlis", str(one[0]["uid"]))
    assert str(one[0]["uid"]) in [str(each["uid"]) for each in all_]
    assert (await client.get("/sessions/99999.ics")).status_code == 404
