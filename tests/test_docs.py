"""The documentation says what the program does: names exist, tables are current, examples are read as they say."""

from __future__ import annotations

import ast
import importlib
import re
import sqlite3
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import reduce
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailgate.config import Config
from mailgate.domain.commands import Command, parse_commands
from mailgate.domain.contract import last_day_of_validity
from mailgate.domain.durations import parse_duration, write_duration
from mailgate.domain.ledger import Account, Cause, Intervention, Posting, debit
from mailgate.domain.outcome import Problem
from mailgate.domain.people import Contact, Engineer, Role
from mailgate.domain.ticket import Ticket
from mailgate.domain.vocabulary import VOCABULARY
from mailgate.services.holidays import PublicHolidays
from mailgate.store.database import Database
from tests import manual
from tests.domain.matters import (
    CAMILLE,
    HUGO,
    NOW,
    OFFICE,
    PACK,
    PAUL,
    TICKET,
    account,
    decided,
    intervention,
    without_ticket,
)

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mailgate"
ARCHITECTURE = ROOT / "docs/architecture.md"
COMMANDS = ROOT / "docs/manual/commands.md"
MAIL = ROOT / "docs/manual/mail.md"
SPECIFICATIONS = ROOT / "docs/specifications.md"
RELIABILITY = ROOT / "docs/reliability.md"
PAGES = (
    ARCHITECTURE,
    COMMANDS,
    MAIL,
    SPECIFICATIONS,
    RELIABILITY,
    ROOT / "docs/backups.md",
    ROOT / "docs/decisions.md",
    ROOT / "docs/setup.md",
)

