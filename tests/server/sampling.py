"""What the tests read off the sample forum."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import httpx2


async def sessions(client: httpx2.AsyncClient, **filters: str) -> list[dict[str, Any]]:
    """Read the programme over the API."""
    found: list[dict[str, Any]] = (await client.get("/api/v1/sessions", params=filters)).json()["sessions"]
    return found


async def live_cafe(client: httpx2.AsyncClient) -> dict[str, Any]:
    """Find the café that is live now."""
    now = datetime.now(UTC)
    cafes = await sessions(client, format="knowledge-cafe")
    return next(each for each in cafes if moment(each["start_at"]) <= now < moment(each["end_at"]))


def moment(text: str) -> datetime:
    """Read a moment from the wire."""
    return datetime.fromisoformat(text)


def boot(page: str) -> dict[str, Any]:
    """Read the data that a page gives its script."""
    found = re.search(r'<script type="application/json" id="boot">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def form_token(page: str) -> str:
    """Find the token that a page's forms carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]
