"""Files sent by programs: each request makes one batch of the district, which its sender can ask after.

They go the way of every other file: through the inbox, sealed as they arrive, and by the job worker. Who may send is
decided in `trust.upload_service`; a batch is shown to the client that sent it, and is absent for all others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
from python_multipart.multipart import parse_options_header

from homeroom.base.findings import Finding
from homeroom.ingest.feeds.feed import feed_reading, list_feeds
from homeroom.ingest.intake.deliveries import Reading, deliver
from homeroom.ingest.intake.inbox import MOST_BYTES, Inbox, InboxFile
from homeroom.ingest.specs.shelf import find_spec
from homeroom.trust.actors import ApiClient
from homeroom.trust.claim_store import claim_book
from homeroom.trust.grant import Action, Refusal
from homeroom.trust.upload_service import decide_uploads
from homeroom.web.api import problems
from homeroom.web.api.calls import Answer
from homeroom.web.api.deciding import admit_client
from homeroom.web.api.exchange import CutOffError, Request, json_response
from homeroom.web.api.problems import Problem
from homeroom.web.api.site import Site
from homeroom.web.api.upload_state import read_upload
from homeroom.web.multipart import BrokenFormError, read_parts

_BATCHES: Final = "batches"
_MULTIPART: Final = "multipart/form-data"
_NO_STORE: Final = ("cache-control", "no-store")
_WAIT: Final = ("retry-after", "2")
_MOST_FILES: Final = 1_000
_MOST_FIELDS: Final = 1_000
_WORDS: Final = frozenset({"feed", "spec", "parameter", "trial"})


@dataclass(slots=True)
class _Sent:
    """What a request holds: files as the inbox took them, and words on how they are to be read."""

    words: list[tuple[str, str]]
    files: list[InboxFile] = field(default_factory=list)
    fault: Finding | None = None

    def said(self, name: str) -> str | None:
        return next((value for key, value in self.words if key == name and value), None)

    def parameters(self) -> dict[str, str] | None:
        """Each `parameter` is `name=value`; None when one is not."""
        pairs = [value.partition("=") for key, value in self.words if key == "parameter"]
        return {n: value for n, _, value in pairs} if all(n and equals for n, equals, _ in pairs) else None


async def answer_uploads(request: Request, site: Site, *, base: str, path: Sequence[str]) -> Answer:
    """The answer to any request below `/uploads/v1`. base: the address of the district's services."""
    if not path or path[0].lower() != _BATCHES or len(path) > 2:
        return problems.NOT_FOUND
    allowed = "POST" if len(path) == 1 else "GET"
    if request.method != allowed:
        return problems.unsupported_method(request.method, allow=allowed)
    client = await admit_client(request, site)
    if isinstance(client, Problem):
        return client
    action = Action.CREATE if allowed == "POST" else Action.READ
    leave = decide_uploads(await claim_book(site.district), client, action=action)
    if isinstance(leave, Refusal):
        return problems.problem_of_refusal(leave)
    if allowed == "GET":
        return await _show(site, client, path[1])
    return await _Upload(request, site, client, f"{base}/uploads/v1/{_BATCHES}").answer()


async def _show(site: Site, client: ApiClient, number: str) -> Answer:
    """How a batch of the client's own stands."""
    upload = await read_upload(site.district, client, number)
    if upload is None:
        return problems.ITEM_NOT_FOUND
    headers = (_NO_STORE,) if upload.is_over else (_NO_STORE, _WAIT)
    return json_response(msgspec.json.encode(upload), headers=headers)


