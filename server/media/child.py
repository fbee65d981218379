"""The media process as its parent sees it: started when it is wanted, told and heard, started anew when it ends."""

import asyncio
import contextlib
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import structlog

import server
from server.media.wire import Said, Told, line, read_said

START_SECONDS = 30.0
SILENT_SECONDS = 3.0
"""A process that says nothing for longer, though it tells its load every second, is stuck."""
FAREWELL_SECONDS = 3.0
WAITS_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
HEALTHY_SECONDS = 30.0
"""A process that lived so long is started anew without waiting."""
LINE_BYTES = 4 * 1024 * 1024

log = structlog.get_logger()


class Child:
    """Runs one media process after the other."""

    def __init__(
        self, hear: Callable[[Said], None], began: Callable[[bool], None], addresses: Sequence[str] = ()
    ) -> None:
        """Prepare; hear takes what it says, began hears of each start, and whether it is the first."""
        self.pid: int | None = None
        self._hear = hear
        self._began = began
        self._addresses = [part for address in addresses for part in ("--address", address)]
        self._process: Process | None = None
        self._wanted = asyncio.Event()
        self._stopped = asyncio.Event()
        self._starts = 0

    def want(self) -> None:
        """Start the process, unless there is one."""
        self._wanted.set()

    def tell(self, told: Told) -> None:
        """Tell it something; where there is none, nothing is told."""
        if self._process and self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(line(told))

    def stop(self) -> None:
        """Let it end."""
        self._stopped.set()
        self._wanted.set()
        if self._process and self._process.stdin:
            self._process.stdin.close()

    async def run(self) -> None:
        """Work until stopped."""
        waits = 0
        await self._wanted.wait()
        while not self._stopped.is_set():
            began_at = time.monotonic()
            try:
                await self._live()
            except OSError as error:
                log.error("media.not_started", error=str(error))
            waits = 0 if time.monotonic() - began_at > HEALTHY_SECONDS else min(waits + 1, len(WAITS_SECONDS) - 1)
            await self._pause(WAITS_SECONDS[waits - 1 if waits else 0])

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopped.wait()

    async def _live(self) -> None:
        self._process = process = await self._start()
        self.pid = process.pid
        self._starts += 1
        try:
            self._began(self._starts == 1)
            if self._stopped.is_set():
                self.stop()
            await self._listen(process)
        finally:
            self.pid = self._process = None
            await end(process)
            if not self._stopped.is_set():
                log.warning("media.ended", code=process.returncode)

    async def _start(self) -> Process:
        # Without the server's settings, which hold its secrets; and apart from a terminal's signals.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAJLIS_")}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server.media", *self._addresses),
            stdin=PIPE,
            stdout=PIPE,
            limit=LINE_BYTES,
            cwd=Path(server.__file__).parent.parent,
            env=environment,
            start_new_session=True,
        )

    async def _listen(self, process: Process) -> None:
        """Hear it until it ends or falls silent."""
        patience = START_SECONDS
        while said := await self._line(process, patience):
            patience = SILENT_SECONDS
            self._take(said)

    async def _line(self, process: Process, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                return await process.stdout.readline() if process.stdout else b""
        except (TimeoutError, ValueError) as trouble:
            log.error("media.stuck", trouble=type(trouble).__name__)
            return b""

    def _take(self, said: bytes) -> None:
        try:
            self._hear(read_said(said))
        except msgspec.MsgspecError:
            log.warning("media.not_understood", said=said[:200])


async def end(process: Process) -> None:
    """End a process, and leave no zombie: politely where its pipe was closed, at once otherwise."""
    polite = process.stdin is not None and process.stdin.is_closing()
    with contextlib.suppress(TimeoutError):
        if polite:
            await asyncio.wait_for(process.wait(), FAREWELL_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        if process.returncode is None:
            process.kill()
    await process.wait()
    if process.stdin:
        process.stdin.close()
