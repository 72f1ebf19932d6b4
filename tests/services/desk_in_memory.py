"""A desk without doors: real store in memory, real templates, a clock that stands still, and a way out on paper.

Mails are put in and processed by hand, one station at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from functools import cache
from itertools import count

import sqlalchemy as sa

from mailgate.domain.calendar import Span
from mailgate.domain.contract import last_day_of_validity
from mailgate.domain.ledger import Authorship
from mailgate.domain.message import Envelope
from mailgate.domain.people import Language, address_key
from mailgate.domain.reply_address import AddressBook, Purpose, SignedAddress
from mailgate.domain.situation import Rules
from mailgate.domain.ticket import Ticket
from mailgate.inbound.authenticate import Border
from mailgate.inbound.classify import OwnMarks
from mailgate.inbound.parse import parse
from mailgate.outbound.deliver import Delivery
from mailgate.outbound.render import Desk, Renderer, packaged_templates
from mailgate.outbound.retry import Status
from mailgate.services.dispatch import Dispatcher
from mailgate.services.intake import Intake
from mailgate.services.mailroom import Mailroom
from mailgate.services.receiving import content_digest, peek_message_id
from mailgate.services.situations import Gatherer, OfficeHours
from mailgate.services.watch import Watch
from mailgate.store import contracts, inbox, outbox, people, tickets
from mailgate.store.database import Database
from mailgate.store.tables import RAW_MAIL

NOW = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Paris
TODAY = date(2026, 9, 22)
MINUTE = timedelta(minutes=1)

SUPPORT = "support@example.org"
BOUNCES = "bounces@example.org"
LOOP_MARK = "0123456789abcdef0123456789abcdef"
KEY = b"a key for the tests, of 32 octets"

EVA, NILS = "eva@support.example.org", "nils@support.example.org"  # engineers; Eva is the administrator
REFERENT, LUC, LEA = "ana@town.example.com", "luc@town.example.com", "lea@town.example.com"

GOOD = Delivery(status=Status.SENT, reply="250 2.0.0 queued")
LATER = Delivery(status=Status.DEFERRED, reply="451 4.3.0 come back")
NEVER = Delivery(status=Status.FAILED, reply="550 5.1.1 no such mailbox")

_DESK = Desk(name="Support", address=SUPPORT, zone="Europe/Paris")


#: Statements that make and unmake a refusal of the database.
CRASH_ON_SQLITE = (
    ("CREATE TEMP TRIGGER crash BEFORE {place} WHEN {when} BEGIN SELECT RAISE(ABORT, 'crash'); END",),
    ("DROP TRIGGER temp.crash",),
)
_CRASH = "$$ BEGIN RAISE EXCEPTION USING MESSAGE = 'crash', ERRCODE = '23514'; END $$"
CRASH_ON_POSTGRESQL = (
    (
        f"CREATE OR REPLACE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS {_CRASH}",
        "CREATE TRIGGER crash BEFORE {place} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION crash()",
    ),
    ("DROP TRIGGER crash ON {table}", "DROP FUNCTION crash"),
)


@dataclass(slots=True)
class Clock:
    """A clock that goes on only when it is told to."""

    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time

    def advance(self, step: timedelta) -> None:
        """Let that much time go by."""
        self.time += step


@dataclass(slots=True)
class PaperTransport:
    """A way out that writes down what it was given, and answers as it is told."""

    answer: Callable[[str], Delivery] = lambda _rcpt_to: GOOD
    handed_over: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def send(self, mail_from: str, rcpt_to: str, content: bytes) -> Delivery:
        """Remember the mail."""
        self.handed_over.append((mail_from, rcpt_to, content))
        return self.answer(rcpt_to)

    async def close(self) -> None:
        pass


@dataclass(slots=True, kw_only=True)
class DeskInMemory:
    """The services over one database, with a client (a referent and two contacts), a 10 h pack and two engineers."""

    database: Database
    clock: Clock
    transport: PaperTransport
    mailroom: Mailroom
    intake: Intake
    dispatcher: Dispatcher
    watch: Watch
    people: dict[str, int]  # id by address
    contract_id: int = 0
    organisation_id: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # --- mail in -----------------------------------------------------------------------------------------------------

    def receive(self, raw: bytes, *, mail_from: str = "", rcpt_to: tuple[str, ...] = (SUPPORT,)) -> int:
        """Store a mail as the listener does, and return its number in the inbox."""
        envelope = Envelope(mail_from=mail_from, rcpt_to=rcpt_to, received_at=self.clock())
        with self.database.transaction() as tx:
            stored = inbox.store(
                tx, digest=content_digest(raw), raw=raw, message_id=peek_message_id(raw), envelope=envelope
            )
        return stored.id

    def write(
        self,
        sender: str,
        body: str,
        *,
        to: str = SUPPORT,
        subject: str = "A white map",
        files: tuple[tuple[str, bytes], ...] = (),
        is_proven: bool = True,
        **header: str,
    ) -> int:
        """Store a mail that somebody wrote and the mail server in front vouches for; return its inbox number."""
        mail = EmailMessage(policy=default.clone(linesep="\r\n"))
        if is_proven:
            mail["Authentication-Results"] = f"mx.example.org; dmarc=pass header.from={sender.rpartition('@')[2]}"
        mail["From"] = sender
        mail["To"] = to
        mail["Subject"] = subject
        mail["Message-ID"] = f"<{next(self.numbers)}@client.example.com>"
        for name, value in header.items():
            del mail[name.replace("_", "-")]
            mail[name.replace("_", "-")] = value
        mail.set_content(body)
        for filename, content in files:
            mail.add_attachment(content, maintype="image", subtype="png", filename=filename)
        return self.receive(bytes(mail), mail_from=sender, rcpt_to=(to,))

    def process(self) -> None:
        """Process all that is due."""
        while self.intake.process_batch():
            pass

    def say(
        self,
        sender: str,
        body: str,
        *,
        to: str = SUPPORT,
        files: tuple[tuple[str, bytes], ...] = (),
        is_proven: bool = True,
        **header: str,
    ) -> list[outbox.OutboxMail]:
        """Write a mail, have it processed, and return what is queued because of it, oldest first."""
        inbox_id = self.write(sender, body, to=to, files=files, is_proven=is_proven, **header)
        self.process()
        assert self.mail(inbox_id).state in {"done", "withheld"}, self.mail(inbox_id)
        return [row for row in self.queued() if row.inbox_id == inbox_id]

    def ask(self) -> list[outbox.OutboxMail]:
        """Have the contact open a ticket."""
        return self.say(LUC, "The map is white.")

    def signed(self, address: str, ticket_id: int = 1) -> str:
        """The address to which that person's replies on a ticket go."""
        claim = SignedAddress(purpose=Purpose.REPLY, subject_id=ticket_id, person_id=self.people[address])
        return self.mailroom.addresses.sign(claim)

    # --- what came of it ---------------------------------------------------------------------------------------------

    def mail(self, inbox_id: int) -> inbox.InboxLine:
        """What is known of a received mail."""
        with self.database.reading() as tx:
            return inbox.summary(tx, inbox_id)

    def queued(self) -> list[outbox.OutboxMail]:
        """All mail that was ever queued, oldest first."""
        with self.database.reading() as tx:
            return outbox.listing(tx, limit=1000)[::-1]

    def row(self, outbox_id: int) -> outbox.OutboxMail:
        """One queued mail as it is now."""
        return next(row for row in self.queued() if row.id == outbox_id)

    def ticket(self, ticket_id: int = 1) -> Ticket:
        """A ticket as it is now."""
        with self.database.reading() as tx:
            ticket = tickets.load(tx, ticket_id)
        assert ticket is not None
        return ticket

    def events(self, ticket_id: int = 1) -> list[tickets.EventLine]:
        """The audit trail of a ticket."""
        with self.database.reading() as tx:
            return tickets.events(tx, ticket_id)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Ask the database itself."""
        with self.database.reading() as tx:
            return [tuple(row) for row in tx.exec_driver_sql(sql)]

    def execute(self, sql: str) -> None:
        """Tell the database itself."""
        with self.database.transaction() as tx:
            tx.exec_driver_sql(sql)

    def spoil_raw_mail(self) -> None:
        """Make the octets of all mails such that they cannot be decompressed."""
        with self.database.transaction() as tx:
            tx.execute(sa.update(RAW_MAIL).values(content=b"\0"))

    @contextmanager
    def crashing(self, place: str, when: str = "TRUE") -> Iterator[None]:
        """Have the database refuse what happens at a place, such as `INSERT ON ticket`, for rows of that condition."""
        making, unmaking = CRASH_ON_SQLITE if self.database.has_one_daemon else CRASH_ON_POSTGRESQL
        for statement in making:
            self.execute(statement.format(place=place, when=when))
        try:
            yield
        finally:
            for statement in unmaking:
                self.execute(statement.format(table=place.rpartition(" ")[2]))

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table, but for what counts the attempts at a mail."""
        with self.database.reading() as tx:
            names = [name for name in sa.inspect(tx).get_table_names() if name != "inbox"]
            tables = {name: [tuple(row) for row in tx.exec_driver_sql(f'SELECT * FROM "{name}"')] for name in names}
            tables["inbox"] = [tuple(row) for row in tx.exec_driver_sql("SELECT id, state, reason FROM inbox")]
        return {name: sorted(rows, key=repr) for name, rows in tables.items()}

    # --- other parts -------------------------------------------------------------------------------------------------

    def with_tokens(self, new_token: Callable[[], str]) -> Intake:
        """The intake over a mailroom with another source of tokens."""
        return replace(self.intake, mailroom=replace(self.mailroom, new_token=new_token))


