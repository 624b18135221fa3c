"""Every page, in one list, and what a request passes before it reaches its page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPMethod
from typing import Final, TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from homeroom.trust.areas import Area, areas_of
from homeroom.web.auth.sessions import COOKIE, find_signed_in
from homeroom.web.middleware import FAULTS_OF_THE_DATABASE
from homeroom.web.pages import (
    api_docs,
    api_resource,
    batch,
    client_forms,
    clients,
    describe,
    feed_forms,
    feeds,
    files,
    home,
    mapping,
    mappings,
    matches,
    overview,
    quality,
    record,
    records,
    section,
    sections,
    sign_in,
    two_records,
    waiting,
)
from homeroom.web.pages.assets import answer_asset
from homeroom.web.pages.faults import answer_absent, answer_database_away, answer_fault, answer_stale_form
from homeroom.web.pages.forms import Form, UnusableFormError, read_form
from homeroom.web.pages.visits import MemberVisit, Pages, Visit

GET, POST = HTTPMethod.GET, HTTPMethod.POST
Answer: TypeAlias = Callable[[MemberVisit], Awaitable[Response]]
PublicAnswer: TypeAlias = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A page for everybody. Its forms guard themselves, as there is no session to do it."""

    method: HTTPMethod
    path: str
    answer: PublicAnswer


@dataclass(frozen=True, slots=True)
class MemberPage:
    """A page for those signed in. area: the part of the pages it belongs to; None for all roles."""

    method: HTTPMethod
    path: str
    answer: Answer
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class StreamedPage:
    """A form with files for those signed in, read by the page as it arrives; the page checks whose form it is."""

    path: str
    answer: Answer
    area: Area | None = None
    method: HTTPMethod = POST


AnyPage: TypeAlias = PublicPage | MemberPage | StreamedPage
PAGES: Final[tuple[AnyPage, ...]] = (
    PublicPage(GET, "/sign-in", sign_in.show_sign_in),
    PublicPage(POST, "/sign-in", sign_in.do_sign_in),
    PublicPage(GET, "/static/{name}", answer_asset),
    PublicPage(GET, "/docs/{district}", api_docs.show_api_docs),
    PublicPage(GET, "/docs/{district}/{schema}/{endpoint}", api_resource.show_api_resource),
    MemberPage(POST, "/sign-out", sign_in.do_sign_out),
    MemberPage(GET, "/", home.show_home),
    MemberPage(GET, "/district", overview.show_overview, Area.DISTRICT),
    MemberPage(GET, "/sections", sections.show_sections, Area.SECTIONS),
    MemberPage(GET, "/sections/{section:uuid}", section.show_section, Area.SECTIONS),
    MemberPage(GET, "/records", records.show_resources, Area.RECORDS),
    MemberPage(GET, "/records/{schema}/{endpoint}", records.show_list, Area.RECORDS),
    # A search goes by POST, because what is searched for is a personal value and addresses hold none.
    MemberPage(POST, "/records/{schema}/{endpoint}", records.show_list, Area.RECORDS),
    MemberPage(GET, "/records/{schema}/{endpoint}/{record:uuid}", record.show_record, Area.RECORDS),
    MemberPage(GET, "/files", files.show_files, Area.FILES),
    StreamedPage("/files", files.do_send, Area.FILES),
    MemberPage(GET, "/files/{batch:int}", batch.show_batch, Area.FILES),
    MemberPage(POST, "/files/{batch:int}/approve", batch.do_approve, Area.FILES),
    MemberPage(POST, "/files/{batch:int}/cancel", batch.do_cancel, Area.FILES),
    MemberPage(POST, "/files/{batch:int}/undo", batch.do_undo, Area.FILES),
    MemberPage(POST, "/files/{batch:int}/replay", batch.do_replay, Area.FILES),
    MemberPage(GET, "/files/{batch:int}/mapping", describe.show_description, Area.FILES),
    MemberPage(POST, "/files/{batch:int}/mapping", describe.do_describe, Area.FILES),
    MemberPage(GET, "/mappings", mappings.show_mappings, Area.FILES),
    MemberPage(GET, "/mappings/{name}", mapping.show_mapping, Area.FILES),
    MemberPage(POST, "/mappings/{name}", mapping.do_keep, Area.FILES),
    MemberPage(POST, "/mappings/{name}/preview", mapping.do_preview, Area.FILES),
    MemberPage(GET, "/feeds", feeds.show_feeds, Area.FILES),
    MemberPage(POST, "/feeds", feed_forms.do_create, Area.FILES),
    MemberPage(GET, "/feeds/{feed:int}", feeds.show_feed, Area.FILES),
    MemberPage(POST, "/feeds/{feed:int}", feed_forms.do_change, Area.FILES),
    MemberPage(POST, "/feeds/{feed:int}/pause", feed_forms.do_pause, Area.FILES),
    MemberPage(POST, "/feeds/{feed:int}/resume", feed_forms.do_resume, Area.FILES),
    MemberPage(POST, "/feeds/{feed:int}/run", feed_forms.do_run, Area.FILES),
    MemberPage(GET, "/quality", quality.show_quality, Area.FILES),
    MemberPage(GET, "/quality/rules/{rule}", quality.show_rule, Area.FILES),
    MemberPage(POST, "/quality/rules/{rule}", quality.do_switch, Area.FILES),
    MemberPage(GET, "/waiting", waiting.show_waiting, Area.FILES),
    MemberPage(POST, "/waiting/dismiss", waiting.do_dismiss, Area.FILES),
    MemberPage(GET, "/waiting/{row:int}", waiting.show_waiting_row, Area.FILES),
    MemberPage(POST, "/waiting/{row:int}", waiting.do_mend, Area.FILES),
    MemberPage(GET, "/matches", matches.show_matches, Area.MATCHES),
    MemberPage(POST, "/matches", matches.do_decide, Area.MATCHES),
    MemberPage(POST, "/matches/undo", matches.do_undo, Area.MATCHES),
    # A number is a personal value, and addresses hold none.
    MemberPage(GET, "/matches/records", two_records.show_two_records, Area.MATCHES),
    MemberPage(POST, "/matches/records", two_records.show_two_records, Area.MATCHES),
    MemberPage(POST, "/matches/merge", two_records.do_merge, Area.MATCHES),
    MemberPage(POST, "/matches/split", two_records.do_split, Area.MATCHES),
    MemberPage(POST, "/matches/doubt", two_records.do_doubt, Area.MATCHES),
    MemberPage(GET, "/clients", clients.show_clients, Area.CLIENTS),
    MemberPage(POST, "/clients", client_forms.do_create, Area.CLIENTS),
    MemberPage(POST, "/clients/rotate", client_forms.do_rotate, Area.CLIENTS),
    MemberPage(POST, "/clients/revoke", client_forms.do_revoke, Area.CLIENTS),
)


