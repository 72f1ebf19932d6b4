"""The Jinja environment of one language: what a template may use, and that no value in it acts as Markdown.

Every value that a template shows becomes a mark (`pieces.py`); only the template's own text, and what its macros make
of it, is Markdown. Values other than strings and integers must pass a filter first, so that no None, enum or raw
datetime slips into a mail. A line that holds nothing but tags leaves no empty line behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Protocol, TypeVar

import jinja2
import jinja2.meta
from jinja2.ext import Extension
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from mailgate.domain.ledger import Balance
from mailgate.domain.people import Language, Person
from mailgate.outbound import formats, pieces

T = TypeVar("T")


def make_environment(folders: Iterable[Path]) -> ImmutableSandboxedEnvironment:
    """Return the environment whose templates come from these folders of one language, the first one that has them."""
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(list(folders)),
        autoescape=True,  # so that macros and included parts are told from values
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        extensions=[TagLines],
        auto_reload=False,
    )
    environment.filters |= {
        "duration": _duration,
        "day": _day,
        "moment": _moment,
        "money": _money,
        "size": _size,
        "quote": _quote,
        "name": _name,
    }
    environment.globals |= {"bar": _bar, "link": _link}
    return environment


class TagLines(Extension):
    """Takes away the line end after tags that stand alone on their line, so that tables and lists hold together.

    Jinja's own trim_blocks would also join the words around a line end after a tag within a sentence. The line end
    moves into the tag, so that line numbers in messages stay true. `include`, `endcall` and `endfilter` write text,
    and keep theirs.
    """

    _TAGS_ALONE = re.compile(
        r"^[ \t]*((?:\{%(?!.?\s*(?:include|endcall|endfilter)\b)(?:(?!%\}).)*%\}[ \t]*)*"
        r"\{%(?!.?\s*(?:include|endcall|endfilter)\b)(?:(?![-+]?%\}).)*)([-+]?%\})[ \t]*\n",
        re.MULTILINE,
    )

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja's
        """Return the source with such line ends inside their tags."""
        return self._TAGS_ALONE.sub(r"\1\n\2", source)


#: By name of a template or part: the variables it takes from outside, and the parts it includes or imports.
Needs = dict[str, tuple[set[str], list[str]]]


def undeclared(environment: jinja2.Environment, name: str, read: Needs | None = None) -> set[str]:
    """Return the variables that a template and all its parts take from outside.

    `read` remembers parts from one call to the next. Raises jinja2.TemplateNotFound and jinja2.TemplateSyntaxError,
    also for a part.
    """
    read = {} if read is None else read
    waiting, seen, found = [name], set[str](), set[str]()
    while waiting:
        part = waiting.pop()
        if part in seen:
            continue
        seen.add(part)
        if part not in read:
            read[part] = _needs(environment, part)
        variables, parts = read[part]
        found |= variables
        waiting += parts
    return found - set(environment.globals)


def _needs(environment: jinja2.Environment, part: str) -> tuple[set[str], list[str]]:
    tree = environment.parse(source_of(environment, part), part)
    environment.get_template(part)  # parsing alone does not notice an unknown filter
    parts = [each for each in jinja2.meta.find_referenced_templates(tree) if each]
    return jinja2.meta.find_undeclared_variables(tree), parts


def source_of(environment: jinja2.Environment, name: str) -> str:
    """Return a template as its author wrote it."""
    assert environment.loader is not None  # noqa: S101 - make_environment gives one
    return environment.loader.get_source(environment, name)[0]


@jinja2.pass_context
def _shown(_context: Context, value: object) -> Markup:
    """Return what stands in the source for a value. It takes the context so that Jinja never calls it beforehand."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, jinja2.Undefined):
        str(value)  # raises, and says which one
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"{value!r} cannot be shown as it is; use a filter")
    return pieces.mark(pieces.Words(str(value))) if value != "" else Markup()


@jinja2.pass_context
def _duration(context: Context, minutes: int) -> str:
    return formats.duration(minutes, _from(context, "language", Language))


@jinja2.pass_context
def _day(context: Context, value: date) -> str:
    return formats.day(value, _from(context, "language", Language))


@jinja2.pass_context
def _moment(context: Context, value: datetime) -> str:
    return formats.moment(value, _from(context, "language", Language), _from(context, "zone", str))


@jinja2.pass_context
def _money(context: Context, cents: int, currency: str = "") -> str:
    return formats.money(cents, currency or _from(context, "currency", str), _from(context, "language", Language))


@jinja2.pass_context
def _size(context: Context, octets: int) -> str:
    return formats.size(octets, _from(context, "language", Language))


def _from(context: Context, name: str, expected: type[T]) -> T:
    value = context.get(name)
    if not isinstance(value, expected):
        raise TypeError(f"there is no {name} here; a part that uses this filter is imported «with context»")
    return value


def _quote(text: str) -> Markup:
    lines = [line.rstrip() for line in pieces.unmarked(text).splitlines()]
    quoted = "\n".join(lines).strip("\n")
    return pieces.mark(pieces.Quotation(quoted)) if quoted else Markup()


def _name(person: Person | str) -> str:
    return person if isinstance(person, str) else person.name or person.address


def _bar(balance: Balance) -> Markup:
    return pieces.mark(pieces.bar_of(balance))


class _Addressed(Protocol):
    @property
    def address(self) -> str: ...


def _link(link: _Addressed, label: str) -> Markup:
    return pieces.mark(pieces.Button(pieces.unmarked(label), link.address))
