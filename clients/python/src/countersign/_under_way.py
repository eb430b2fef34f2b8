"""What a client has under way in asyncio, so that close() can end it."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable, Coroutine, Set, TypeVar

from ._operations import closed_error

T = TypeVar("T")


class UnderWay:
    def __init__(self) -> None:
        self.closed = False
        self._tasks: Set[asyncio.Task[Any]] = set()
        self._ended: Set[asyncio.Task[Any]] = set()
        self._on_close: Set[Callable[[], Awaitable[None]]] = set()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """
        :raises CountersignError: CLIENT_CLOSED where close() was called, before or meanwhile
        """
        if self.closed:
            work.close()
            raise closed_error()
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            # Cancelled from outside, this task is cancelled with it; by close(), the caller is not.
            if task in self._ended:
                raise closed_error() from None
            raise
        finally:
            self._tasks.discard(task)
            self._ended.discard(task)

    def at_close(self, work: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Has this done at close(); gives what forgets it again."""
        self._on_close.add(work)
        return lambda: self._on_close.discard(work)

    async def close(self) -> None:
        self.closed = True
        tasks = [task for task in self._tasks if not task.done()]
        self._ended.update(tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for work in list(self._on_close):
            await work()
