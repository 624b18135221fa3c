"""Clients write over HTTP without pause while processes are killed: nothing acknowledged is lost, nothing is half.

`conftest` says how to kill each kind of process as often as one likes.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Sequence
from typing import Final

import pytest

from tests.cast import Body
from tests.crash.arena import Arena, opened
from tests.crash.clerk import Clerk, is_shown
from tests.crash.dice import Dice
from tests.crash.follower import Follower, UnansweredError
from tests.crash.installation import Installation, Victim
from tests.crash.soundness import durability, orphans, reused_versions, unaccounted, untrue_links

CLERKS: Final = 8
RESOURCES: Final = ("Student", "StudentSchoolAssociation", "ClassPeriod", "Section")
# Most kills come while everything is at work again, some while the last one is still being mended.
_HASTE: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 0.8
_MOST_WRITES_BETWEEN: Final = 60
_PATIENCE_SECONDS: Final = 300


class Storm:
    """Clerks at work and a follower behind them, while one kind of process is killed again and again."""

    def __init__(self, installation: Installation, arena: Arena, *, name: str, chance: random.Random) -> None:
        self._installation = installation
        self._chance = chance
        self._clients = [arena.client() for _ in range(CLERKS + 1)]
        self._is_over = asyncio.Event()
        self.clerks = [
            Clerk(client, f"{name}{n}", random.Random(chance.random()))
            for n, client in enumerate(self._clients[1:])
        ]
        periods = [slot for clerk in self.clerks for slot in clerk.slots["classPeriods"]]
        for clerk in self.clerks:
            clerk.periods = periods
        self.follower = Follower(self._clients[0], arena.url)

    async def rage(self, victim: Victim, *, kills: int) -> None:
        """Ends when all kills are done and every clerk knows again what stands."""
        await self.follower.begin()
        async with asyncio.TaskGroup() as tasks:
            for clerk in self.clerks:
                tasks.create_task(self._write(clerk))
            tasks.create_task(self._follow())
            tasks.create_task(self._kill(victim, kills))
        async with asyncio.timeout(_PATIENCE_SECONDS):
            for clerk in self.clerks:
                await clerk.settle()
            await self._catch_up()

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    def tell(self) -> str:
        """What the figures of a long run are."""
        answers = sum((clerk.answers for clerk in self.clerks), Counter[str]())
        counted = ", ".join(f"{number} {name}" for name, number in sorted(answers.items()))
        return (
            f"{self.acknowledged} writes acknowledged, {self.follower.windows} windows of the feed; {counted}"
        )

    @property
    def acknowledged(self) -> int:
        return sum(clerk.acknowledged for clerk in self.clerks)

    async def _write(self, clerk: Clerk) -> None:
        while not self._is_over.is_set():
            before = clerk.answers["none"]
            await clerk.step()
            if clerk.answers["none"] > before:
                await asyncio.sleep(0.2)  # nobody listens

    async def _follow(self) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(UnansweredError):
                await self.follower.follow()
            await asyncio.sleep(0.1)

    async def _catch_up(self) -> None:
        while True:
            with contextlib.suppress(UnansweredError):
                return await self.follower.follow()
            await asyncio.sleep(0.1)

    async def _kill(self, victim: Victim, kills: int) -> None:
        for _ in range(kills):
            if self._chance.random() > _HASTE:
                await self._writes(self._chance.randint(1, _MOST_WRITES_BETWEEN))
            await asyncio.sleep(self._chance.uniform(0, _LONGEST_PAUSE_SECONDS))
            await self._installation.kill(victim, self._chance)
        await self._writes(2 * CLERKS)
        self._is_over.set()

    async def _writes(self, number: int) -> None:
        """Waits until so many more writes are acknowledged."""
        wanted = self.acknowledged + number
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while self.acknowledged < wanted:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"Nothing goes on any more. {self._installation.said()}") from None


@pytest.mark.parametrize("victim", list(Victim))
async def test_no_acknowledged_write_is_lost(
    installation: Installation, arena: Arena, victim: Victim, dice: Dice, request: pytest.FixtureRequest
) -> None:
    async with installation:
        storm = Storm(installation, arena, name=f"{victim}-", chance=dice.of(victim))
        try:
            await storm.rage(victim, kills=dice.kills)
            stored = await storm.follower.read_all()
        finally:
            await storm.close()
        request.node.add_report_section("call", "storm", f"{victim}: {dice.kills} kills, {storm.tell()}")
        assert _misplaced(storm.clerks, stored) == []
        assert storm.follower.copy == stored
        await _check_district(installation, arena.name)


def _misplaced(clerks: Sequence[Clerk], stored: dict[str, dict[str, Body]]) -> list[str]:
    """What a clerk knows to stand and does not, and what stands under a clerk's name and it does not know of."""
    wrong = []
    for endpoint, found in stored.items():
        by_id = {
            body["id"]: body for key, body in found.items() if any(clerk.owner in key for clerk in clerks)
        }
        for slot in (slot for clerk in clerks for slot in clerk.slots[endpoint]):
            body = by_id.pop(slot.id, None) if slot.id else None
            if not is_shown(slot.likely, body):
                wrong.append(f"{endpoint} {slot.name}: {slot.likely} is stored as {body}")
        wrong += [f"{endpoint}: nobody wrote {body}" for body in by_id.values()]
    return wrong


async def _check_district(installation: Installation, name: str) -> None:
    async with opened(installation, name) as district:
        assert set((await durability(district)).values()) == {"on"}
        assert await orphans(district) == {}
        assert await unaccounted(district, RESOURCES) == []
        assert await reused_versions(district, RESOURCES) == []
        assert (
            await untrue_links(district, "Section", member="classPeriodReference", target="ClassPeriod") == []
        )
