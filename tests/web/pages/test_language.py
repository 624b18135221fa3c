"""Text in the reader's language: English where nobody has translated it, other words where somebody has."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from homeroom.web.pages import language
from homeroom.web.pages.language import ENGLISH, Language, choose_language, load_languages
from homeroom.web.pages.rendering import Renderer, render_day, render_moment, render_number

FRENCH = Language(
    "fr",
    "Français",
    {"Nothing here": "Rien ici", "%(month)s %(day)d, %(year)d": "%(day)d %(month)s %(year)d", "Nov": "nov."},
    {"day": ("jour", "jours")},
)
KNOWN = {"en": ENGLISH, "fr": FRENCH}


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("fr", "fr"),
        ("fr-CA,en;q=0.5", "fr"),
        ("en;q=0.2, fr;q=0.8", "fr"),
        ("xx, en", "en"),
        ("", "en"),
        ("fr;q=0", "en"),
        (";;;q=,,", "en"),
        ("fr;q=high", "en"),
    ],
)
def test_the_browser_says_which_language(accepted: str, code: str) -> None:
    assert choose_language(accepted, KNOWN).code == code


def test_what_nobody_has_translated_stands_in_english() -> None:
    assert FRENCH.text("Nothing here") == "Rien ici"
    assert FRENCH.text("Go to the first page") == "Go to the first page"
    assert (FRENCH.count("day", "days", 1), FRENCH.count("day", "days", 2)) == ("jour", "jours")
    assert FRENCH.count("time", "times", 2) == "times"


def test_dates_stand_in_the_languages_own_order() -> None:
    assert render_day(ENGLISH, date(2026, 11, 20)) == '<time datetime="2026-11-20">Nov 20, 2026</time>'
    assert render_day(FRENCH, date(2026, 11, 20)) == '<time datetime="2026-11-20">20 nov. 2026</time>'
    at = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
    assert ">Nov 20, 2026, 09:05 UTC<" in render_moment(ENGLISH, at)


def test_numbers_are_readable() -> None:
    assert [render_number(n) for n in (1234567, Decimal("87.50"), Decimal("90"), 0)] == [
        "1,234,567",
        "87.5",
        "90",
        "0",
    ]


def test_a_page_is_rendered_in_the_language_and_escapes_what_it_shows() -> None:
    from homeroom.web.pages.faults import FaultPage
    from homeroom.web.pages.visits import Frame

    frame = Frame("<b>x</b>", "<script>", "teacher", "csrf", ())
    text = Renderer(KNOWN).render("fault.html", FRENCH, page=FaultPage("absent"), frame=frame)
    assert '<html lang="fr">' in text
    assert "Rien ici" in text
    assert "&lt;script&gt;" in text
    assert "<script>" not in text


def test_translations_translate_what_the_pages_say() -> None:
    folder = Path(language.__file__).parent.parent
    said = set()
    for file in (*folder.glob("templates/*.html"), *folder.glob("pages/rendering.py")):
        text = file.read_text()
        said |= {a or b for a, b in re.findall(r"""'((?:[^'\\]|\\.)+)'|"((?:[^"\\]|\\.)+)\"""", text)}
    for one in load_languages().values():
        assert set(one.messages) <= said, one.code
        assert set(one.plurals) <= said, one.code
        for message, translated in one.messages.items():
            assert set(re.findall(r"%\(\w+\)\w", message)) == set(re.findall(r"%\(\w+\)\w", translated)), (
                message
            )
