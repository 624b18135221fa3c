"""Who asks: a closed family of actors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A program with a key: what its registration lets it claim.

    id: row of the registration; organizations: education organisation ids; ownership: token ids,
    the first of which marks what it creates.
    """

    id: int
    key: str
    claim_set: str
    namespace_prefixes: tuple[str, ...] = ()
    organizations: tuple[int, ...] = ()
    profiles: tuple[str, ...] = ()
    ownership: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """How the ledger names it."""
        return f"client:{self.key}"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person of the district who signed in; role is `teacher`, `data_manager` or `principal`."""

    id: int
    staff_unique_id: str
    role: str
    organizations: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """How the ledger names them: by account, never by name."""
        return f"staff:{self.id}"


@dataclass(frozen=True, slots=True)
class Operator:
    """The district's own machine: the command line, the loader, a schedule. `task` says which."""

    task: str

    @property
    def label(self) -> str:
        """How the ledger names it."""
        return f"operator:{self.task}"


Actor = ApiClient | StaffMember | Operator
