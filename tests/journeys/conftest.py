"""Browsers: Debian's Chromium, with a console that has to stay empty."""

import contextlib
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

BINARIES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOST = re.compile(r"WebSocket connection|net::ERR_|Failed to load resource")
"""What a browser says by itself when its network is cut."""

expect.set_options(timeout=15_000)


@dataclass
class Visit:
    """One person's browser tab and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)


Arrive = Callable[..., Awaitable[Visit]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Give a real browser, or skip by name where there is none."""
    binary = next(filter(None, map(shutil.which, BINARIES)), None)
    if binary is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=binary, args=SWITCHES)
        yield started
        await started.close()


@pytest.fixture
async def arrive(browser: Browser, sample: str) -> AsyncIterator[Arrive]:
    """Give a way to arrive at the forum as somebody, each in a browser context of their own."""
    visits: list[Visit] = []
    async with contextlib.AsyncExitStack() as stack:

        async def arrived(role: str = "", language: str = "en", address: str = sample, **context: object) -> Visit:
            made = await browser.new_context(**context)  # type: ignore[arg-type]
            stack.push_async_callback(made.close)
            visit = Visit(await made.new_page())
            visit.page.on("console", lambda message: _note(visit, message.type, message.text))
            visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
            visits.append(visit)
            await visit.page.goto(f"{address}/{language}/")
            if role:
                await visit.page.locator(f"form:has(input[value={role}]) button").first.click()
                await visit.page.wait_for_url(re.compile(r"/rooms/\d+"))
            return visit

        yield arrived
    assert [complaint for visit in visits for complaint in visit.complaints] == []


def _note(visit: Visit, kind: str, text: str) -> None:
    if kind in ("error", "warning") and not LOST.search(text):
        visit.complaints.append(text)
