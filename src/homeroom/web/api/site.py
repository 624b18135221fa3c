"""A district as the API serves it in one process: its clients, decisions, and what waits to go together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from homeroom.base.log import Log
from homeroom.ingest.quarantine.keeping import is_stored
from homeroom.records.coalesce import Coalescer, Coalescers
from homeroom.records.district import District
from homeroom.records.outcomes import Outcome
from homeroom.records.prepare import Draft
from homeroom.records.read import Asked, Record, RecordReader
from homeroom.records.write import WriteLeave, write_documents
from homeroom.standard.filters import Filter, filters_of
from homeroom.standard.model import Model, Resource
from homeroom.trust.grant import Grant
from homeroom.web.api.arrivals import Arrivals
from homeroom.web.api.metadata_store import MetadataStore
from homeroom.web.api.rates import RequestRates
from homeroom.web.api.route_years import RouteYears
from homeroom.web.auth.clients import ClientAccess

_LARGEST_SET = 128


class Site:
    """One open district. Reads under Grants that are alike share statements, and writes under the same do.

    spool_folder: where files wait, sealed, while they arrive.
    """

    def __init__(self, district: District, log: Log, *, spool_folder: Path) -> None:
        self.district = district
        self.spool_folder = spool_folder
        self.arrivals = Arrivals(district, log)
        self.access = ClientAccess(district)
        self.years = RouteYears(district)
        self.rates = RequestRates()
        self._metadata: MetadataStore | None = None
        self._filters: dict[str, Mapping[str, Filter]] = {}
        self._filters_model: Model | None = None
        self._alike: Coalescers[Asked, Record | None] = Coalescers(self._reader)
        self._reads: Coalescers[Asked, Record | None] = Coalescers(_one_per(self._reader_for))
        self._writes: Coalescers[Draft, Outcome] = Coalescers(_one_per(self._writer))
        self._log = log
        self._later: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Does the work after its request has been answered; the log tells of it when it fails."""
        task = asyncio.get_running_loop().create_task(work)
        self._later.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._later.discard(task)
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            self._log.fault("api.later", fault)

    async def read(self, grant: Grant, uuid: UUID, *, request: str) -> Record | None:
        """The record, if the Grant reaches it. request: what the ledger calls this one."""
        return await self._reads.of(_Same(grant)).submit(Asked(uuid, grant, request))

    async def write(self, resource: str, *, draft: Draft, leave: WriteLeave) -> Outcome:
        """Stores one document, together with those that wait under the same decisions."""
        return await self._writes.of(_Same(leave.create, leave.update, resource, leave)).submit(draft)

    async def store(self, resource: str, *, drafts: Sequence[Draft], leave: WriteLeave) -> Sequence[Outcome]:
        """Stores documents in one set; what waited for them in the quarantine follows in the background."""
        outcomes = await write_documents(self.district, resource, drafts=drafts, leave=leave)
        stored = [d.document for d, outcome in zip(drafts, outcomes, strict=True) if is_stored(outcome)]
        await self.arrivals.note(resource, stored)
        return outcomes

    async def close(self) -> None:
        """Ends what goes on in the background."""
        await self.arrivals.close()

    def filters(self, resource: Resource) -> Mapping[str, Filter]:
        """What lists of the resource are filtered by, worked out once per Model."""
        model = self.district.catalog.model
        if self._filters_model is not model:
            self._filters, self._filters_model = {}, model
        found = self._filters.get(resource.name)
        if found is None:
            found = self._filters[resource.name] = filters_of(model, resource)
        return found

    def metadata(self) -> MetadataStore:
        """The documents about the district's Model."""
        model = self.district.catalog.model
        if self._metadata is None or self._metadata.model is not model:
            self._metadata = MetadataStore(model, self.district.entry.standard)
        return self._metadata

    def _reader_for(self, grant: Grant) -> Coalescer[Asked, Record | None]:
        return self._alike.of(_Alike(grant))

    def _reader(self, key: Hashable) -> Coalescer[Asked, Record | None]:
        assert isinstance(key, _Alike)  # noqa: S101 - for the type checker: we make no other key
        reader = RecordReader(self.district, key.grant)

        async def run(asked: Sequence[Asked]) -> list[Record | None]:
            found = await reader.read(asked)
            return [found.get(one.uuid) for one in asked]

        return Coalescer(run, most=_LARGEST_SET)

    def _writer(
        self, _create: object, _update: object, resource: str, leave: WriteLeave
    ) -> Coalescer[Draft, Outcome]:
        async def run(drafts: Sequence[Draft]) -> Sequence[Outcome]:
            return await self.store(resource, drafts=drafts, leave=leave)

        return Coalescer(run, most=_LARGEST_SET)


class _Same:
    """A key made of decisions. They are made once and kept, so the same one is the same object."""

    __slots__ = ("first", "second", "values")

    def __init__(self, *values: Any) -> None:
        self.values = values
        self.first = values[0]
        self.second = values[1] if len(values) > 1 else None

    def __hash__(self) -> int:  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        return id(self.first) ^ id(self.second)

    def __eq__(self, other: object) -> bool:  # type: ignore[explicit-override]  # as above
        return isinstance(other, _Same) and self.first is other.first and self.second is other.second


class _Alike:
    """A key made of what a Grant lets its holder read, whoever that is."""

    __slots__ = ("grant", "likeness")

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        self.likeness = RecordReader.likeness(grant)

    def __hash__(self) -> int:  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        return hash(self.likeness)

    def __eq__(self, other: object) -> bool:  # type: ignore[explicit-override]  # as above
        return isinstance(other, _Alike) and self.likeness == other.likeness


def _one_per(make: Callable[..., Coalescer[Any, Any]]) -> Callable[[Hashable], Coalescer[Any, Any]]:
    def of_key(key: Hashable) -> Coalescer[Any, Any]:
        assert isinstance(key, _Same)  # noqa: S101 - for the type checker: we make no other key
        return make(*key.values)

    return of_key
