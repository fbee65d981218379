"""What tests of the media process may ask for."""

from collections.abc import AsyncIterator

import pytest

from tests.server.media.child import Child, child


@pytest.fixture
async def media() -> AsyncIterator[Child]:
    """Give a media process of its own."""
    async with child() as process:
        yield process
