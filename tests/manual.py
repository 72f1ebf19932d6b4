"""The tables of the manual that are made from the code: `python -m tests.manual` writes them into the pages.

Each stands between two comments of its page, `<!-- made from the code: NAME -->` and `<!-- end of NAME -->`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from mailgate.domain.outcome import Problem
from mailgate.domain.people import Language, Role
from mailgate.domain.permissions import COMMITTING, POLICY
from mailgate.domain.ticket import Event, State, after
from mailgate.domain.vocabulary import CLIENTS, ENGINEERS, EVERYONE, REFERENTS, VOCABULARY, Arguments
from mailgate.inbound.classify import RULES
from mailgate.services.fsck import ALL_PROMISES

DOCS = Path(__file__).parent.parent / "docs"

WHO: Mapping[frozenset[Role], str] = {
    ENGINEERS: "engineers",
    REFERENTS: "the referent",
    CLIENTS: "the client's people",
    EVERYONE: "everybody",
}
WHAT_FOLLOWS: Mapping[Arguments, str] = {
    Arguments.NONE: "nothing",
    Arguments.WORK: "a duration; perhaps a date; perhaps a note, which a negative duration needs",
    Arguments.FREE_WORK: "a duration; perhaps a reason",
    Arguments.DURATION: "a duration",
    Arguments.DURATION_OR_NOTHING: "a duration, or nothing",
    Arguments.REASON: "a reason, or nothing",
    Arguments.ABANDONED: "`abandoned`, or nothing",
}
WHAT_BECOMES: Mapping[Problem | None, str] = {
    None: "done",
    Problem.UNVERIFIED: "not done (`unverified`)",
    Problem.NOT_BY_REPLY: "not done (`not-by-reply`)",
}


def verbs() -> str:
    """Return the vocabulary."""
    return table(
        ("verb", "French", "Spanish", "who", "what follows"),
        (
            (
                _code([verb.name]),
                _code(verb.words[Language.FR]),
                _code(verb.words[Language.ES]),
                WHO[verb.roles],
                WHAT_FOLLOWS[verb.arguments],
            )
            for verb in VOCABULARY
        ),
    )


def policy() -> str:
    """Return what a mail may do, by how well its writer is proven."""
    rows = (
        (
            f"`{verdict.value}`",
            "yes" if has_own_token else "no",
            WHAT_BECOMES[ordinary],
            WHAT_BECOMES[committing],
        )
        for (verdict, has_own_token), (ordinary, committing) in POLICY.items()
    )
    heading = ("verdict", "written to the person's own signed address", "any command", _code(sorted(COMMITTING)))
    return table(heading, rows)


def life() -> str:
    """Return which event leads to which state."""
    rows = ((f"{event.value}", *(_state(after(event, state)) for state in State)) for event in Event)
    return table(("event", *(state.value for state in State)), rows)


def sorts() -> str:
    """Return the rules that tell automatic mail from a person's."""
    rows = (
        (f"`{kind.value}: {rule.__name__}`", _first_sentence(rule.__doc__), disposition.value)
        for rule, kind, disposition in RULES
    )
    return table(("reason", "what it is known by", "what becomes of it"), rows)


def promises() -> str:
    """Return what `mailgate fsck` checks."""
    return table(("promise", "what it says"), ((f"`{each.name}`", each.says) for each in ALL_PROMISES))


TABLES: Mapping[str, tuple[str, Callable[[], str]]] = {
    "verbs": ("manual/commands.md", verbs),
    "policy": ("manual/mail.md", policy),
    "life": ("manual/mail.md", life),
    "sorts": ("manual/mail.md", sorts),
    "promises": ("reliability.md", promises),
}


def table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of Markdown."""
    cells = list(heading)
    return "\n".join(f"| {' | '.join(row)} |" for row in (cells, ["---"] * len(cells), *rows))


def updated(page: str, name: str, made: str) -> str:
    """Return a page with that table in its place; raises LookupError where the page has no place for it."""
    begin, end = f"<!-- made from the code: {name} -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(page):
        raise LookupError(f"no place for the table {name}")
    return pattern.sub(lambda _: f"{begin}\n{made}\n{end}", page)


def write() -> None:
    """Bring the tables of all pages up to date."""
    for name, (file, make) in TABLES.items():
        page = DOCS / file
        page.write_text(updated(page.read_text(encoding="utf-8"), name, make()), encoding="utf-8")


def _code(words: Iterable[str]) -> str:
    return " ".join(f"`{word}`" for word in words)


def _state(state: State | None) -> str:
    return state.value if state else "refused"


def _first_sentence(docstring: str | None) -> str:
    return (docstring or "").strip().partition("\n")[0].rstrip(".")


if __name__ == "__main__":
    write()
