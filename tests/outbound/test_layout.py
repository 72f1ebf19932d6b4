"""The HTML around a mail: nothing remote, readable in light and dark, usable on a small screen."""

from __future__ import annotations

import re

import pytest

from mailgate.domain.notice import HelpText
from mailgate.domain.people import Contact, Language
from mailgate.outbound.render import Desk, Renderer, Scene, packaged_templates

READER = Contact(
    id=1, name="Ana", language=Language.ES, addresses=("ana@example.com",), organisation_id=1, organisation_name="E"
)
SOURCE = (packaged_templates() / "layout.html").read_text(encoding="utf-8")
LIGHT, _, DARK = SOURCE.partition("@media (prefers-color-scheme: dark)")

#: (text, ground) as they meet in a mail: by the last rule that names each.
PAIRS = [(".body", ".card"), (".body a", ".card"), (".body .button", ".body .button"), (".body .address", ".card")]


@pytest.fixture(scope="module")
def html() -> str:
    renderer = Renderer(Desk(name="D", address="d@example.org", zone="UTC"), packaged_templates())
    scene = Scene(ticket=None, requester="", organisation="", links=(), currency="EUR", zone="UTC")
    return renderer.render(HelpText(to=READER, verbs=()), scene).html


def colour(sheet: str, selector: str, name: str) -> str:
    rules = [body for chosen, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet) if selector in names(chosen)]
    found = [value for rule in rules for value in re.findall(rf"(?<![-\w]){name}:\s*(#[0-9a-f]{{6}})", rule)]
    assert found, f"{selector} has no {name}"
    return str(found[-1])


def names(selectors: str) -> list[str]:
    return [each.strip() for each in selectors.split(",")]


def luminance(value: str) -> float:
    parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_of_contrast_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("sheet", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_readable_on_its_ground(sheet: str, text: str, ground: str) -> None:
    assert contrast(colour(sheet, text, "color"), colour(sheet, ground, "background-color")) >= 4.5


def test_nothing_remote_is_loaded(html: str) -> None:
    assert not re.findall(r"https?://|url\(|@import|<link|<img|<script|\bsrc=", html)


def test_styles_are_inlined_and_dark_mode_is_kept(html: str) -> None:
    assert html.startswith('<!DOCTYPE html><html lang="es">')
    assert "@media (prefers-color-scheme: dark)" in html
    assert '<p style="margin: 0 0 16px">' in html
    assert ".body p {" not in html
    assert "specimen" not in html


def test_the_page_fits_a_small_screen_and_tables_of_layout_are_no_tables_to_a_reader(html: str) -> None:
    assert 'content="width=device-width, initial-scale=1"' in html
    assert "width: 100%;max-width: 600px" in html
    assert not re.findall(r"(?<!max-)(?<!-)width: ?\d{3,}px", html)
    for table in re.findall(r"<table[^>]*>", html):
        assert 'role="presentation"' in table or "class=" not in table
