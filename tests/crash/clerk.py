"""A client that writes without pause, and knows for each of its records what may stand in the store.

What was acknowledged must stand. Of what was sent and never answered each may stand, or none of it did anything;
the next answer about the record, whatever it is, says more.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import httpx

from tests.cast import Body, enrollment_body, period_body, section_body, student_body

_SLOTS: Final = 4
_LOOKS: Final = 0.3
_UNANSWERED: Final = 503  # the database went while it was asked, perhaps after it had committed
_REFUSED: Final = 409  # what it refers to is not there, or something refers to it: it did nothing


class LostError(AssertionError):
    """The server said something that cannot be true if it keeps what it acknowledged."""


@dataclass
class Slot:
    """One record, or its absence. states: what may stand; the one that was tried last comes last."""

    owner: str
    number: int
    endpoint: str
    id: str | None = None
    states: list[Body | None] = field(default_factory=lambda: [None])

    @property
    def name(self) -> str:
        """What no other slot of its endpoint has in its key."""
        return f"{self.owner}-{self.number}"

    @property
    def likely(self) -> Body | None:
        """What stands if everything that was sent has arrived."""
        return self.states[-1]

    def settle(self, state: Body | None, id_: str | None = None) -> None:
        """An answer has told what stands."""
        self.states = [state]
        self.id = None if state is None else id_ or self.id

    def see(self, stored: Body | None) -> None:
        """Somebody has read what stands. Raises LostError when nobody has written that."""
        for state in self.states:
            if is_shown(state, stored):
                self.settle(state, None if stored is None else stored["id"])
                return
        raise LostError(f"{self.endpoint} {self.name}: {stored} stands, but {self.states} was written")


@dataclass
class Clerk:
    """Owns some slots of each endpoint. answers: how often each status came, and how often none.

    periods: class periods that its sections may name; those of all clerks, so that one renames or deletes what the
    others are just naming.
    """

    client: httpx.AsyncClient
    owner: str
    chance: random.Random
    answers: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    periods: list[Slot] = field(default_factory=list)
    _mark: int = 0

    def __post_init__(self) -> None:
        self.slots = {
            endpoint: [Slot(self.owner, n, endpoint) for n in range(_SLOTS)] for endpoint in _BODIES
        }

    async def step(self) -> None:
        """One request about one of the records."""
        slot = self.chance.choice(self.slots[self.chance.choice(list(self.slots))])
        if len(slot.states) > 1 and self.chance.random() < _LOOKS:
            await self._look(slot)
        elif slot.id is None:
            await self._post(slot)
        else:
            await self.chance.choices((self._put, self._post, self._delete), (3, 2, 2))[0](slot)

    async def settle(self) -> None:
        """Looks at every record of which something is not known, until it is."""
        for slot in (slot for slots in self.slots.values() for slot in slots if len(slot.states) > 1):
            while len(slot.states) > 1:
                await self._look(slot)

    async def _post(self, slot: Slot) -> None:
        if slot.endpoint == "classPeriods" and slot.id is not None and len(slot.states) > 1:
            await self._put(
                slot
            )  # under which of its names it stands is not known, and it must not stand twice
            return
        body = self._body(slot, is_renamed=False)
        response = await self._send(slot, body, "POST", slot.endpoint, json=body)
        if response is None:
            return
        if response.status_code == 201 and None not in slot.states:
            raise LostError(f"{slot.endpoint} {slot.name} was created, but it stood already: {slot.states}")
        if response.status_code == 200 and slot.states == [None]:
            raise LostError(f"{slot.endpoint} {slot.name} was updated, but it was absent")
        self._acknowledge(slot, body, response.headers["location"].rpartition("/")[2])

    async def _put(self, slot: Slot) -> None:
        body = self._body(slot, is_renamed=self.chance.random() < 0.5)
        response = await self._send(slot, body, "PUT", f"{slot.endpoint}/{slot.id}", json=body)
        if response is not None:
            self._acknowledge(slot, body) if response.status_code == 204 else slot.see(None)

    async def _delete(self, slot: Slot) -> None:
        response = await self._send(slot, None, "DELETE", f"{slot.endpoint}/{slot.id}")
        if response is not None:
            self._acknowledge(slot, None) if response.status_code == 204 else slot.see(None)

    async def _look(self, slot: Slot) -> None:
        """Reads the record by its id, or by its key while no answer has told the id."""
        if slot.id is not None:
            response = await self._ask(f"{slot.endpoint}/{slot.id}")
            if response is not None:
                slot.see(response.json() if response.status_code == 200 else None)
            return
        response = await self._ask(slot.endpoint, params=_KEYS[slot.endpoint](slot.name))
        if response is not None:
            found = response.json()
            assert len(found) <= 1, found
            slot.see(found[0] if found else None)

    def _acknowledge(self, slot: Slot, body: Body | None, id_: str | None = None) -> None:
        self.acknowledged += 1
        slot.settle(body, id_)

    async def _send(
        self, slot: Slot, wanted: Body | None, method: str, address: str, **given: Any
    ) -> httpx.Response | None:
        """The answer that says what stands now; None when there is none, or the request was refused."""
        response = await self._request(method, address, **given)
        if response is None or response.status_code == _UNANSWERED:
            if method == "POST" and None in slot.states:
                slot.id = None  # it may have come back under another one
            slot.states.append(wanted)
            return None
        if response.status_code == _REFUSED:
            return None
        assert response.status_code in {200, 201, 204, 404}, f"{response.status_code}: {response.text}"
        return response

    async def _ask(self, address: str, **given: Any) -> httpx.Response | None:
        response = await self._request("GET", address, **given)
        if response is None or response.status_code == _UNANSWERED:
            return None
        assert response.status_code in {200, 404}, f"{response.status_code}: {response.text}"
        return response

    async def _request(self, method: str, address: str, **given: Any) -> httpx.Response | None:
        try:
            response = await self.client.request(method, address, **given)
        except httpx.TransportError:
            self.answers["none"] += 1
            return None
        self.answers[f"{method} {response.status_code}"] += 1
        return response

    def _body(self, slot: Slot, *, is_renamed: bool) -> Body:
        """A body that was never sent before, for the slot as it likely stands."""
        self._mark += 1
        body = _BODIES[slot.endpoint](slot.name, self._mark)
        if slot.endpoint == "classPeriods":
            named = slot.likely or next((state for state in slot.states if state), None) or body
            body["classPeriodName"] = (
                _renamed(named["classPeriodName"]) if is_renamed else named["classPeriodName"]
            )
        if slot.endpoint == "sections":
            periods = [period.likely for period in self.periods if period.likely]
            chosen = self.chance.sample(periods, min(len(periods), self.chance.randrange(3)))
            body["classPeriods"] = [
                {"classPeriodReference": {n: p[n] for n in ("classPeriodName", "schoolId")}}
                for p in ({**p, "schoolId": p["schoolReference"]["schoolId"]} for p in chosen)
            ]
        return body


def is_shown(state: Body | None, stored: Body | None) -> bool:
    """Whether a stored record is just what was sent. A class period's name in a section follows the period."""
    if state is None or stored is None:
        return state is stored
    return _plain(state) == _plain({name: stored.get(name) for name in state})


