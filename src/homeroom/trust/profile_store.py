"""A district's API profiles: kept as their XML, compiled for its Model when first asked for."""

from __future__ import annotations

from collections.abc import Mapping

from homeroom.base.errors import SettingsError
from homeroom.base.findings import Finding
from homeroom.standard.model import Model
from homeroom.store.connect import Database
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act
from homeroom.trust.profile_compile import CompiledProfile, compile_profile
from homeroom.trust.profiles import Profile, parse_profile
from homeroom.trust.versions import Kept, Versions, raise_version


class ProfileStore:
    """The profiles of one district in this process, read again when any process changed them."""

    def __init__(self, database: Database, versions: Versions) -> None:
        self._database = database
        self._versions = versions
        self._profiles: Mapping[str, Profile] = {}
        self._compiled: dict[tuple[str, int], CompiledProfile] = {}
        self._listed: tuple[CompiledProfile, ...] = ()
        self._number = -1

    async def profiles(self) -> Mapping[str, Profile]:
        """Every profile by its name in lower case."""
        number = await self._versions.number(Kept.PROFILES)
        if number != self._number:
            async with self._database.connection() as connection:
                rows = await connection.fetch(query("homeroom.trust", "read_profiles"))
            self._profiles = {name.lower(): parse_profile(name, xml) for name, xml in rows}
            self._compiled = {}
            self._number = number
        return self._profiles

    async def listed(self, model: Model) -> tuple[CompiledProfile, ...]:
        """The profiles that can be used, by name; the same object as long as none changes."""
        every = [await self.compiled(name, model) for name in sorted(await self.profiles())]
        usable = tuple(profile for profile in every if profile is not None and profile.is_usable)
        if usable != self._listed:
            self._listed = usable
        return self._listed

    async def compiled(self, name: str, model: Model) -> CompiledProfile | None:
        """The profile of that name, in any letter case, laid over the Model; None when there is none."""
        profile = (await self.profiles()).get(name.lower())
        if profile is None:
            return None
        key = (name.lower(), id(model))
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = compile_profile(profile, model)
        return found


async def create_profile(database: Database, actor: Actor, *, name: str, xml: str) -> tuple[Finding, ...]:
    """Keeps a profile, in place of one of that name; also one that is wrong, with what is wrong about it."""
    if not name.strip() or "\0" in name or "\0" in xml:
        raise SettingsError("A profile needs a name, and neither name nor text may hold a NUL character.")
    async with database.administering() as connection:
        await connection.execute(query("homeroom.trust", "create_profile"), name, xml)
        await raise_version(connection, Kept.PROFILES)
        await record_act(connection, actor, act="create_profile", resource="profile")
    return parse_profile(name, xml).findings