def read(row: outbox.OutboxMail) -> EmailMessage:
    """A queued mail as its recipient's program reads it."""
    return BytesParser(EmailMessage, policy=default).parsebytes(row.content)


def to(address: str, rows: list[outbox.OutboxMail], kind: str = "") -> outbox.OutboxMail:
    """The one mail to that address, of that kind where it is given."""
    (row,) = [row for row in rows if row.rcpt_to == address and kind in {"", row.kind}]
    return row


def empty_database() -> Database:
    """A migrated database in memory."""
    database = Database.open("sqlite://")
    database.migrate()
    return database


@contextmanager
def desk_in_memory(database: Database) -> Iterator[DeskInMemory]:
    """Yield a desk with the people, the contract and its pack; afterwards the database is what it was before.

    One database serves all tests, one after the other, because its engine knows its statements by then.
    """
    with database._engine.connect() as connection:
        driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    before = driver.serialize()
    desk = desk_on(database)
    try:
        yield desk
    finally:
        for (trigger,) in driver.execute("SELECT name FROM sqlite_temp_master WHERE type = 'trigger'").fetchall():
            driver.execute(f"DROP TRIGGER temp.{trigger}")
        driver.deserialize(before)


def desk_on(database: Database) -> DeskInMemory:
    """Return a desk on an empty database, with the people, the contract and its pack."""
    desk = _wired(database)
    _set_up(desk)
    return desk


