"""Where in a spec a fault stands, and the collector of what is found while one is read and compiled."""

from __future__ import annotations

from dataclasses import dataclass

from homeroom.base.findings import Finding, Place, Severity


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a spec file: line and column, both 1-based."""

    file: str
    line: int
    column: int

    def after(self, characters: int) -> Spot:
        """The place so many characters further on in the same line."""
        return Spot(self.file, self.line, self.column + characters)


class SpecFaults:
    """Collects every finding of one spec, so that its writer mends them all at once."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def tell(self, code: str, words: str, spot: Spot, *, remedy: str = "") -> None:
        """A fault that keeps the spec from being used; the same fault in the same place is told once."""
        place = Place(spot.file, spot.line, column=spot.column)
        finding = Finding(f"mapping.{code}", words, place, remedy)
        if finding not in self._found:
            self._found.append(finding)

    def warn(self, code: str, words: str, spot: Spot, *, remedy: str = "") -> None:
        """Something worth looking at, with which the spec works all the same."""
        place = Place(spot.file, spot.line, column=spot.column)
        self._found.append(Finding(f"mapping.{code}", words, place, remedy, Severity.WARNING))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps the spec from being used, in the order found."""
        return tuple(f for f in self._found if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What does not."""
        return tuple(f for f in self._found if f.severity is Severity.WARNING)
