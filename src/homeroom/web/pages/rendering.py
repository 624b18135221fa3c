"""Templates to HTML: autoescape on, undefined names fail, text in the reader's language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from homeroom.web.pages.language import ENGLISH, Language

_STATIC: Final = files("homeroom.web") / "static"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Renderer:
    """Makes pages. One environment for each language, all made at the start."""

    def __init__(self, languages: Mapping[str, Language]) -> None:
        self.languages = languages
        self._environments = {code: _environment(language) for code, language in languages.items()}

    def render(self, template: str, language: Language, /, **context: object) -> str:
        """The page. context: what the template's first lines name."""
        environment = self._environments.get(language.code) or self._environments[ENGLISH.code]
        return environment.get_template(template).render(language=language, **context)


def asset_address(name: str) -> str:
    """Where a file of ours is served. The address changes with its content, so it can be kept for ever."""
    content = (_STATIC / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def render_day(language: Language, day: date) -> Markup:
    """`Nov 20, 2026`, in the language's own order."""
    words = language.text("%(month)s %(day)d, %(year)d") % _parts(language, day)
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), words)


def render_short_day(language: Language, day: date) -> Markup:
    """`Nov 20`, where the year is clear from the rest of the page."""
    words = language.text("%(month)s %(day)d") % _parts(language, day)
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), words)


def render_moment(language: Language, moment: datetime) -> Markup:
    """`Nov 20, 2026, 14:05 UTC`: nobody has told us the district's time zone yet."""
    at = moment.astimezone(UTC)
    words = language.text("%(month)s %(day)d, %(year)d") % _parts(language, at.date())
    text = f"{words}, {at:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), text)


def render_number(number: float | Decimal) -> str:
    """`12,480`; a decimal without zeros at its end."""
    if isinstance(number, int):
        return f"{number:,}"
    whole = Decimal(str(number)).normalize()
    return f"{whole:,f}"


def render_members(members: Mapping[str, object]) -> str:
    """A record's members as JSON, one a line."""
    return json.dumps(members, indent=2, ensure_ascii=False)


def _parts(language: Language, day: date) -> Mapping[str, object]:
    return {"month": language.text(_MONTHS[day.month - 1]), "day": day.day, "year": day.year}


def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(str(files("homeroom.web") / "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    # What the i18n extension adds to an environment is not in its type.
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(language.text, language.count, newstyle=True)
    environment.filters["day"] = lambda day: render_day(language, day)
    environment.filters["short_day"] = lambda day: render_short_day(language, day)
    environment.filters["moment"] = lambda moment: render_moment(language, moment)
    environment.filters["number"] = render_number
    environment.filters["members"] = render_members
    environment.globals["asset"] = {entry.name: asset_address(entry.name) for entry in _STATIC.iterdir()}
    return environment
