"""Which of the declared purposes a district pursues: what none of them needs is not stored."""

from __future__ import annotations

from typing import Final

import msgspec

from homeroom.base.errors import SettingsError
from homeroom.standard.needs import ALWAYS_PURSUED
from homeroom.standard.purposes import Purpose
from homeroom.store.connect import Database
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act
from homeroom.trust.versions import Kept, raise_version

ALL_PURPOSES: Final = frozenset(Purpose)
"""What a district pursues that has decided nothing."""
_SETTING: Final = "purposes"


async def read_purposes(database: Database) -> frozenset[Purpose]:
    """The purposes of a district."""
    async with database.connection() as connection:
        text = await connection.fetchval(query("homeroom.trust", "read_setting"), _SETTING)
    return ALL_PURPOSES if text is None else msgspec.json.decode(text, type=frozenset[Purpose])


async def change_purposes(
    database: Database, actor: Actor, *, allowed: frozenset[Purpose], dropped: frozenset[Purpose]
) -> frozenset[Purpose]:
    """Adds purposes and takes others away; gives what the district pursues now.

    Raises SettingsError for one that no district can do without.
    """
    fixed = sorted(dropped & ALWAYS_PURSUED)
    if fixed:
        raise SettingsError(f"No district can do without {', '.join(fixed)}.")
    if allowed & dropped:
        raise SettingsError(f"{', '.join(sorted(allowed & dropped))} cannot be both allowed and dropped.")
    async with database.administering() as connection:
        text = await connection.fetchval(query("homeroom.trust", "hold_setting"), _SETTING)
        stands = ALL_PURPOSES if text is None else msgspec.json.decode(text, type=frozenset[Purpose])
        pursued = (stands | allowed) - dropped
        if pursued != stands:
            kept = msgspec.json.encode(sorted(pursued)).decode()
            await connection.execute(query("homeroom.trust", "keep_setting"), _SETTING, kept)
            await raise_version(connection, Kept.PURPOSES)
            await record_act(connection, actor, act="change_purposes", resource="district")
    return pursued


def parse_purpose(text: str) -> Purpose:
    """A purpose by its name, written with underscores or hyphens. Raises SettingsError for one that is not declared."""
    try:
        return Purpose(text.strip().lower().replace("-", "_"))
    except ValueError as error:
        raise SettingsError(
            f"There is no purpose {text!r}; the list is closed: {', '.join(Purpose)}."
        ) from error
