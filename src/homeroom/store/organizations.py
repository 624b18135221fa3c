"""The statement that lists organisations by name; its text depends on the Model's kinds of organisation."""

from __future__ import annotations

from collections.abc import Mapping

from homeroom.standard.model import Model
from homeroom.store.tables import Table

_BASE = "EducationOrganization"


def select_organizations(model: Model, tables: Mapping[str, Table]) -> str:
    """Which organisations are among these or below them, and what lies above each?

    $1: natural ids. One row per organisation, by id: id, kind, name, ids above it and itself, their kinds.
    """
    named = " union all ".join(
        f'select "{tables[kind].key[0]}" as id, name_of_institution as name from {tables[kind].qualified}'
        for kind in model.abstracts[_BASE].concrete
    )
    return (
        f"with named as ({named}), reached as (select distinct c.descendant as id"
        " from edfi.organization_closure c where c.ancestor = any($1::bigint[]))"
        " select o.education_organization_id, o.kind, n.name,"
        " array_agg(a.education_organization_id order by a.education_organization_id),"
        " array_agg(a.kind order by a.education_organization_id)"
        " from reached r join edfi.education_organization o on o.education_organization_id = r.id"
        " join named n on n.id = r.id join edfi.organization_closure c on c.descendant = r.id"
        " join edfi.education_organization a on a.education_organization_id = c.ancestor"
        " group by o.education_organization_id, o.kind, n.name order by o.education_organization_id"
    )
