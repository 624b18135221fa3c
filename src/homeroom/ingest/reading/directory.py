"""Keeps what inBloom's packages call their records from one load to the next: sealed, as it names people."""

from __future__ import annotations

from typing import Final

from homeroom.interop.inbloom_directory import Directory
from homeroom.records.district import District
from homeroom.store.connect import Connection
from homeroom.store.queries import query

_PARTS: Final = "homeroom.ingest.reading"
_PLACE: Final = b"ingest.package_directory"


async def read_directory(district: District, connection: Connection) -> Directory:
    """What earlier packages of the district told."""
    sealed = await connection.fetchval(query(_PARTS, "read_directory"))
    return Directory() if sealed is None else Directory.parse(district.keys.unseal(sealed, place=_PLACE))


async def write_directory(district: District, connection: Connection, directory: Directory) -> None:
    """Keeps it, in the transaction that finishes the load."""
    sealed = district.keys.seal(directory.render(), place=_PLACE)
    await connection.execute(query(_PARTS, "write_directory"), sealed)
