"""What programs ask waits in a line of its own: a few at a time are answered, step by step, off the event loop.

Between two steps whoever asked may leave: then nothing more is done for them, and the next in line has the place.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ingest.errors import DatelineError

__all__ = ["BusyError", "CrowdedError", "Line"]

_T = TypeVar("_T")
_AT_ONCE = max(2, os.cpu_count() or 2)  # each question uses more than one core by itself
_MOST_WAITING = 200
_LONGEST_WAIT_S = 60.0
_OVER = object()


class BusyError(DatelineError):
    """It waited too long for its turn; `retry_s` is when another try makes sense."""

    retry_s = 10


class CrowdedError(BusyError):
    """So many wait that it may not even wait."""


class Line:
    """At most `at_once` pieces of work run; `most_waiting` more wait, none longer than `longest_wait_s`."""

    def __init__(
        self, *, at_once: int = _AT_ONCE, most_waiting: int = _MOST_WAITING, longest_wait_s: float = _LONGEST_WAIT_S
    ) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="dateline-program")
        self._places = asyncio.Semaphore(at_once)
        self._most_waiting = most_waiting
        self._longest_wait_s = longest_wait_s
        self._waiting = 0

    async def follow(self, steps: Iterator[_T]) -> AsyncGenerator[_T, None]:
        """What `steps` yields, each step taken in a thread; leaving this iterator ends it after the step at hand.

        Raises `CrowdedError` or `BusyError` when its turn does not come, and whatever a step raises.
        """
        await self._turn()
        step: asyncio.Future[object] | None = None
        try:
            while True:
                step = asyncio.get_running_loop().run_in_executor(self._threads, next, steps, _OVER)
                item = await asyncio.shield(step)
                if item is _OVER:
                    return
                yield item  # type: ignore[misc]
        finally:
            if step is None or step.done():
                self._places.release()
            else:  # whoever asked has left; the place is free when the thread is
                step.add_done_callback(self._left)

    async def run(self, work: Callable[[], _T]) -> _T:
        """What `work` returns, when its turn has come. Raises as `follow` does."""
        async with contextlib.aclosing(self.follow(work() for _ in range(1))) as found:
            async for item in found:
                return item
        raise AssertionError("one step yields one item")

    async def _turn(self) -> None:
        if self._waiting >= self._most_waiting:
            raise CrowdedError(f"{self._waiting} questions wait already: ask again a little later, fewer at a time")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._longest_wait_s):
                await self._places.acquire()
        except TimeoutError as error:
            raise BusyError(
                f"others are being answered, and the turn of this did not come within {self._longest_wait_s:.0f} "
                "seconds: ask again a little later"
            ) from error
        finally:
            self._waiting -= 1

    def _left(self, step: asyncio.Future[object]) -> None:
        if not step.cancelled():
            step.exception()  # seen by nobody, and not to be complained of
        self._places.release()
