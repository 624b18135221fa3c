"""The rules of the mapping: values that come from somewhere else than the text at a path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from homeroom.base.errors import SettingsError
from homeroom.interop.edfi_references import fail_type
from homeroom.interop.edfi_values import Convert, decimal_number
from homeroom.interop.inbloom_mapping import Spec
from homeroom.interop.inbloom_references import References
from homeroom.interop.inbloom_scope import Scope, Take
from homeroom.interop.xml_record import Json
from homeroom.interop.xml_stream import Element

# A school year begins on the first of July, as in most states.
_FIRST_MONTH = 7
_SESSION_KEY = ("schoolId", "schoolYear", "sessionName")


class Rules:
    """Compiles a rule by the word it begins with; the words are explained at the head of `inbloom.yaml`."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._by_word: Mapping[str, Callable[[Spec], Take]] = {
            "organization": self._organization,
            "take": self._taken,
            "fact": self._fact,
            "school_year_of": self._school_year_of,
            "hundredth": self._hundredth,
            "session_begin": self._session_begin,
            "session_on": self._session_on,
            "school": lambda _: lambda scope: scope.school,
            "top_organization": lambda spec: lambda scope: _top_organization(scope, str(spec["note"])),
        }

    def compile(self, spec: Spec) -> Take:
        """The function a rule stands for."""
        for word, compile_rule in self._by_word.items():
            if word in spec:
                return compile_rule(spec)
        raise SettingsError(f"the inBloom mapping has a rule nobody knows: {sorted(spec)}")

    def _fact(self, spec: Spec) -> Take:
        fact, take_about = str(spec["fact"]), self._references.name_taker(spec["about"])

        def take(scope: Scope) -> Json:
            about = take_about(scope)
            return None if about is None else scope.around.directory.ask(fact, about)

        return take

    def _taken(self, spec: Spec) -> Take:
        path, concept, name = self._references.path(spec["at"]), spec["of"], spec["take"]

        def take(scope: Scope) -> Json:
            for element in path.elements(scope):
                found = self._references.resolve(concept, scope.at(element))
                if found is not None:
                    return found.get(name)
            return None

        return take

    def _organization(self, spec: Spec) -> Take:
        path = self._references.path(spec["organization"])
        is_wanted = _kind_test(spec)

        def take(scope: Scope) -> Json:
            for element in path.elements(scope):
                number = self._references.organization(element, scope)
                if number is not None and is_wanted(number, element, scope):
                    return number
            return None

        return take

    def _school_year_of(self, spec: Spec) -> Take:
        path = self._references.path(spec["school_year_of"])
        return lambda scope: next((school_year_of(day) for day in path.texts(scope)), None)

    def _hundredth(self, spec: Spec) -> Take:
        path = self._references.path(spec["hundredth"])

        def take(scope: Scope) -> Json:
            for text in path.texts(scope):
                percent = converted(text, decimal_number, scope)
                return percent / 100 if isinstance(percent, Decimal) else None
            return None

        return take

    def _session_begin(self, spec: Spec) -> Take:
        path = self._references.path(spec["session_begin"])

        def take(scope: Scope) -> Json:
            for element in path.elements(scope):
                section = self._references.resolve("section", scope.at(element))
                session = scope.around.directory.session_of(section) if section else None
                if session is not None:
                    return session.get("beginDate")
            return None

        return take

    def _session_on(self, spec: Spec) -> Take:
        at = spec["session_on"]
        school, day = self._references.path(at["school"]), self._references.path(at["date"])

        def take(scope: Scope) -> Json:
            numbers = [self._references.organization(element, scope) for element in school.elements(scope)]
            days = day.texts(scope)
            found = scope.around.directory.sessions_on(numbers[0], days[0]) if numbers and days else []
            if len(found) > 1:
                scope.around.reading.warn(
                    "inbloom.several_sessions",
                    f"{len(found)} sessions of the school contain this day; the first by name is taken.",
                    at=scope.element,
                )
            return {name: found[0][name] for name in _SESSION_KEY} if found else None

        return take


def school_year_of(day: str) -> Json:
    """The school year of an ISO date, as the year it ends in; None when the text is no date."""
    year, month = day[:4], day[5:7]
    if not (year.isdigit() and month.isdigit()):
        return None
    return int(year) + (1 if int(month) >= _FIRST_MONTH else 0)


def converted(text: str, convert: Convert, scope: Scope) -> Json:
    """The value of a text; a text that is not of the type is noted and gives None."""
    try:
        return convert(text)
    except ValueError as error:
        fail_type(scope.element, text, error, scope.around.reading)
        return None


def _kind_test(spec: Spec) -> Callable[[int, Element, Scope], bool]:
    """kind: only organisations known to be of it. must_be: those of no known kind too; others are a fault."""
    kind, must_be = spec.get("kind"), spec.get("must_be")

    def is_wanted(number: int, element: Element, scope: Scope) -> bool:
        known = scope.around.directory.kind_of(number)
        if must_be and known not in {None, must_be}:
            scope.around.reading.fail(
                "inbloom.wrong_organization",
                f"The standard wants a {must_be} here; this organisation is a {known}.",
                at=element,
                remedy=f"Refer to a {must_be}.",
            )
            return False
        return kind is None or known == kind

    return is_wanted


def _top_organization(scope: Scope, note: str) -> Json:
    number = scope.around.directory.top_organization()
    if number is not None:
        scope.around.reading.warn("inbloom.default", note, at=scope.element)
    return number
