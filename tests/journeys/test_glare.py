"""A private call whose people all come at once, again and again: no leg between two browsers is ever dead."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.test_call import KEEP, act, chromium, host, house, visiting
from tests.servers import Hall, Town

__all__ = ["chromium", "host", "house"]
pytestmark = pytest.mark.browser

NAMES = ("Amina Okafor", "Bao Lin", "Carlos Ruiz")
ROUNDS = 25
WITH_CAMERA = 5
"""In every so many rounds all cameras are on."""
LEGS = """async () => {
    const heard = async (leg) => {
        const found = [...(await leg.getStats()).values()];
        const sounds = found.filter(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
        return sounds.reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
    };
    const alive = window.legs.filter(({ connectionState }) => connectionState !== "closed");
    const before = await Promise.all(alive.map(heard));
    await new Promise((done) => setTimeout(done, 250));
    const after = await Promise.all(alive.map(heard));
    const words = alive.map((_, at) => (after[at] > before[at] ? "sounds" : "is silent"));
    return alive.map(({ connectionState }, at) => `${connectionState} ${words[at]}`);
}"""
GOOD = ["connected sounds"] * (len(NAMES) - 1)
PATIENCE = 60
"""Looks, each of a quarter of a second."""


@contextlib.asynccontextmanager
async def pages(browser: Browser, town: Town, hall: Hall) -> AsyncIterator[list[Page]]:
    """Open a private room as three people."""
    room = await hall.room("chat", "call")
    chair = await hall.person(NAMES[0], role="moderator", scope=f"room/{room}")
    guests = [chair, *[await hall.person(name) for name in NAMES[1:]]]
    async with contextlib.AsyncExitStack() as stack:
        found = [await stack.enter_async_context(visiting(browser, town, guest, room)) for guest in guests]
        for page in found:
            await page.add_init_script(KEEP)
            await page.reload()
            await expect(page.locator("#call")).to_be_visible()
        await enter(found[0], camera=False)
        await act(found[0], "engine").click()
        await expect(found[0].locator("#call [data-slot=hears]")).to_contain_text("the server cannot hear")
        await leave(found[0])
        yield found


async def enter(page: Page, camera: bool) -> None:
    """Go through the green room, and do not wait for the others."""
    await act(page, "open").click()
    green = page.locator("#call [data-slot=green]")
    await green.locator("[name=muted]").set_checked(False)
    await green.locator("[name=preview]").set_checked(camera)
    await green.locator("button:not([type])").click()
    await expect(act(page, "leave")).to_be_visible()


async def leave(page: Page) -> None:
    """Leave the call."""
    await act(page, "leave").click()
    await expect(act(page, "open")).to_be_visible()


async def legs(page: Page) -> list[Any]:
    """Wait until both legs of a page run, or give what there is instead."""
    for _ in range(PATIENCE):
        found: list[Any] = await page.evaluate(LEGS)
        if found == GOOD:
            break
    return found


async def test_no_leg_is_dead_when_all_join_at_once(chromium: Browser, house: Town, host: Hall) -> None:
    async with pages(chromium, house, host) as found:
        for number in range(ROUNDS):
            await asyncio.gather(*(enter(page, number % WITH_CAMERA == 0) for page in found))
            assert await asyncio.gather(*map(legs, found)) == [GOOD] * len(found), f"in round {number}"
            await asyncio.gather(*map(leave, found))