def _plain(body: Body) -> Body:
    return {name: _plain_value(name, value) for name, value in body.items()}


def _plain_value(name: str, value: object) -> object:
    match value:
        case dict() if name.endswith("Reference"):
            return {n: v for n, v in value.items() if n != "link"}
        case list() | None if name == "classPeriods":
            names = (item["classPeriodReference"]["classPeriodName"] for item in value or ())
            return sorted(name.rpartition(" ")[0] for name in names)
        case _:
            return value


def _renamed(name: str) -> str:
    slot, _, side = name.rpartition(" ")
    return f"{slot} {'west' if side == 'east' else 'east'}"


def _day(mark: int) -> str:
    return (date(2000, 1, 1) + timedelta(days=mark)).isoformat()


def _student(name: str, mark: int) -> Body:
    return student_body(name, f"Ines {mark}") | {"birthDate": _day(mark)}


def _enrollment(name: str, mark: int) -> Body:
    return enrollment_body(name) | {"exitWithdrawDate": _day(mark + 10_000)}


def _period(name: str, mark: int) -> Body:
    minutes, seconds = divmod(mark, 60)
    starts = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return period_body(f"{name} east") | {"meetingTimes": [{"startTime": starts, "endTime": "23:59:59"}]}


def _section(name: str, mark: int) -> Body:
    return section_body() | {"sectionIdentifier": name, "sectionName": f"Algebra {mark}"}


_BODIES: Final[dict[str, Callable[[str, int], Body]]] = {
    "students": _student,
    "studentSchoolAssociations": _enrollment,
    "classPeriods": _period,
    "sections": _section,
}
_KEYS: Final[dict[str, Callable[[str], dict[str, str]]]] = {
    "students": lambda name: {"studentUniqueId": name},
    "studentSchoolAssociations": lambda name: {"studentUniqueId": name},
    "classPeriods": lambda name: {"classPeriodName": f"{name} east"},
    "sections": lambda name: {"sectionIdentifier": name},
}
