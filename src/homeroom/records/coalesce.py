"""Coalescing: what waits while a statement is in flight goes with the next one. No timers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Coalescer(Generic[_Item, _Result]):
    """Gathers single calls of one key into sets, one at a time; an idle key answers at once.

    run: does a set, one result per item, in order. most: items in one set.
    """

    def __init__(
        self,
        run: Callable[[Sequence[_Item]], Awaitable[Sequence[_Result]]],
        *,
        most: int = 128,
    ) -> None:
        self._run = run
        self._most = most
        self._is_free = True
        self._waiting: list[tuple[_Item, asyncio.Future[_Result]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def submit(self, item: _Item) -> _Result:
        """The item's result; raises what the set that carried it raised."""
        future: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._start()
        return await future

    def _start(self) -> None:
        if self._is_free and self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._is_free = False
            task = asyncio.get_running_loop().create_task(self._carry(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, batch: list[tuple[_Item, asyncio.Future[_Result]]]) -> None:
        try:
            results = await self._run([item for item, _ in batch])
        except BaseException as error:  # noqa: BLE001 - it belongs to those who wait, not to this task
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
        finally:
            self._is_free = True
            self._start()


class Coalescers(Generic[_Item, _Result]):
    """One coalescer per key, made when first needed and kept while the key is in use."""

    def __init__(
        self, make: Callable[[Hashable], Coalescer[_Item, _Result]], *, most_keys: int = 1000
    ) -> None:
        self._make = make
        self._most_keys = most_keys
        self._by_key: dict[Hashable, Coalescer[_Item, _Result]] = {}

    def of(self, key: Hashable) -> Coalescer[_Item, _Result]:
        """The key's coalescer."""
        found = self._by_key.get(key)
        if found is None:
            if len(self._by_key) >= self._most_keys:
                # The oldest goes; what it still carries ends by itself.
                self._by_key.pop(next(iter(self._by_key)))
            found = self._by_key[key] = self._make(key)
        return found
