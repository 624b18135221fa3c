"""The API's documentation: what describes it, and its resources by domain. For everybody, as its metadata are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from homeroom.records.district import District
from homeroom.standard.classify import ClassificationTable
from homeroom.standard.model import Model, Part, Resource, walk_parts
from homeroom.standard.openapi_operations import words_of
from homeroom.standard.openapi_sides import Shown, shown_whole
from homeroom.trust.areas import Area
from homeroom.trust.profile_documents import shown_in_profile
from homeroom.web.api.descriptions import Description, descriptions_of
from homeroom.web.auth.sessions import COOKIE, find_signed_in
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import MemberVisit, Visit


@dataclass(frozen=True, slots=True)
class ResourceLink:
    """One resource and the page about it."""

    label: str
    path: str
    address: str


@dataclass(frozen=True, slots=True)
class ApiDocsPage:
    """base: where the district's services stand. profile: whose view of the API this is; None for all of it.

    domains: heading and its resources, the headings in alphabetical order; one that has none of its own stands
    under an empty heading at the end. query: what was searched for, empty when nothing was; found: what fits.
    """

    district: str
    address: str
    base: str
    token_address: str
    data_address: str
    metadata_address: str
    standard: str
    token_command: str
    read_command: str
    documents: Sequence[Description]
    profile: str | None
    domains: Sequence[tuple[str, Sequence[ResourceLink]]]
    descriptors: Sequence[ResourceLink]
    query: str
    found: Sequence[ResourceLink]


@dataclass(frozen=True, slots=True)
class Manual:
    """The part of a district's API that somebody reads about. shown: its resources."""

    visit: Visit
    district: District
    profile: str | None
    shown: Sequence[Shown]

    @property
    def model(self) -> Model:
        """The district's standard and its extensions."""
        return self.district.catalog.model

    @property
    def classification(self) -> ClassificationTable:
        """Plain labels of all of it."""
        return self.district.sealing.classification

    @property
    def base(self) -> str:
        """Where the district's services stand, without a slash at the end."""
        return f"{self.visit.root}/{self.district.name}"

    @property
    def address(self) -> str:
        """Of the page of contents."""
        return f"/docs/{self.district.name}"

    @property
    def suffix(self) -> str:
        """What keeps to the profile in every link."""
        return "" if self.profile is None else f"?profile={quote(self.profile)}"

    def link(self, resource: Resource) -> ResourceLink:
        """To the page of a resource."""
        label = self.classification.of(resource.name, "$").label
        return ResourceLink(label, resource.path, f"{self.address}{resource.path}{self.suffix}")


async def open_manual(visit: Visit) -> Manual | None:
    """What the address is about; None where there is no such district or profile."""
    district = await visit.pages.districts.find(visit.request.path_params["district"])
    if district is None:
        return None
    await district.follow()
    signed_in = await find_signed_in(
        visit.pages.districts, visit.request.cookies.get(COOKIE), now=visit.pages.clock.now()
    )
    if signed_in is not None:
        visit = MemberVisit(visit.pages, visit.request, visit.form, signed_in, Area.CLIENTS)
    name, model = visit.request.query_params.get("profile"), district.catalog.model
    if not name:
        return Manual(visit, district, None, [shown_whole(r) for r in model.resources.values()])
    profile = await district.profiles.compiled(name, model)
    if profile is None or not profile.is_usable:
        return None
    return Manual(visit, district, profile.name, shown_in_profile(profile, model))


async def show_api_docs(visit: Visit) -> Response:
    """The page of contents, or what fits a search."""
    manual = await open_manual(visit)
    if manual is None:
        return answer_absent(visit)
    query = visit.request.query_params.get("q", "").strip()[:100]
    resources = [one.resource for one in manual.shown]
    token_address = f"{manual.base}/oauth/token"
    page = ApiDocsPage(
        district=manual.district.name,
        address=manual.address,
        base=manual.base,
        token_address=token_address,
        data_address=f"{manual.base}/data/v3/",
        metadata_address=f"{manual.base}/metadata",
        standard=manual.model.version,
        token_command=f"curl --user KEY:SECRET --data grant_type=client_credentials {token_address}",
        read_command=(
            f'curl --header "Authorization: Bearer TOKEN" "{manual.base}/data/v3/ed-fi/schools?limit=5"'
        ),
        documents=descriptions_of(manual.model, await manual.district.profiles.listed(manual.model)),
        profile=manual.profile,
        domains=_domains(manual, [r for r in resources if not r.is_descriptor]),
        descriptors=_links(manual, [r for r in resources if r.is_descriptor]),
        query=query,
        found=_links(manual, [r for r in resources if _fits(manual, r, query)]) if query else (),
    )
    return manual.visit.render("api_docs.html", page)


def _domains(manual: Manual, resources: Sequence[Resource]) -> Sequence[tuple[str, Sequence[ResourceLink]]]:
    names = sorted({domain for resource in resources for domain in resource.domains})
    found = [(_heading(name), [r for r in resources if name in r.domains]) for name in names]
    alone = [r for r in resources if not r.domains]
    return [(name, _links(manual, own)) for name, own in [*found, ("", alone)] if own]


def _heading(domain: str) -> str:
    words = words_of(domain)
    return words[:1].upper() + words[1:]


def _links(manual: Manual, resources: Sequence[Resource]) -> Sequence[ResourceLink]:
    return sorted((manual.link(r) for r in resources), key=lambda link: link.label)


def _fits(manual: Manual, resource: Resource, query: str) -> bool:
    """Whether every word stands in its names, in its label, or in the name of a member."""
    text = " ".join(
        (
            resource.name,
            resource.path,
            manual.classification.of(resource.name, "$").label,
            *resource.domains,
            *_member_names(resource),
        )
    ).casefold()
    return all(word in text for word in query.casefold().split())


def _member_names(resource: Resource) -> Iterator[str]:
    levels: list[Resource | Part] = [resource, *(part for _, part in walk_parts(resource))]
    for level in levels:
        yield from (p.name for p in level.properties)
        yield from (r.name for r in level.references)
        yield from (p.name for p in level.parts)