MODULE = re.compile(r"`([\w/]+\.py)`")
FUNCTION = re.compile(r"`([\w.]+)` in `([\w/]+\.py)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
SETTING = re.compile(rf"`({'|'.join(Config.model_fields)})\.(\w+)`")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def rows(page: Path, *heading: str) -> list[tuple[str, ...]]:
    """The rows of all tables of a page with these columns, code marks taken off cells that are nothing but code."""
    found: list[tuple[str, ...]] = []
    is_inside = False
    for line in text_of(page).splitlines():
        cells = tuple(cell.strip() for cell in line.strip("| ").split(" | ")) if line.startswith("|") else ()
        if not cells:
            is_inside = False
        elif is_inside and not set(line) <= set("|- "):
            found.append(tuple(re.sub(r"^`([^`]*)`$", r"\1", cell) for cell in cells))
        is_inside = bool(cells) and (is_inside or cells == heading)
    if not found:
        raise LookupError(f"{page.name} has no table of {', '.join(heading)}")
    return found


# --- all pages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    named = set(MODULE.findall(text_of(page)))

    assert {name for name in named if not ((PACKAGE / name).is_file() or (ROOT / name).is_file())} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_function_and_test_that_a_page_names_exists(page: Path) -> None:
    for name, file in FUNCTION.findall(text_of(page)):
        if file.startswith("tests/"):
            assert re.search(rf"^(async )?def {name}\(", text_of(ROOT / file), re.MULTILINE), f"{name} in {file}"
        else:
            module = importlib.import_module("mailgate." + file.removesuffix(".py").replace("/", "."))
            reduce(getattr, name.split("."), module)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_that_a_page_links_to_exists(page: Path) -> None:
    links = LINK.findall(re.sub(r"`[^`]*`", "", text_of(page)))

    assert [link for link in links if not (page.parent / link).is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    for section, name in SETTING.findall(text_of(page)):
        assert name in getattr(Config.model_fields[section].annotation, "model_fields", {}), f"{section}.{name}"


@pytest.mark.parametrize("name", manual.TABLES)
def test_the_tables_made_from_the_code_are_current(name: str) -> None:
    file, make = manual.TABLES[name]
    page = text_of(manual.DOCS / file)

    assert manual.updated(page, name, make()) == page, "python -m tests.manual brings it up to date"


# --- architecture ---------------------------------------------------------------------------------------------------


def test_every_module_is_on_the_page_of_the_architecture() -> None:
    page = text_of(ARCHITECTURE)
    modules = [path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py"))]
    names = {f"{path.parent}/" if path.parts[-1] == "__init__.py" else str(path) for path in modules}
    expected = {name for name in names if name != "./" and "/versions/" not in name}

    assert {name for name in expected if f"`{name}`" not in page} == set()


def test_every_trigger_and_key_on_the_page_is_in_the_database(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/mailgate.db")
    database.migrate()
    database.close()
    with sqlite3.connect(tmp_path / "mailgate.db") as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        unique = {f"{table}.{column}" for table in known for column in _unique_columns(connection, table)}
    connection.close()
    page = text_of(ARCHITECTURE)
    named = set(re.findall(r"`(uq_\w+|entry_\w+)`", page))
    columns = set(re.findall(r"unique key on `([\w.]+)`", page))

    assert named
    assert named - known == set()
    assert columns
    assert columns - unique == set()


def _unique_columns(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    for _, index, is_unique, *_ in connection.execute(f"PRAGMA index_list('{table}')").fetchall():
        columns = [name for *_, name in connection.execute(f"PRAGMA index_info('{index}')")]
        if is_unique and len(columns) == 1:
            yield columns[0]


def test_every_import_contract_is_on_the_page() -> None:
    settings = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    contracts = settings["tool"]["importlinter"]["contracts"]

    assert [contract["name"] for contract in contracts if f"«{contract['name']}»" not in text_of(ARCHITECTURE)] == []


# --- commands -------------------------------------------------------------------------------------------------------

EXAMPLES = rows(COMMANDS, "who", "in the mail", "read as")


@pytest.mark.parametrize(("who", "text", "meaning"), EXAMPLES)
def test_an_example_is_read_as_the_manual_says(who: str, text: str, meaning: str) -> None:
    written = text.replace("⏎", "\n")
    reading = parse_commands(written, role=Role(who), today=date(2026, 11, 23), is_wrapped=True)
    said = [
        *(f"does: {told(command)}" for command in reading.commands),
        *(f"refused: {fault.verb.name}, {fault.problem.value}" for fault in reading.malformed),
        *(f"near miss: {miss.suggestion}" for miss in reading.near_misses),
        *(f"inside a sentence: {told(command)}" for command in reading.misplaced),
    ]

    assert ("; ".join(said) or "ordinary text") == meaning


def told(command: Command) -> str:
    minutes = f" {command.minutes} min" if command.minutes is not None else ""
    day = f" on {command.day}" if command.day else ""
    note = f", «{command.note}»" if command.note else ""
    return f"{command.verb.name}{minutes}{day}{note}{', abandoned' if command.is_abandoned else ''}"


def test_the_manual_has_an_example_of_every_verb() -> None:
    done = {word for *_, meaning in EXAMPLES for word in re.findall(r"does: (\w+)", meaning)}

    assert {verb.name for verb in VOCABULARY} - done == set()


def test_the_manual_says_what_every_verb_does() -> None:
    assert [verb for verb, _ in rows(COMMANDS, "verb", "what it does")] == [verb.name for verb in VOCABULARY]


def test_the_manual_explains_every_reason_of_a_refusal() -> None:
    sources = "".join(text_of(path) for path in (PACKAGE / "domain").glob("*.py") if path.name != "outcome.py")
    used = {problem.value for problem in Problem if f"Problem.{problem.name}" in sources}
    explained = [reason for reason, _ in rows(COMMANDS, "reason", "what would have worked")]

    assert sorted(explained) == sorted(used)


# --- mail -----------------------------------------------------------------------------------------------------------


def reasons() -> Iterator[str]:
    """Every reason that a decision of the domain can have, as far as it is written out before what is filled in."""
    for path in (PACKAGE / "domain").glob("*.py"):
        for node in ast.walk(ast.parse(text_of(path))):
            if isinstance(node, ast.keyword) and node.arg == "reason":
                branches = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
                yield from (written_out(branch) for branch in branches)


def written_out(value: ast.expr) -> str:
    start = value.values[0] if isinstance(value, ast.JoinedStr) else value
    return str(start.value) if isinstance(start, ast.Constant) else ""


def test_the_manual_names_every_reason_of_a_decision() -> None:
    named = [reason for _, reason, _ in rows(MAIL, "state", "reason", "when")]
    given = {reason for reason in reasons() if reason}

    assert len(given) >= 15
    assert {reason for reason in given if not any(name.startswith(reason) for name in named)} == set()


def test_a_reason_on_the_page_is_given_somewhere() -> None:
    sources = "".join(text_of(path) for path in PACKAGE.rglob("*.py"))
    filled_in = re.compile(rf" ?(?:123|…)|(?<=:) (?:{'|'.join(problem.value for problem in Problem)})$")
    named = [filled_in.split(reason)[0] for _, reason, _ in rows(MAIL, "state", "reason", "when")[:-1]]

    assert [reason for reason in named if reason not in sources] == []


@pytest.mark.parametrize(("received", "due"), rows(MAIL, "received in Paris", "due in Paris"))
def test_a_deadline_is_the_one_of_the_manual(received: str, due: str) -> None:
    calendar = replace(OFFICE, closed_days=PublicHolidays(country="FR"))
    start = datetime.strptime(received, "%a %Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo("Europe/Paris"))

    assert f"{calendar.due(start, 720).astimezone(ZoneInfo('Europe/Paris')):%a %Y-%m-%d %H:%M}" == due


@pytest.mark.parametrize(("text", "worked", "counted"), rows(MAIL, "in one mail, on 2026-09-22", "worked", "counted"))
def test_time_is_counted_as_the_manual_says(text: str, worked: str, counted: str) -> None:
    works = decided(PAUL, text).works

    assert write_duration(sum(work.worked_minutes for work in works if not work.is_free)) == worked
    assert write_duration(sum(work.counted_minutes for work in works)) == counted


@pytest.mark.parametrize(("first_day", "last_day"), rows(MAIL, "first day", "last day"))
def test_a_pack_ends_when_the_manual_says(first_day: str, last_day: str) -> None:
    assert last_day_of_validity(date.fromisoformat(first_day)) == date.fromisoformat(last_day)


@pytest.mark.parametrize(
    ("minutes", "day", "reserved", "from_a", "from_b", "exhausted"),
    rows(MAIL, "counted", "day of the work", "reserved for other tickets", "from A", "from B", "exhausted"),
)
def test_packs_are_used_as_the_manual_says(
    minutes: str, day: str, reserved: str, from_a: str, from_b: str, exhausted: str
) -> None:
    a = replace(PACK, id=1, last_day=date(2026, 11, 30))
    b = replace(PACK, id=2, first_day=date(2026, 11, 1), last_day=date(2027, 10, 31))
    books = Account(packs=(a, b), remaining_by_pack={1: 30, 2: 600}, reserved_by_ticket={99: parse_duration(reserved)})
    worked_on = date.fromisoformat(day)
    limit = books.available_to(TICKET.id, worked_on, worked_on)
    sums = Counter[object]()
    for posting in debit(parse_duration(minutes), books, worked_on, limit=limit):
        sums[posting.pack_id or posting.cause] += abs(posting.minutes)

    assert [write_duration(sums[key]) for key in (1, 2, Cause.EXHAUSTED)] == [from_a, from_b, exhausted]


@dataclass
class Books:
    """One ticket and its contract, kept from one mail to the next as the store keeps them."""

    ticket: Ticket = TICKET
    account: Account = field(default_factory=account)
    works: list[Intervention] = field(default_factory=list)

    def write(self, sender: Contact | Engineer, text: str, step: int, about: int | None) -> None:
        decision = decided(
            sender,
            text,
            ticket=self.ticket,
            account=self.account,
            own_work=tuple(work for work in self.works if work.engineer_id == sender.id),
            unapproved=tuple(work for work in self.works if any(is_waiting(each) for each in work.postings)),
            is_about_a_receipt=about is not None,
            about=tuple(work for work in self.works if work.inbox_id == about),
        )
        assert decision.fate.value == "done"
        assert decision.ticket
        for work in decision.works:
            self.account = self.account.post(work.postings)
            if work.corrects_id is None:
                new = intervention(0, 0, id=len(self.works) + 1, inbox_id=step, day=work.day)
                self.works.append(new)
            position = (work.corrects_id or len(self.works)) - 1
            known = self.works[position]
            self.works[position] = replace(
                known,
                worked_minutes=known.worked_minutes + work.worked_minutes,
                counted_minutes=known.counted_minutes + work.counted_minutes,
                postings=net((*known.postings, *work.postings)),
            )
        self.ticket = decision.ticket
        self.account = self.account.reserve(self.ticket.id, self.ticket.reserved_minutes)

    def figures(self) -> list[str]:
        balance = self.account.balance(NOW.date())
        ticket = self.ticket
        of_ticket = (ticket.counted_minutes, ticket.covered_minutes, ticket.uncovered_minutes, ticket.asked_minutes)
        of_contract = (balance.reserved, balance.remaining, balance.available)
        return [write_duration(minutes) for minutes in (*of_ticket, *of_contract)]


def is_waiting(posting: Posting) -> bool:
    return posting.cause is Cause.UNAPPROVED


def net(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    sums = Counter[tuple[int | None, Cause | None]]()
    for posting in postings:
        sums[posting.pack_id, posting.cause] += posting.minutes
    return tuple(Posting(minutes=sum_, pack_id=pack, cause=cause) for (pack, cause), sum_ in sums.items() if sum_)


STEPS = rows(
    MAIL, "step", "who", "command", "counted", "from the pack", "waiting", "asked", "reserved", "left", "available"
)


PEOPLE: dict[str, Contact | Engineer] = {"engineer": PAUL, "referent": CAMILLE}


def test_a_ticket_uses_time_as_the_manual_says() -> None:
    books = Books()
    written: list[tuple[str, ...]] = []
    for step, who, command, *_ in STEPS:
        about = re.search(r"receipt of step (\d+)", command)
        words = "It is the index.\n\n" if "below an answer" in command else ""
        text = words + re.findall(r"\[[^]]*\]", command)[0]
        books.write(PEOPLE[who], text, int(step), int(about[1]) if about else None)
        written.append((step, who, command, *books.figures()))

    assert len(written) == 10
    assert written == STEPS


def test_a_thank_you_about_no_ticket_is_a_question_like_any_other() -> None:
    assert without_ticket(HUGO, "Merci beaucoup !").reason == "a new question"


# --- specifications -------------------------------------------------------------------------------------------------


def test_every_specification_that_the_source_names_is_on_its_page() -> None:
    page = text_of(SPECIFICATIONS)
    cited = {rfc for path in PACKAGE.rglob("*.py") for rfc in re.findall(r"\bRFC \d{3,5}\b", text_of(path))}

    assert len(cited) > 15
    assert {rfc for rfc in cited if rfc not in page} == set()
