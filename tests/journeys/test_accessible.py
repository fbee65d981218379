"""Every page in every language: axe finds nothing, nothing sticks out, and the weight stays within its budget."""

import re

import brotli
import httpx2
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from server.compression import QUALITY
from server.i18n import LANGUAGES
from tests.conftest import Enter
from tests.journeys.conftest import Arrive

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = ("", "programme", "sessions/538", "help", "sign-in")
CONTENT = ('class="messages"', 'class="announcements"', 'id="questions-list"', 'id="onstage-list"')
ROOM_BYTES, SCRIPT_BYTES, DESK_BYTES = 30_000, 20_000, 35_000


async def findings(page: Page) -> list[str]:
    """List what axe finds on a page, and whether it scrolls sideways."""
    found = await Axe().run(page, options=RULES)
    faults = [
        f"{fault['id']}: {node['html'][:120]}" for fault in found.response["violations"] for node in fault["nodes"]
    ]
    wide = await page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*faults, *([f"scrolls sideways by {wide} px"] if wide > 0 else [])]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_nothing_on_any_page(arrive: Arrive, sample: str, language: str, scheme: str) -> None:
    page = (await arrive("moderator", language, color_scheme=scheme)).page
    room = page.url.partition("?")[0].rstrip("/")
    faults: dict[str, list[str]] = {}
    for address in (room, f"{room}/desk", *(f"{sample}/{language}/{path}" for path in PAGES), f"{sample}/api/"):
        await page.goto(address)
        for width in (390, 1280):
            await page.set_viewport_size({"width": width, "height": 900})
            if found := await findings(page):
                faults[f"{address} at {width}"] = found
    assert faults == {}


async def test_axe_would_find_a_fault(arrive: Arrive) -> None:
    page = (await arrive()).page
    await page.evaluate("() => document.querySelector('main').append(document.createElement('img'))")
    assert await findings(page)


async def weighed(client: httpx2.AsyncClient, path: str) -> tuple[int, int]:
    """Weigh a page with all it loads first, and its scripts alone, in bytes under brotli."""
    html = (await client.get(path)).text
    bare = re.sub(r'(?s)(<script type="application/json" id="boot">).*?(</script>)', r"\1{}\2", html)
    for rows in CONTENT:
        bare = re.sub(rf"(?s)(<[ou]l [^>]*{rows}[^>]*>).*?(</[ou]l>)", r"\1\2", bare)
    page, scripts = len(brotli.compress(bare.encode(), quality=QUALITY)), 0
    for address in set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css|svg))"', html)):
        size = int((await client.head(address, headers={"accept-encoding": "br"})).headers["content-length"])
        page, scripts = page + size, scripts + (size if address.endswith(".js") else 0)
    return page, scripts


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_room_and_its_desk_stay_within_their_budgets(enter: Enter, language: str) -> None:
    client = await enter("moderator")
    room = (await client.get("/api/v1/sessions")).json()["sessions"][0]["room"]
    whole, scripts = await weighed(client, f"/{language}/rooms/{room}")
    desk, _ = await weighed(client, f"/{language}/rooms/{room}/desk")
    assert (whole <= ROOM_BYTES, scripts <= SCRIPT_BYTES, desk <= DESK_BYTES) == (True, True, True), (
        whole,
        scripts,
        desk,
    )
