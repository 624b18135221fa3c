"""Steps for API profiles: which one a call uses, what it shows, and what a write through it means."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from homeroom.records.explain import explain_refusal
from homeroom.records.read import PageRequest, read_page
from homeroom.standard.check import parse_mapping
from homeroom.trust.grant import Grant, Refusal
from homeroom.trust.profile_choice import (
    ChosenProfile,
    ProfileRequest,
    ProfileType,
    choose_profile,
    parse_content_type,
)
from homeroom.trust.profile_compile import CompiledProfile
from homeroom.trust.profile_masks import apply_read, hidden_required, merge_write
from homeroom.trust.profile_refusals import refuse_uncreatable
from homeroom.web.api import problems
from homeroom.web.api.calls import Answer, Call
from homeroom.web.api.deciding import check_own_id
from homeroom.web.api.keyed import parse_key
from homeroom.web.api.problems import Problem

_VENDOR: Final = "application/vnd."
# Decimals go through as they were written: a profile hides members, it does not round them.
_DECODER: Final = msgspec.json.Decoder(dict[str, object], float_hook=Decimal)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class View(NamedTuple):
    """A record as a profile shows it."""

    body: str
    etag: str


async def choose_read_profile(call: Call) -> Answer | None:
    """The profile that the Accept header names, or that the client is bound to."""
    accepted = [part.strip() for part in call.request.headers.get("accept", "").split(",")]
    named = next((part for part in accepted if part.lower().startswith(_VENDOR)), None)
    return await _choose(call, named)


async def choose_write_profile(call: Call) -> Answer | None:
    """The profile that the Content-Type header names, or that the client is bound to."""
    return await _choose(call, call.request.headers.get("content-type"))


async def _choose(call: Call, header: str | None) -> Answer | None:
    named = parse_content_type(header)
    if named is None and not call.client.profiles:
        return None
    wanted = {*call.client.profiles, *([named.profile] if isinstance(named, ProfileType) else [])}
    chosen = choose_profile(
        await _compiled(call, wanted),
        call.client.profiles,
        request=ProfileRequest(call.request.method, header, call.resource),
    )
    if isinstance(chosen, Refusal):
        return problems.problem_of_refusal(chosen)
    call.profile = chosen
    return None


async def _compiled(call: Call, names: set[str]) -> Mapping[str, CompiledProfile]:
    district = call.site.district
    found = {
        name.casefold(): await district.profiles.compiled(name, district.catalog.model) for name in names
    }
    return {name: profile for name, profile in found.items() if profile is not None}


def view_of(body: str, profile: ChosenProfile) -> View:
    """The record as a profile shows it; its tag tells the view apart from others."""
    whole = _DECODER.decode(body)
    version = str(whole["_etag"]).partition("-")[0]
    etag = f"{version}-{blake2b(profile.content_type.encode(), digest_size=3).hexdigest()}"
    shown = apply_read(profile.mask, whole) | {"_etag": etag}
    return View(_ENCODER.encode(shown).decode(), etag)


async def merge_with_stored(call: Call) -> Answer | None:  # noqa: PLR0911 - one return a fault
    """What is sent through a profile, over what is stored: members the writer does not see stay."""
    profile = call.profile
    if profile is None:
        return None
    try:
        sent = _DECODER.decode(call.body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return problems.invalid_data({"$": ["The document is no JSON object."]})
    told = check_own_id(call, sent.get("id"))
    if told is not None:
        return told
    stored = await _stored(call, sent)
    if stored is None and call.uuid is not None:
        return await _nothing_to_update(call, call.uuid)
    call.stored_etag = None if stored is None else str(stored["_etag"])
    merged = _merged(profile, sent, stored)
    if isinstance(merged, Problem):
        return merged
    found = parse_mapping(call.kind.document, merged, trims_blanks=False)
    if isinstance(found, tuple):
        return problems.problem_of_findings(found)
    call.document = found
    return None


def _merged(
    profile: ChosenProfile, sent: Mapping[str, object], stored: dict[str, object] | None
) -> dict[str, object] | Problem:
    if stored is None and hidden_required(profile.mask):
        return problems.problem_of_refusal(refuse_uncreatable(profile.name))
    merged = merge_write(profile.mask, sent, stored)
    if merged.uncreatable:
        return problems.problem_of_refusal(refuse_uncreatable(profile.name, merged.uncreatable))
    return merged.document


async def _nothing_to_update(call: Call, uuid: UUID) -> Problem:
    grant = call.leave.update
    refusal = await explain_refusal(call.site.district, grant, uuid) if isinstance(grant, Grant) else None
    return problems.problem_of_refusal(refusal) if refusal else problems.NOTHING_TO_UPDATE


async def _stored(call: Call, sent: Mapping[str, object]) -> dict[str, object] | None:
    """The record that the write will replace, as far as the writer reaches it."""
    district, grant = call.site.district, call.leave.update
    if not isinstance(grant, Grant):
        return None
    if call.uuid is not None:
        record = await call.site.read(grant, call.uuid, request=call.correlation_id)
        return None if record is None else _DECODER.decode(record.body)
    key = parse_key(call.site, call.resource, sent)
    if isinstance(key, Problem):
        return None
    page = await read_page(district, grant, wanted=PageRequest(limit=1, filters=key))
    return next(map(_DECODER.decode, page.bodies), None)
