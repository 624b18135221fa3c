"""`homeroom client`: API clients of a district."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace

from homeroom.base.errors import SettingsError
from homeroom.base.settings import Settings
from homeroom.cli.acts import Acts, run_act
from homeroom.cli.installation import OPERATOR, open_district
from homeroom.trust.claim_store import claim_book
from homeroom.trust.claims import claim_set_key
from homeroom.trust.clients import (
    ClientRecord,
    Credentials,
    Registration,
    create_client,
    list_clients,
    revoke_client,
    rotate_client,
)

EXAMPLES = """examples:
  homeroom client create --district willow-creek --name "Our SIS" --claim-set "SIS Vendor" \\
      --namespace uri://ed-fi.org --namespace uri://sis.example --education-organization 255901 --json
  homeroom client list --district willow-creek
  homeroom client rotate --district willow-creek KEY
  homeroom client revoke --district willow-creek KEY
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The options of the four."""
    acts = Acts(parser)
    create = acts.add_in_district("create", _create, "register an API client")
    create.add_argument("--claim-set", required=True, help="what it may do, such as 'SIS Vendor'")
    create.add_argument("--namespace", action="append", default=[], help="namespace prefix; may be repeated")
    create.add_argument(
        "--education-organization",
        action="append",
        default=[],
        type=int,
        metavar="ID",
        help="whose data it reaches, with all below; may be repeated",
    )
    create.add_argument("--profile", action="append", default=[], help="API profile; may be repeated")
    create.add_argument("--name", default="", help="what people call it")
    listed = acts.add_in_district("list", _list, "show every client")
    rotate = acts.add_in_district("rotate", _rotate, "give a client a new secret")
    revoke = acts.add_in_district("revoke", _revoke, "end a client for good")
    for one in (rotate, revoke):
        one.add_argument("key", metavar="KEY")
    for one in (create, listed, rotate, revoke):
        one.add_argument("--json", action="store_true", help="print JSON")


run = run_act


async def _create(options: Namespace, settings: Settings) -> int:
    registration = Registration(
        claim_set=options.claim_set,
        namespace_prefixes=tuple(options.namespace),
        organizations=tuple(options.education_organization),
        profiles=tuple(options.profile),
        name=options.name,
    )
    async with open_district(settings, options.district) as district:
        book = await claim_book(district)
        credentials = await create_client(district.database, OPERATOR, registration=registration)
    if claim_set_key(options.claim_set) not in {claim_set_key(c.name) for c in book.claim_sets}:
        known = ", ".join(c.name for c in book.claim_sets)
        print(f"Note: there is no claim set {options.claim_set!r} yet. There are: {known}.", file=sys.stderr)
    _print_credentials(credentials, as_json=options.json)
    return 0


async def _list(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        records = await list_clients(district.database)
    if options.json:
        print(json.dumps([_as_json(record) for record in records]))
        return 0
    for record in records:
        print(_line(record))
    if not records:
        print("There is no client yet; `homeroom client create` makes one.", file=sys.stderr)
    return 0


async def _rotate(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        credentials = await rotate_client(district.database, OPERATOR, key=options.key)
    if credentials is None:
        raise SettingsError(f"There is no client with the key {options.key!r}, or it was revoked.")
    _print_credentials(credentials, as_json=options.json)
    return 0


async def _revoke(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        if not await revoke_client(district.database, OPERATOR, key=options.key):
            raise SettingsError(f"There is no client with the key {options.key!r}.")
    print(json.dumps({"key": options.key, "revoked": True}) if options.json else f"Revoked {options.key}.")
    return 0


def _print_credentials(credentials: Credentials, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"key": credentials.key, "secret": credentials.secret}))
        return
    print(f"Key:    {credentials.key}\nSecret: {credentials.secret}")
    print("The secret is shown this once; keep it where the program finds it.", file=sys.stderr)


def _line(record: ClientRecord) -> str:
    state = "revoked" if record.revoked_at else "never used"
    if record.last_used_at and not record.revoked_at:
        state = f"last used {record.last_used_at:%Y-%m-%d %H:%M} UTC"
    organizations = ", ".join(map(str, record.client.organizations)) or "no organization"
    name = f" {record.name}" if record.name else ""
    return f"{record.client.key}{name}: {record.client.claim_set}; {organizations}; {state}"


def _as_json(record: ClientRecord) -> dict[str, object]:
    client = record.client
    moments = {
        "created_at": record.created_at,
        "rotated_at": record.rotated_at,
        "revoked_at": record.revoked_at,
        "last_used_at": record.last_used_at,
    }
    return {
        "key": client.key,
        "name": record.name,
        "claim_set": client.claim_set,
        "namespace_prefixes": client.namespace_prefixes,
        "education_organization_ids": client.organizations,
        "profiles": client.profiles,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }
