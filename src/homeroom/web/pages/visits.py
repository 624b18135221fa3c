"""One request to a page: who is there, what they sent, and how the page answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homeroom.base.clock import Clock
from homeroom.ingest.preview.desk import PreviewDesk
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.trust.actors import StaffMember
from homeroom.trust.areas import Area, AreaLeave, areas_of, decide_area
from homeroom.trust.claims import ClaimBook
from homeroom.trust.grant import Action, Decision, Grant
from homeroom.trust.guesses import GuessGuard
from homeroom.trust.policy import PolicyCache, Rulebook
from homeroom.trust.purposes import Purpose, purposes_of
from homeroom.trust.refusals import refuse_purpose
from homeroom.web.auth.sessions import SignedIn
from homeroom.web.middleware import Surroundings
from homeroom.web.pages.forms import Form
from homeroom.web.pages.language import Language, choose_language
from homeroom.web.pages.rendering import Renderer

_NO_CLAIMS: Final = ClaimBook((), ())
"""Staff are decided on by role; claims are for programs."""


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the navigation. word: which area it leads to, for the template to name."""

    word: str
    address: str
    is_current: bool


_NAVIGATION: Final[Mapping[Area, str]] = {
    Area.DISTRICT: "/district",
    Area.SECTIONS: "/sections",
    Area.RECORDS: "/records",
    Area.FILES: "/files",
    Area.MATCHES: "/matches",
    Area.CLIENTS: "/clients",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every page. person: None when nobody is signed in; csrf: for every form."""

    district: str | None
    person: str | None
    role: str | None
    csrf: str
    navigation: tuple[NavigationItem, ...]


class Pages:
    """What all pages of one process work with."""

    def __init__(
        self, districts: Districts, *, renderer: Renderer, clock: Clock, surroundings: Surroundings
    ) -> None:
        self.districts = districts
        self.renderer = renderer
        self.clock = clock
        self.surroundings = surroundings
        self.previews = PreviewDesk()
        self.guesses = GuessGuard(monotonic)
        # A whole school may stand behind one address: only many wrong passwords slow it down.
        self.guesses_by_address = GuessGuard(monotonic, free=200)
        self._policies: dict[str, PolicyCache] = {}

    @property
    def spool_folder(self) -> Path:
        """Where files wait, sealed, while they arrive or are read."""
        return self.districts.home / "spool"

    def policy(self, district: District) -> PolicyCache:
        """Decisions about the district's staff, under its Model as it is now."""
        policy = self._policies.get(district.name)
        if policy is None or policy.rulebook.model is not district.catalog.model:
            rulebook = Rulebook(district.catalog.model, _NO_CLAIMS, district.sealing.classification)
            policy = self._policies[district.name] = PolicyCache(rulebook)
        return policy


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of nobody in particular: the sign-in page, a fault."""

    pages: Pages
    request: Request
    form: Form

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.pages.clock.now()

    @property
    def today(self) -> date:
        """The present day."""
        return self.now.date()

    @property
    def is_secure(self) -> bool:
        """Whether the connection is encrypted, so that cookies may say so."""
        return self._forwarded("x-forwarded-proto", self.request.url.scheme) == "https"

    @property
    def root(self) -> str:
        """The address the reader's browser has for this server, without a slash at its end."""
        host = self._forwarded("x-forwarded-host", self.request.url.netloc)
        return f"{'https' if self.is_secure else 'http'}://{host}"

    @property
    def address(self) -> str:
        """Where the request comes from, as far as we can know."""
        client = self.request.client.host if self.request.client else ""
        # Each proxy adds whom it heard from at the end; ours is the last one.
        return self._forwarded("x-forwarded-for", client).rpartition(",")[2].strip()

    @property
    def language(self) -> Language:
        """What the reader's browser asks for, of what we have."""
        return choose_language(self.request.headers.get("accept-language", ""), self.pages.renderer.languages)

    @property
    def frame(self) -> Frame:
        """Around a page for nobody in particular."""
        return Frame(None, None, None, "", ())

    def _forwarded(self, header: str, otherwise: str) -> str:
        """What a proxy of ours says of the request; whoever else says so is not believed."""
        trusts = self.pages.surroundings.options.trusts_forwarding
        return self.request.headers.get(header, otherwise) if trusts else otherwise

    def render(self, template: str, page: object, *, status: int = 200) -> Response:
        """The page. page: the template's frozen context."""
        text = self.pages.renderer.render(template, self.language, page=page, frame=self.frame)
        return HTMLResponse(text, status)

    def go_to(self, address: str) -> Response:
        """Sends the reader on to an address of ours, with a GET."""
        return RedirectResponse(address, 303)


@dataclass(frozen=True, slots=True)
class MemberVisit(Visit):
    """A request of somebody who is signed in and may enter the area."""

    signed_in: SignedIn
    area: Area | None

    @property
    def district(self) -> District:
        """The one they are signed in to."""
        return self.signed_in.district

    @property
    def member(self) -> StaffMember:
        """Who acts."""
        return self.signed_in.member

    @property
    def frame(self) -> Frame:  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        """Around a page of theirs."""
        areas = areas_of(self.member)
        items = (NavigationItem(a.value, to, a is self.area) for a, to in _NAVIGATION.items() if a in areas)
        session = self.signed_in.session
        return Frame(self.district.name, session.display_name, self.member.role, session.csrf, tuple(items))

    def labels_of(self, resources: Iterable[str]) -> Mapping[str, str]:
        """What people call records of these resources; a name that is none of the standard stays as it is."""
        known, classification = self.district.catalog.model.resources, self.district.sealing.classification
        return {r: classification.of(r, "$").label if r in known else r for r in resources}

    def decide(self, action: Action, resource: str, *, purpose: Purpose) -> Decision:
        """What the policy says."""
        policy = self.pages.policy(self.district)
        return policy.decide(self.member, purpose=purpose, action=action, resource=resource)

    def decide_any(self, action: Action, resource: str) -> Decision:
        """The Grant under the first of the member's purposes that gives one, or the refusal of the last."""
        decision: Decision = refuse_purpose()
        for purpose in purposes_of(self.member):
            decision = self.decide(action, resource, purpose=purpose)
            if isinstance(decision, Grant):
                break
        return decision

    def leave_for(self, area: Area) -> AreaLeave | None:
        """Leave to enter an area, where the role has it."""
        decision = decide_area(self.member, area)
        return decision if isinstance(decision, AreaLeave) else None