def make_router(pages: Pages) -> ASGIApp:
    """The pages as one application."""
    surroundings = pages.surroundings
    routes = [Route(p.path, _endpoint(pages, p), methods=[p.method.value]) for p in PAGES]
    router = Router(routes=routes, redirect_slashes=False, default=_elsewhere(pages))

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            # Inside an application Starlette raises for a wrong method instead of answering by itself.
            await router({**scope, "app": router}, receive, send)
        except HTTPException:  # a method that the page does not have
            await (await _absent(pages, request))(scope, receive, send)
        except FAULTS_OF_THE_DATABASE as fault:
            surroundings.log.fault("pages.database_away", fault)
            if surroundings.revive:
                await surroundings.revive()
            await answer_database_away(Visit(pages, request, Form({})))(scope, receive, send)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the reader gets a page and we a line
            surroundings.log.fault("pages.fault", fault)
            await answer_fault(Visit(pages, request, Form({})))(scope, receive, send)

    return application


def _endpoint(pages: Pages, page: AnyPage) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            form = await read_form(request) if _has_form(page) else Form({})
        except UnusableFormError:
            return answer_stale_form(Visit(pages, request, Form({})))
        if isinstance(page, PublicPage):
            return await page.answer(Visit(pages, request, form))
        return await _answer_member(pages, page, request=request, form=form)

    return answer


def _has_form(page: AnyPage) -> bool:
    return page.method == POST and not isinstance(page, StreamedPage)


async def _answer_member(
    pages: Pages, page: MemberPage | StreamedPage, *, request: Request, form: Form
) -> Response:
    """Signed in, allowed here, and with a form of ours; else what each of these lacks."""
    signed_in = await find_signed_in(pages.districts, request.cookies.get(COOKIE), now=pages.clock.now())
    if signed_in is None:
        return sign_in.ask_to_sign_in(Visit(pages, request, form))
    visit = MemberVisit(pages, request, form, signed_in, page.area)
    if page.area is not None and page.area not in areas_of(signed_in.member):
        return answer_absent(visit)
    if _has_form(page) and not form.carries(signed_in.session.csrf):
        return answer_stale_form(visit)
    return await page.answer(visit)


def _elsewhere(pages: Pages) -> ASGIApp:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await (await _absent(pages, Request(scope, receive)))(scope, receive, send)

    return application


async def _absent(pages: Pages, request: Request) -> Response:
    """Only those signed in are told that something is not there; whoever else asks has to sign in."""
    signed_in = await find_signed_in(pages.districts, request.cookies.get(COOKIE), now=pages.clock.now())
    if signed_in is None:
        return sign_in.ask_to_sign_in(Visit(pages, request, Form({})))
    return answer_absent(MemberVisit(pages, request, Form({}), signed_in, None))