class _Upload:
    """One delivery. base: the address of batches, without a slash at its end."""

    def __init__(self, request: Request, site: Site, client: ApiClient, base: str) -> None:
        self._request = request
        self._site = site
        self._client = client
        self._base = base

    async def answer(self) -> Answer:
        """202 and the address of the batch; 200 when this client has sent the same before."""
        sent = _Sent([(n, value) for n, value in self._request.query if n in _WORDS])
        reading = await self._reading(sent)  # before anything large is read for nothing
        if isinstance(reading, Problem):
            return reading
        problem = await self._receive(sent) or _fault_of(sent)
        if problem is not None:
            return problem
        reading = await self._reading(sent)
        if isinstance(reading, Problem):
            return reading
        delivery = await deliver(self._site.district, sent.files, reading=reading, actor=self._client)
        state = await read_upload(self._site.district, self._client, str(delivery.batch))
        headers = (("location", f"{self._base}/{delivery.batch}"), _NO_STORE, _WAIT)
        return json_response(
            msgspec.json.encode(state), status=202 if delivery.is_new else 200, headers=headers
        )

    async def _receive(self, sent: _Sent) -> Problem | None:
        largest = (await self._site.district.api_settings.current()).largest_upload_mb << 20
        inbox = Inbox(self._site.district, spool_folder=self._spool, most_bytes=min(largest, MOST_BYTES))
        kind = self._request.headers.get("content-type", "")
        length = self._request.headers.get("content-length", "")
        body = self._request.stream_whole()
        is_form = kind.partition(";")[0].strip().lower() == _MULTIPART
        try:
            if is_form:
                await self._receive_form(sent, inbox, body, content_type=kind)
            elif length.isdecimal() and int(length) > largest:
                return problems.UPLOAD_TOO_LARGE
            else:
                await self._take(sent, inbox, body, name=self._file_name())
        except CutOffError:
            return problems.CUT_OFF
        except BrokenFormError:
            return problems.bad_request("The body is no multipart/form-data, or ends before the form does.")
        return None

    async def _receive_form(
        self, sent: _Sent, inbox: Inbox, body: AsyncIterator[bytes], *, content_type: str
    ) -> None:
        async for part in read_parts(body, content_type=content_type):
            if part.file is not None and len(sent.files) < _MOST_FILES:
                await self._take(sent, inbox, part.pieces, name=part.file)
            elif part.name in _WORDS and len(sent.words) < _MOST_FIELDS:
                sent.words.append((part.name, await part.text()))
            if sent.fault is not None:
                return

    async def _take(self, sent: _Sent, inbox: Inbox, pieces: AsyncIterator[bytes], *, name: str) -> None:
        match await inbox.receive(pieces, name=name, actor=self._client):
            case InboxFile() as file:
                sent.files.append(file)
            case Finding() as fault:
                sent.fault = fault

    async def _reading(self, sent: _Sent) -> Reading | Problem:
        """How the files are to be read, or what of that cannot be."""
        feed, spec, parameters = sent.said("feed"), sent.said("spec"), sent.parameters()
        if parameters is None:
            return problems.invalid_parameters("A parameter is written name=value.")
        is_trial = sent.said("trial") == "true"
        if feed is None:
            if spec is not None and await find_spec(self._site.district, spec) is None:
                return problems.invalid_parameters("There is no mapping spec of that name.")
            return Reading(spec=spec, parameters=parameters, is_trial=is_trial, sender=self._client.label)
        if spec is not None or parameters:
            return problems.invalid_parameters("A feed says itself by which spec its files are read.")
        found = next((f for f in await list_feeds(self._site.district) if f.name == feed), None)
        if found is None:
            return problems.invalid_parameters("There is no feed of that name.")
        own = feed_reading(found)
        return Reading(own.feed, own.spec, own.parameters, is_trial, own.repeats, self._client.label)

    def _file_name(self) -> str:
        """What the sender calls the file: a header says it, because addresses are logged."""
        header = self._request.headers.get("content-disposition", "")
        _, options = parse_options_header(header)
        return options.get(b"filename", b"").decode("utf-8", "replace") or "upload"

    @property
    def _spool(self) -> Path:
        return self._site.spool_folder


def _fault_of(sent: _Sent) -> Problem | None:
    """Why the inbox took a file not, or that there was none."""
    fault = sent.fault
    if fault is None:
        return None if sent.files else problems.bad_request("There is no file in the request.")
    known = {"inbox.too_large": problems.UPLOAD_TOO_LARGE, "inbox.no_space": problems.NO_SPACE}
    return known.get(fault.code) or problems.bad_request(f"{fault.words} {fault.remedy}")
