"""Claims for the resources that extensions bring, where no claim document speaks of them.

Pure. They stand below a domain of the extension's own, which those hold who hold the standard's student data;
an administrator who wants it otherwise loads claims that name the resources.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Final

from homeroom.standard.model import Model, Resource
from homeroom.trust.claims import ByAction, Claim, ClaimBook
from homeroom.trust.grant import Action
from homeroom.trust.subjects import namespace_column, subjects_of

_CORE: Final = "ed-fi"
_DESCRIPTORS: Final = "domains/systemDescriptors"
_STUDENT_DATA: Final = "domains/relationshipBasedData"


def with_extension_claims(book: ClaimBook, model: Model) -> ClaimBook:
    """The book with a claim for each extension resource that has none; the same book when none is missing."""
    missing = [r for r in model.resources.values() if r.schema != _CORE and not book.lineage(r.claim)]
    descriptors = [r.claim for r in missing if r.is_descriptor]
    if descriptors and book.lineage(_DESCRIPTORS):
        book = book.with_claims(_DESCRIPTORS, descriptors)
    example = next(iter(book.lineage(_STUDENT_DATA)), None)
    if example is None:
        return book
    resources = sorted((r for r in missing if not r.is_descriptor), key=lambda r: (r.schema, r.name))
    for schema, group in groupby(resources, key=lambda r: r.schema):
        book = _with_domain(book, schema, claims=tuple(_claims(group)), example=example)
    return book


def _with_domain(book: ClaimBook, schema: str, *, claims: tuple[Claim, ...], example: Claim) -> ClaimBook:
    name = f"domains/{schema}"
    known = next(iter(book.lineage(name)), None)
    if known is not None:
        return book.replacing(replace(known, children=(*known.children, *claims)))
    domain = Claim(name, example.default, example.granted, claims)
    return replace(book, claims=(*book.claims, domain))


def _claims(resources: Iterator[Resource]) -> Iterator[Claim]:
    for resource in resources:
        yield Claim(resource.claim, _default(resource))


def _default(resource: Resource) -> ByAction:
    """By what ties the record to somebody; that of the domain, which is by relationship, when people do."""
    if subjects_of(resource):
        return {}
    strategy = "NamespaceBased" if namespace_column(resource) else "NoFurtherAuthorizationRequired"
    return dict.fromkeys(Action, (strategy,))
