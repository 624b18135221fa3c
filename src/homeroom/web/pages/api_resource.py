"""One resource of the API: its operations with parameters and answers, its members, an example."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from homeroom.standard.filters import filters_of
from homeroom.standard.openapi_forms import FAILURES
from homeroom.standard.openapi_operations import Operation, Parameter, paths_of
from homeroom.standard.openapi_sides import Shown
from homeroom.web.pages.api_docs import Manual, open_manual
from homeroom.web.pages.api_members import MemberLine, describe_members, render_example
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import Visit


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """One parameter. where: query, path or header; most: the longest text, or None."""

    name: str
    where: str
    kind: str
    most: int | None
    description: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer. headers: those a client may rely on; holds: `list`, `item` or nothing."""

    status: int
    description: str
    headers: Sequence[str]
    holds: str


@dataclass(frozen=True, slots=True)
class OperationCard:
    """One operation. accepts: the media type of its body; None when it has none. takes_filters: every one."""

    identifier: str
    method: str
    path: str
    summary: str
    description: str
    parameters: Sequence[ParameterLine]
    takes_filters: bool
    accepts: str | None
    answers: Sequence[AnswerLine]


@dataclass(frozen=True, slots=True)
class MemberTable:
    """The members of one side of the resource. usage: `readable` or `writable`; empty when both are alike."""

    usage: str
    members: Sequence[MemberLine]


@dataclass(frozen=True, slots=True)
class ApiResourcePage:
    """contents: the address of the page of contents; links: target of a reference or descriptor -> its page.

    example: a document to send; None where nothing can be sent.
    """

    label: str
    name: str
    path: str
    domains: Sequence[str]
    profile: str | None
    contents: str
    data_address: str
    operations: Sequence[OperationCard]
    filters: Sequence[ParameterLine]
    tables: Sequence[MemberTable]
    links: Mapping[str, str]
    example: str | None


async def show_api_resource(visit: Visit) -> Response:
    """The page of the resource that the address names."""
    manual = await open_manual(visit)
    shown = None if manual is None else _find(manual)
    if manual is None or shown is None:
        return answer_absent(visit)
    resource = shown.resource
    filters = filters_of(manual.model, shown.read.resource) if shown.read else {}
    operations = [(path.path, o) for path in paths_of(manual.model, shown) for o in path.operations]
    listing = next((o.parameters for _, o in operations if o.method == "get"), ())
    page = ApiResourcePage(
        label=manual.classification.of(resource.name, "$").label,
        name=resource.name,
        path=resource.path,
        domains=resource.domains,
        profile=manual.profile,
        contents=f"{manual.address}{manual.suffix}",
        data_address=f"{manual.base}/data/v3",
        operations=[_operation(path, o, filters=filters.keys()) for path, o in operations],
        filters=[_parameter(p) for p in listing if p.name.lower() in filters],
        tables=_tables(manual, shown),
        links={name: manual.link(r).address for name, r in manual.model.resources.items()},
        example=render_example(manual.model, shown.write.resource) if shown.write else None,
    )
    return manual.visit.render("api_resource.html", page)


def _find(manual: Manual) -> Shown | None:
    named = manual.visit.request.path_params
    path = f"/{named['schema']}/{named['endpoint']}".lower()
    return next((one for one in manual.shown if one.resource.path.lower() == path), None)


def _tables(manual: Manual, shown: Shown) -> Sequence[MemberTable]:
    return [
        MemberTable(side.usage or "", describe_members(manual.model, manual.classification, side.resource))
        for side in shown.sides
    ]


def _operation(path: str, operation: Operation, *, filters: Collection[str]) -> OperationCard:
    own = [p for p in operation.parameters if p.name.lower() not in filters or p.where != "query"]
    answers = [
        AnswerLine(
            answer.status,
            answer.description,
            answer.headers,
            "" if answer.body is None else "list" if answer.body.is_array else "item",
        )
        for answer in operation.answers
    ]
    failures = [AnswerLine(status, FAILURES[status][1], (), "") for status in operation.failures]
    return OperationCard(
        identifier=operation.identifier,
        method=operation.method.value.upper(),
        path=path,
        summary=operation.summary,
        description=operation.description,
        parameters=[_parameter(p) for p in own],
        takes_filters=len(own) < len(operation.parameters),
        accepts=operation.accepts.media_type if operation.accepts else None,
        answers=[*answers, *failures],
    )


def _parameter(parameter: Parameter) -> ParameterLine:
    schema = parameter.schema
    most = schema.get("maxLength")
    return ParameterLine(
        parameter.name,
        parameter.where,
        str(schema.get("format") or schema.get("type")),
        most if isinstance(most, int) else None,
        parameter.description,
        parameter.is_required,
    )
