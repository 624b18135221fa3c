"""Grant and Refusal: the two answers of `trust.policy`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from homeroom.store.conditions import Condition
from homeroom.trust.actors import Actor
from homeroom.trust.purposes import Purpose


class Action(StrEnum):
    """What can be done with a resource; the names are Ed-Fi's."""

    CREATE = "Create"
    READ = "Read"
    UPDATE = "Update"
    DELETE = "Delete"
    READ_CHANGES = "ReadChanges"


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to do one action on one resource: which rows, which members, and why.

    conditions: all must hold for a row; none means every row of the district.
    hidden: root members the reader does not get and the writer cannot set.
    basis: the rule that gave leave, for the ledger and the explain page.
    """

    actor: Actor
    purpose: Purpose
    action: Action
    resource: str
    conditions: tuple[Condition, ...] = ()
    hidden: frozenset[str] = frozenset()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """No leave: a permanent code and the facts that explain it to whom it may be explained.

    code: the problem type below `urn:ed-fi:api:`, such as `security:authorization:access-denied:resource`.
    words: one sentence for the caller; errors: its particulars. Neither holds a value of a record.
    status, title: how the Ed-Fi API presents it; a page or a program of ours need not.
    """

    code: str
    words: str
    errors: tuple[str, ...] = ()
    status: int = 403
    title: str = "Authorization Denied"


Decision = Grant | Refusal
