"""A district's claims: the standard's, or those that documents brought, or those uploaded over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from homeroom.base.findings import Finding
from homeroom.standard.model import Model
from homeroom.store.catalog import Catalog
from homeroom.store.connect import Connection, Database
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act
from homeroom.trust.claim_documents import ClaimDocument, parse_claims
from homeroom.trust.claims import ClaimBook, load_claim_book
from homeroom.trust.extension_claims import with_extension_claims
from homeroom.trust.upload_service import with_upload_claim
from homeroom.trust.versions import Kept, Versions, raise_version


class ClaimStore:
    """The claim book of one district in this process, read again when any process changed it."""

    def __init__(self, database: Database, versions: Versions, *, standard: str) -> None:
        self._database = database
        self._versions = versions
        self._standard = standard
        self._book: ClaimBook | None = None
        self._made_for: tuple[int, Model] | None = None

    async def book(self, model: Model) -> ClaimBook:
        """The claims that count now, those of the Model's extensions included.

        The same object as long as nothing changes.
        """
        number = await self._versions.number(Kept.CLAIMS)
        made_for = self._made_for
        if self._book is None or made_for is None or made_for[0] != number or made_for[1] is not model:
            self._book, self._made_for = with_extension_claims(await self._read(), model), (number, model)
        return self._book

    async def _read(self) -> ClaimBook:
        async with self._database.connection() as connection:
            rows = await connection.fetch(query("homeroom.trust", "read_claim_documents"))
        parsed = parse_claims([ClaimDocument(name, text) for name, text in rows]) if rows else None
        if parsed and parsed.book:
            return parsed.book
        return with_upload_claim(load_claim_book(self._standard))


class ClaimHolder(Protocol):
    """What has claims: a district."""

    @property
    def claims(self) -> ClaimStore:
        """They, as this process sees them."""
        ...

    @property
    def catalog(self) -> Catalog:
        """The resources that can be claimed."""
        ...


async def claim_book(district: ClaimHolder) -> ClaimBook:
    """The district's claims as they count now."""
    return await district.claims.book(district.catalog.model)


async def load_claims(
    database: Database, actor: Actor, *, documents: Sequence[ClaimDocument]
) -> tuple[Finding, ...]:
    """Makes the documents the district's baseline; uploads go. What the documents say wrong, when they count.

    With a finding that is an error nothing has changed.
    """
    parsed = parse_claims(documents)
    if parsed.book is None:
        return parsed.findings
    kinds = ["baseline" if _is_whole(d.content) else "fragment" for d in documents]
    async with database.administering() as connection:
        await connection.execute(
            query("homeroom.trust", "clear_claim_documents"), ["baseline", "fragment", "upload"]
        )
        await _add(connection, kinds, documents)
        await _changed(connection, actor, act="load_claims")
    return parsed.findings


async def upload_claims(database: Database, actor: Actor, *, document: ClaimDocument) -> tuple[Finding, ...]:
    """Puts one whole document in the place of all claims until `reload_claims`; findings as `load_claims`."""
    parsed = parse_claims([document])
    if parsed.book is None:
        return parsed.findings
    async with database.administering() as connection:
        await connection.execute(query("homeroom.trust", "clear_claim_documents"), ["upload"])
        await _add(connection, ["upload"], [document])
        await _changed(connection, actor, act="upload_claims")
    return parsed.findings


async def reload_claims(database: Database, actor: Actor) -> None:
    """Back to the baseline: uploads go."""
    async with database.administering() as connection:
        await connection.execute(query("homeroom.trust", "clear_claim_documents"), ["upload"])
        await _changed(connection, actor, act="reload_claims")


async def sync_claims(database: Database) -> None:
    """Makes every process read the claims again."""
    async with database.administering() as connection:
        await raise_version(connection, Kept.CLAIMS)


async def _changed(connection: Connection, actor: Actor, *, act: str) -> None:
    await raise_version(connection, Kept.CLAIMS)
    await record_act(connection, actor, act=act, resource="claim_set")


async def _add(connection: Connection, kinds: Sequence[str], documents: Sequence[ClaimDocument]) -> None:
    names = [d.name for d in documents]
    texts = [_text(d.content) for d in documents]
    await connection.execute(query("homeroom.trust", "add_claim_documents"), list(kinds), names, texts)


def _text(content: object) -> str:
    if isinstance(content, bytes):
        return content.decode()
    return content if isinstance(content, str) else msgspec.json.encode(content).decode()


def _is_whole(content: object) -> bool:
    value = msgspec.json.decode(content) if isinstance(content, str | bytes) else content
    names = {str(name).lstrip("_").lower() for name in value} if isinstance(value, dict) else set()
    return "claimshierarchy" in names
