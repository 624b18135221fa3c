"""What every page carries, and what no page holds: policies, inline code, untranslated words, faint colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests.web.pages.conftest import SignIn
from tests.web.pages.town import Town, Visitor

TEMPLATES = sorted(Path(str(files("homeroom.web") / "templates")).glob("*.html"))
STATIC = Path(str(files("homeroom.web") / "static"))
EVERY_PAGE = (
    "/district",
    "/records",
    "/records/ed-fi/students",
    "/records/ed-fi/schools",
    "/clients",
    "/nothing",
)


def test_every_response_carries_the_policies(sign_in: SignIn, visitor: Visitor) -> None:
    manager = sign_in("data_manager")
    responses = [manager.get(a) for a in EVERY_PAGE]
    responses += [visitor.get("/sign-in"), visitor.get("/sections"), visitor.get("/static/tokens.css")]
    for response in responses:
        policy = dict(p.strip().split(" ", 1) for p in response.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        for kind in ("style-src", "script-src", "img-src", "font-src", "form-action"):
            assert policy[kind] == "'self'", kind
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"


def test_pages_are_kept_by_no_cache_and_our_files_for_ever(sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    page = manager.get("/district")
    assert page.headers["cache-control"] == "no-store"
    style = html.fromstring(page.content).xpath("//link[@rel='stylesheet']/@href")[0]
    assert "immutable" in manager.get(style).headers["cache-control"]
    assert manager.get("/static/tokens.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["../pages/routes.py", "..%2Fpages%2Froutes.py", "nothing.css", "%00", "."])
def test_only_our_own_files_are_served(visitor: Visitor, name: str) -> None:
    assert visitor.get(f"/static/{name}").status_code in {303, 404}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.name)
def test_no_template_holds_style_script_or_an_outside_address(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<style|\bstyle=|\bon[a-z]+=|javascript:|<script(?! src)", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)
    assert "|safe" not in text
    assert "Markup" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.name)
def test_every_word_of_a_template_can_be_translated(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", template.read_text(), flags=re.DOTALL)
    text = re.sub(r"<code>homeroom .*?</code>|<title>.*?</title>|<span>Homeroom</span>", " ", text)
    left = re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>|[a-z-]+=\"[^\"]*\"", " ", text))
    assert left == []
    for attribute in ("aria-label", "title", "placeholder", "alt", "data-label"):
        for value in re.findall(rf'\b{attribute}="([^"]*)"', template.read_text()):
            assert not value or value.startswith("{{"), (attribute, value)


def test_every_form_that_changes_something_carries_its_secret(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    for address in EVERY_PAGE:
        page = html.fromstring(manager.get(address).content)
        for form in page.xpath("//form[translate(@method, 'POST', 'post') = 'post']"):
            assert form.xpath(".//input[@name='csrf']/@value")[0]


def test_every_page_can_be_walked_by_keyboard_and_read_aloud(town: Town, sign_in: SignIn) -> None:
    manager, teacher = sign_in("data_manager"), sign_in("teacher")
    section = teacher.page("/sections").xpath("//a[@class='tile']/@href")[0]
    pages = [html.fromstring(manager.get(a).content) for a in EVERY_PAGE]
    pages += [teacher.page("/sections"), teacher.page(section)]
    for page in pages:
        assert page.xpath("//body/*[1]/@href") == ["#main"]
        assert page.get_element_by_id("main").tag == "main"
        assert len(page.xpath("//h1")) == 1
        assert page.get("lang") == "en"
        assert not page.xpath("//@accesskey")
        _check_names(page)


def _check_names(page: Any) -> None:
    labelled = set(page.xpath("//label/@for"))
    for control in page.xpath("//input[not(@type='hidden')] | //select"):
        assert control.get("id") in labelled, html.tostring(control)
    for control in page.xpath("//button | //a | //summary"):
        assert control.text_content().strip() or control.get("aria-label"), html.tostring(control)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for target in page.xpath("//@aria-labelledby | //@aria-describedby"):
        assert target in ids


def _tokens() -> Iterator[tuple[str, dict[str, str]]]:
    text = (STATIC / "tokens.css").read_text()
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    base = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", light))
    yield "light", base
    yield "dark", base | dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", dark))


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    first, second = sorted((luminance(one), luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


_TEXT = (
    *(
        (ink, ground)
        for ink in ("ink", "ink-soft", "accent", "accent-strong")
        for ground in ("paper", "card", "tint")
    ),
    ("accent", "accent-tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("bad", "card"),
    ("bad", "bad-tint"),
    ("card", "bad"),
    ("good", "good-tint"),
    ("care", "care-tint"),
)


@pytest.mark.parametrize(("scheme", "colours"), list(_tokens()), ids=["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: str, colours: dict[str, str]) -> None:
    faint = {(a, b): round(_contrast(colours[a], colours[b]), 2) for a, b in _TEXT}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}
    for mark in ("line-strong", "focus"):
        for ground in ("card", "paper", "tint"):
            assert _contrast(colours[mark], colours[ground]) >= 3, (scheme, mark, ground)
