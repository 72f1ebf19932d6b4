"""All templates of one language, compiled when they are first used; it never borrows from another language.

Not here: which variables a notice has (`render.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

import jinja2

from mailgate.domain.people import Language
from mailgate.domain.ticket import Ticket
from mailgate.errors import ConfigurationError
from mailgate.outbound.appearance import Scenery, html_of, text_of
from mailgate.outbound.environment import Needs, make_environment, source_of, undeclared
from mailgate.outbound.header_fields import clean_text
from mailgate.outbound.inert import defuse
from mailgate.outbound.layout import make_layout
from mailgate.outbound.markdown import Reader, align
from mailgate.outbound.pieces import collect, place
from mailgate.outbound.scene import Rendered
from mailgate.outbound.subject import subject_of

#: A mail's skeleton depends on its template and on the branches taken in it, so there are few of them.
SKELETONS = 1024

_TAGS_THEN_SUBJECT = re.compile(r"\s*(?:\{%.*?%\}\s*|\{#.*?#\}\s*)*Subject:", re.DOTALL)


class Edition:
    """The templates of one language; `variables` says for each kind of notice which names its template may use."""

    def __init__(self, language: Language, folders: Sequence[Path]) -> None:
        """Open the folders. Raises ConfigurationError where the layout is missing or wrong."""
        self._language = language
        self._environment = make_environment(folder / language.value for folder in folders)
        self._layout = make_layout(_layout_template(folders), language)
        self._read = lru_cache(maxsize=SKELETONS)(Reader(self._layout.style).read)

    def check(self, variables: Mapping[str, frozenset[str]]) -> None:
        """Compile everything. Raises ConfigurationError listing every template that is missing or wrong."""
        read: Needs = {}
        found = [self._problem(f"{kind}.md", known, read) for kind, known in variables.items()]
        if problems := [f"  {self._language.value}/{problem}" for problem in found if problem]:
            raise ConfigurationError("\n".join(problems))

    def _problem(self, name: str, known: frozenset[str], read: Needs) -> str:
        try:
            unknown = undeclared(self._environment, name, read) - known
        except jinja2.TemplateNotFound as error:
            return f"{error.name} is missing" if error.name == name else f"{name} needs {error.name}, which is missing"
        except jinja2.TemplateSyntaxError as error:
            return f"{error.name} line {error.lineno}: {error.message}"
        if unknown:
            return f"{name}: no such variable: {', '.join(sorted(unknown))}"
        has_subject = _TAGS_THEN_SUBJECT.match(source_of(self._environment, name))
        return "" if has_subject else f"{name}: its first line is not «Subject: …»"

    def render(self, kind: str, variables: Mapping[str, object], ticket: Ticket | None) -> Rendered:
        """Return a notice in words. Raises ConfigurationError where its template stumbles over these values."""
        try:
            source = self._environment.get_template(f"{kind}.md").render(variables)
        except (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise ConfigurationError(f"template {self._language.value}/{kind}.md: {error}") from error
        first, _, body = source.lstrip().partition("\n")
        subject = self._subject(first.removeprefix("Subject:"), ticket)
        skeleton, pieces = collect(body)
        skeletons = self._read(skeleton)
        scenery = Scenery(self._language, subject, self._layout.style)
        text = align(place(skeletons.text, pieces, partial(text_of, scenery=scenery)))
        page = place(skeletons.html, pieces, partial(html_of, scenery=scenery))
        return Rendered(subject=subject, text=f"{defuse(text)}\n", html=self._layout.around(page, subject))

    def _subject(self, line: str, ticket: Ticket | None) -> str:
        skeleton, pieces = collect(line)
        scenery = Scenery(self._language, "", self._layout.style)
        shown = clean_text(place(skeleton, pieces, partial(text_of, scenery=scenery)))
        return defuse(subject_of(ticket, shown) if ticket else shown)


def _layout_template(folders: Sequence[Path]) -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, loader=jinja2.FileSystemLoader(list(folders))
    )
    try:
        return environment.get_template("layout.html")
    except jinja2.TemplateNotFound as error:
        raise ConfigurationError("layout.html is missing") from error
    except jinja2.TemplateSyntaxError as error:
        raise ConfigurationError(f"layout.html line {error.lineno}: {error.message}") from error
