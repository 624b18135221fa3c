"""The acts of the administration protocol: one function each, for the command line and the pages alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import msgspec

from homeroom.base.errors import HomeroomError, SettingsError
from homeroom.base.findings import Finding, Severity
from homeroom.records import extensions
from homeroom.records.district import District
from homeroom.records.reasons import Explain, Explanation, explain_decision
from homeroom.store.connect import Connection, Database
from homeroom.store.queries import query
from homeroom.trust import claim_store, clients, profile_store, pursued
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act
from homeroom.trust.api_settings import ApiSettings, keep_api_settings, read_api_settings
from homeroom.trust.claim_documents import ClaimDocument
from homeroom.trust.claims import ClaimSetView
from homeroom.trust.versions import LOOK_SECONDS, Kept, raise_version

_LONGEST_NAME: Final = 63  # of bytes, in PostgreSQL


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one actor administers one district. owned: its database as its owner."""

    district: District
    owned: Database
    actor: Actor


class Done(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is done; warnings: what is doubtful about what was given."""

    warnings: tuple[str, ...] = ()


class CreateClient(msgspec.Struct, frozen=True):
    """A client that may claim this much."""

    claim_set: str
    namespace_prefixes: tuple[str, ...] = ()
    education_organization_ids: tuple[int, ...] = ()
    profiles: tuple[str, ...] = ()
    name: str = ""


class CreatedClient(msgspec.Struct, frozen=True):
    """Its key and secret."""

    key: str
    secret: str


class Nothing(msgspec.Struct, frozen=True):
    """No members are needed."""


class Document(msgspec.Struct, frozen=True):
    """A document by name; json is its text or its value."""

    name: str
    json: object


class LoadClaims(msgspec.Struct, frozen=True):
    """Documents that become the baseline. data_standard: the version they are for."""

    documents: tuple[Document, ...]
    data_standard: str = ""


class UploadClaims(msgspec.Struct, frozen=True):
    """A whole document: claimSets and claimsHierarchy."""

    claims: object


class ClaimSets(msgspec.Struct, frozen=True):
    """Every claim set with its claims."""

    claim_sets: tuple[ClaimSetView, ...]


class AddExtension(msgspec.Struct, frozen=True):
    """An extension: the text of its file, or its value. docs/reference/extensions.md describes it."""

    model: object


class CreateProfile(msgspec.Struct, frozen=True):
    """A profile and its XML."""

    name: str
    xml: str


class AuthView(msgspec.Struct, frozen=True):
    """A custom authorisation view and the students it lets through; a broken one fails when it is asked."""

    name: str
    student_unique_ids: tuple[str, ...] = ()
    broken: bool = False


class ChangeSettings(msgspec.Struct, frozen=True):
    """Settings of the API by name, as `trust.api_settings.ApiSettings` has them; what is left out stays."""

    settings: Mapping[str, object] = {}


class ChangePurposes(msgspec.Struct, frozen=True):
    """Purposes by name that the district pursues from now on, and those that it no longer does."""

    allow: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class Purposes(msgspec.Struct, frozen=True):
    """The purposes that the district pursues, and by resource the members that it does not store for want of one."""

    purposes: tuple[str, ...]
    not_stored: Mapping[str, tuple[str, ...]]


class Settings(msgspec.Struct, frozen=True):
    """The settings of the API that count now."""

    settings: ApiSettings


async def create_client(desk: Desk, wanted: CreateClient) -> CreatedClient:
    """Registers an API client."""
    registration = clients.Registration(
        claim_set=wanted.claim_set,
        namespace_prefixes=wanted.namespace_prefixes,
        organizations=wanted.education_organization_ids,
        profiles=wanted.profiles,
        name=wanted.name,
    )
    made = await clients.create_client(desk.district.database, desk.actor, registration=registration)
    return CreatedClient(made.key, made.secret)


async def reset_data(desk: Desk, _: Nothing) -> Done:
    """Takes every record out of a sandbox. Raises SettingsError for any other district."""
    if not desk.district.entry.is_sandbox:
        raise SettingsError(
            f"{desk.district.name} is no sandbox, and only a district made with --sandbox can be reset."
        )
    async with desk.owned.administering() as connection:
        await connection.execute(query("homeroom.records", "empty_district"))
        await raise_version(connection, Kept.RECORDS)
        await record_act(connection, desk.actor, act="reset_data", resource="district")
    return await _settled(desk)


async def load_claims(desk: Desk, wanted: LoadClaims) -> Done:
    """Makes the documents the baseline. Raises SettingsError when they are for another standard or wrong."""
    standard = desk.district.entry.standard
    if wanted.data_standard and not _digits(wanted.data_standard).startswith(_digits(standard)):
        raise SettingsError(
            f"The documents are for data standard {wanted.data_standard}, and the district holds {standard}."
        )
    documents = [ClaimDocument(d.name, d.json) for d in wanted.documents]
    findings = await claim_store.load_claims(desk.district.database, desk.actor, documents=documents)
    return await _settled(desk, warnings=_warnings(findings))


async def upload_claims(desk: Desk, wanted: UploadClaims) -> Done:
    """Puts the document in the place of all claims. Raises SettingsError when it is wrong."""
    document = ClaimDocument("upload", wanted.claims)
    findings = await claim_store.upload_claims(desk.district.database, desk.actor, document=document)
    return await _settled(desk, warnings=_warnings(findings))


async def reload_claims(desk: Desk, _: Nothing) -> Done:
    """Back to the baseline."""
    await claim_store.reload_claims(desk.district.database, desk.actor)
    return await _settled(desk)


async def sync_claims(desk: Desk, _: Nothing) -> Done:
    """Every process reads the claims again."""
    await claim_store.sync_claims(desk.district.database)
    return await _settled(desk)


async def view_claim_sets(desk: Desk, _: Nothing) -> ClaimSets:
    """The claim sets that count now."""
    desk.district.versions.expire()
    return ClaimSets((await claim_store.claim_book(desk.district)).view_claim_sets())


async def create_profile(desk: Desk, wanted: CreateProfile) -> Done:
    """Keeps an API profile, also one that is wrong: requests that use it are then told so."""
    findings = await profile_store.create_profile(
        desk.district.database, desk.actor, name=wanted.name, xml=wanted.xml
    )
    return await _settled(desk, warnings=tuple(finding.words for finding in findings))


async def auth_view(desk: Desk, wanted: AuthView) -> Done:
    """Makes a custom authorisation view, in place of one of that name."""
    if not wanted.name or "\0" in wanted.name or len(wanted.name.encode()) > _LONGEST_NAME:
        raise SettingsError(f"An authorisation view needs a name of at most {_LONGEST_NAME} bytes.")
    async with desk.owned.administering() as connection:
        await _execute_rendered(connection, "render_auth_view_drop", wanted.name)
        if wanted.broken:
            await _execute_rendered(connection, "render_broken_view", wanted.name)
        else:
            await _execute_rendered(
                connection, "render_auth_view", wanted.name, list(wanted.student_unique_ids)
            )
        await record_act(connection, desk.actor, act="auth_view", resource="authorization_view")
    return Done()


async def add_extension(desk: Desk, wanted: AddExtension) -> Done:
    """Adds an extension while the district is in use. Raises SettingsError when it does not fit."""
    text = wanted.model if isinstance(wanted.model, str) else msgspec.json.encode(wanted.model).decode()
    findings = await extensions.add_extension(desk.district, desk.owned, definition=text, actor=desk.actor)
    return await _settled(desk, warnings=_warnings(findings))


async def change_settings(desk: Desk, wanted: ChangeSettings) -> Settings:
    """Changes settings of the API and tells all of them. Raises SettingsError when one makes no sense."""
    stand = msgspec.to_builtins(await read_api_settings(desk.district.database))
    unknown = wanted.settings.keys() - set(ApiSettings.__struct_fields__)
    if unknown:
        raise SettingsError(f"There is no setting {', '.join(sorted(unknown))}.")
    settings = msgspec.convert(stand | wanted.settings, ApiSettings)
    if wanted.settings:
        await keep_api_settings(desk.district.database, desk.actor, settings=settings)
        await _settled(desk)
    return Settings(settings)


async def change_purposes(desk: Desk, wanted: ChangePurposes) -> Purposes:
    """Changes what the district pursues; what is stored already stays. Raises SettingsError for an unknown purpose."""
    allowed, dropped = (frozenset(map(pursued.parse_purpose, names)) for names in (wanted.allow, wanted.drop))
    await pursued.change_purposes(desk.district.database, desk.actor, allowed=allowed, dropped=dropped)
    await _settled(desk)
    await desk.district.follow()
    sealing = desk.district.sealing
    unneeded = {r.name: sealing.unneeded(r) for r in desk.district.catalog.model.documents}
    not_stored = {name: tuple(each.path for each in found) for name, found in unneeded.items() if found}
    return Purposes(tuple(sorted(sealing.purposes)), not_stored)


async def explain(desk: Desk, wanted: Explain) -> Explanation:
    """Why somebody may or may not do something. Raises SettingsError for somebody or something unknown."""
    return await explain_decision(desk.district, wanted)


@dataclass(frozen=True, slots=True)
class Act:
    """One act: the members it takes, and what does it."""

    wanted: type[msgspec.Struct]
    perform: Callable[[Desk, Any], Awaitable[msgspec.Struct]]


ACTS: Final[Mapping[str, Act]] = {
    "create_client": Act(CreateClient, create_client),
    "reset_data": Act(Nothing, reset_data),
    "load_claims": Act(LoadClaims, load_claims),
    "change_purposes": Act(ChangePurposes, change_purposes),
    "upload_claims": Act(UploadClaims, upload_claims),
    "reload_claims": Act(Nothing, reload_claims),
    "sync_claims": Act(Nothing, sync_claims),
    "view_claim_sets": Act(Nothing, view_claim_sets),
    "create_profile": Act(CreateProfile, create_profile),
    "auth_view": Act(AuthView, auth_view),
    "add_extension": Act(AddExtension, add_extension),
    "change_settings": Act(ChangeSettings, change_settings),
    "explain": Act(Explain, explain),
}


class Status(Enum):
    """What became of a request; the values are the exit statuses of a single one."""

    DONE = 0
    FAILED = 1
    UNSUPPORTED = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with: one line of JSON, without its line break."""

    status: Status
    line: bytes


async def answer_line(desk: Desk, line: bytes) -> Answer:
    """The answer to one line of the protocol, `{"action": …, …members}`. Raises nothing for what it says."""
    try:
        members = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _failed(f"The request is not a JSON object: {error}")
    action = members.pop("action", None)
    if not isinstance(action, str):
        return _failed("The request names no action.")
    return await answer_act(desk, action, members=members)


async def answer_act(desk: Desk, action: str, *, members: Mapping[str, object]) -> Answer:
    """The answer to one action with its members. Raises nothing for what they say."""
    act = ACTS.get(action)
    if act is None:
        return Answer(Status.UNSUPPORTED, b'{"unsupported":true}')
    try:
        done = await act.perform(desk, msgspec.convert(members, act.wanted))
    except (msgspec.MsgspecError, HomeroomError) as error:
        return _failed(str(error))
    return Answer(Status.DONE, msgspec.json.encode({"ok": True} | msgspec.to_builtins(done)))


def _failed(words: str) -> Answer:
    return Answer(Status.FAILED, msgspec.json.encode({"error": words}))


async def _settled(desk: Desk, *, warnings: tuple[str, ...] = ()) -> Done:
    """Done, and every process that serves the district knows."""
    await asyncio.sleep(LOOK_SECONDS)
    desk.district.versions.expire()
    return Done(warnings=warnings)


async def _execute_rendered(connection: Connection, statement: str, *values: object) -> None:
    """Runs a statement that another one writes."""
    await connection.execute(await connection.fetchval(query("homeroom.records", statement), *values))


def _warnings(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The findings' words. Raises SettingsError when one of them is an error: then nothing was changed."""
    words = tuple(
        f"{finding.place.file}: {finding.words}" if finding.place.file else finding.words
        for finding in findings
    )
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise SettingsError(" ".join(words))
    return words


def _digits(version: str) -> str:
    return "".join(character for character in version if character.isdigit())
