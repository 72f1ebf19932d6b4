"""The HTML around a mail's body: made once per language at the start, cut where a mail's own words go in.

css-inline writes the rules of the layout's style sheet into style attributes, because many mail programs drop style
sheets; media queries (dark mode) stay in the sheet. It runs once, over the layout with one specimen of every element
that a body can have, and the bodies take their attributes from there. Nothing remote is ever loaded.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import css_inline
import jinja2
from markupsafe import Markup

from mailgate.domain.people import Language
from mailgate.errors import ConfigurationError
from mailgate.outbound.inert import defuse_html

#: What a body is made of, and on which element each class stands; `appearance.py` and `markdown.py` use nothing else.
ELEMENTS = ("p", "h1", "h2", "h3", "ul", "ol", "li", "table", "th", "td", "hr", "strong", "em", "code", "pre", "a")
CLASSES = {
    "quote": "div",
    "offer": "div",
    "button": "a",
    "address": "span",
    "bar": "table",
    "used": "td",
    "reserved": "td",
    "available": "td",
}

_SUBJECT, _SPECIMENS, _BODY = "mailgate-subject", "mailgate-specimens", "mailgate-body"


@dataclass(frozen=True, slots=True)
class Layout:
    """The fixed parts of an HTML mail, and the style attribute of each element and class."""

    before_subject: str
    before_body: str
    after_body: str
    styles: dict[str, str]

    def style(self, name: str) -> str:
        """Return the style attribute of an element or class, with its leading space; empty where it has none."""
        return self.styles.get(name, "")

    def around(self, body: str, subject: str) -> str:
        """Return the whole document around a body, which must be escaped, and a subject, which must be inert."""
        return f"{self.before_subject}{html.escape(subject)}{self.before_body}{defuse_html(body)}{self.after_body}"


def make_layout(template: jinja2.Template, language: Language) -> Layout:
    """Return the layout in one language. Raises ConfigurationError for a template without subject or body."""
    specimens = "".join(map(_specimen, (*ELEMENTS, *CLASSES)))
    body = Markup(f"{_SPECIMENS}{specimens}{_BODY}")  # noqa: S704 - made of the constants above
    page = template.render(language=language.value, subject=_SUBJECT, body=body)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
    before_subject, has_subject, rest = inliner.inline(page).partition(_SUBJECT)
    before_body, has_specimens, rest = rest.partition(_SPECIMENS)
    inlined, has_body, after_body = rest.partition(_BODY)
    if not (has_subject and has_specimens and has_body):
        raise ConfigurationError("layout.html must hold {{ subject }} in its title and {{ body }} in a table cell")
    styles = {name: _style_of(name, inlined) for name in (*ELEMENTS, *CLASSES)}
    return Layout(before_subject, before_body, defuse_html(after_body), styles)


def _specimen(name: str) -> str:
    element = CLASSES.get(name, name)
    specimen = f'<{element} class="{name if name in CLASSES else ""}" data-specimen="{name}"></{element}>'
    return f"<table><tr>{specimen}</tr></table>" if element in {"td", "th"} else specimen


def _style_of(name: str, inlined: str) -> str:
    tag = re.search(rf'<[^>]*data-specimen="{name}"[^>]*>', inlined)
    style = tag and re.search(r' style="[^"]*"', tag[0])
    return style[0] if style else ""
