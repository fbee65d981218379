"""Proposes seats in a process of its own, so that a thousand people at once never hold up a chat."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from rooms.cafe.clock import Task
from rooms.cafe.rotation import Proof, Seating, arrange, prove


def compute(task: Task) -> tuple[Seating, Proof]:
    """Arrange the rounds that are left, and prove what the next one does."""
    seating = arrange(task.guests, task.tables, task.rounds, task.met, locked=task.locked, seed=task.turn)[0]
    return seating, prove(task.guests, [seating], task.met)


class Planner:
    """One worker process, started when it is first needed."""

    def __init__(self) -> None:
        self.pool: ProcessPoolExecutor | None = None

    async def compute(self, task: Task) -> tuple[Seating, Proof]:
        """Compute a proposal; a worker that was killed is replaced once.

        Raises:
            BrokenProcessPool: the second worker died as well.
        """
        for last in (False, True):
            self.pool = self.pool or ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
            try:
                return await asyncio.get_running_loop().run_in_executor(self.pool, compute, task)
            except BrokenProcessPool:
                self.pool = None
                if last:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Let the worker go, and wait until it has gone."""
        if self.pool:
            self.pool.shutdown(cancel_futures=True)