@cache
def _renderer() -> Renderer:
    return Renderer(_DESK, packaged_templates())


def _wired(database: Database) -> DeskInMemory:
    clock, transport, tokens = Clock(), PaperTransport(), count(1)
    addresses = AddressBook(SUPPORT, "support+{token}@example.org", (KEY,))
    weekdays: dict[int, tuple[Span, ...]] = {day: (Span(opens_minute=540, closes_minute=1080),) for day in range(5)}
    hours = OfficeHours(hours=weekdays, closed=frozenset(), zone="Europe/Paris")
    mailroom = Mailroom(
        desk=_DESK,
        bounce_address=BOUNCES,
        addresses=addresses,
        renderer=_renderer(),
        loop_mark=LOOP_MARK,
        new_token=lambda: f"token-{next(tokens)}",
    )
    rules = Rules(slice_minutes=15, threshold_minutes=120)
    intake = Intake(
        database=database,
        gatherer=Gatherer(
            parse=parse, addresses=addresses, office_hours=hours, rules=rules, desk_domain=SUPPORT.rpartition("@")[2]
        ),
        mailroom=mailroom,
        parse=parse,
        own_marks=OwnMarks(addresses=frozenset({address_key(SUPPORT)}), loop_mark=LOOP_MARK),
        border=Border(servers=frozenset({"mx.example.org"})),
        now=clock,
    )
    return DeskInMemory(
        database=database,
        clock=clock,
        transport=transport,
        mailroom=mailroom,
        intake=intake,
        dispatcher=Dispatcher(database=database, transport=transport, mailroom=mailroom, now=clock),
        watch=Watch(database=database, mailroom=mailroom, calendar=hours.calendar(None), now=clock),
        people={},
    )


def _set_up(desk: DeskInMemory) -> None:
    with desk.database.transaction() as tx:
        desk.organisation_id = people.add_organisation(tx, name="Town", domains=[], accepts_new_contacts=False)
        for address, name in ((REFERENT, "Ana Soler"), (LUC, "Luc Petit"), (LEA, "Lea Roy")):
            desk.people[address] = people.add_contact(
                tx,
                organisation_id=desk.organisation_id,
                name=name,
                language=Language.EN,
                addresses=[address],
                phone="",
            )
        for address, name in ((EVA, "Eva Berg"), (NILS, "Nils Holm")):
            desk.people[address] = people.add_engineer(
                tx,
                name=name,
                language=Language.EN,
                addresses=[address],
                groups=["gis"],
                is_administrator=address == EVA,
            )
        desk.contract_id = contracts.add(
            tx,
            organisation_id=desk.organisation_id,
            referent_id=desk.people[REFERENT],
            language=Language.EN,
            currency="EUR",
            zone="Europe/Paris",
            group="gis",
            response_minutes=720,
        )
        contracts.add_pack(
            tx,
            contract_id=desk.contract_id,
            name="10 h",
            minutes=600,
            price_cents=180_000,
            bought_on=TODAY,
            first_day=TODAY,
            last_day=last_day_of_validity(TODAY),
            authorship=Authorship(person_id=desk.people[EVA], authenticated_by="command line"),
            recorded_at=NOW,
        )
