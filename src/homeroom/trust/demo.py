"""The demo district's accounts, whose passwords are no secret: the sign-in page lists them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from homeroom.store.connect import Database
from homeroom.store.queries import query

_SETTING: Final = "demo.accounts"


class DemoAccount(msgspec.Struct, frozen=True):
    """One account that anybody may use; it exists in a district of made-up people alone."""

    login: str
    password: str
    display_name: str
    role: str


async def read_demo_accounts(database: Database) -> Sequence[DemoAccount]:
    """The accounts the district was made with for trying out; none in any other district."""
    async with database.connection() as connection:
        text = await connection.fetchval(query("homeroom.trust", "read_setting"), _SETTING)
    return msgspec.json.decode(text, type=list[DemoAccount]) if text else []


async def keep_demo_accounts(database: Database, accounts: Sequence[DemoAccount]) -> None:
    """Has the sign-in page list these accounts. For a district of made-up people only."""
    text = msgspec.json.encode(accounts).decode()
    async with database.administering() as connection:
        await connection.execute(query("homeroom.trust", "keep_setting"), _SETTING, text)
