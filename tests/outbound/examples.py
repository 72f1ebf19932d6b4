"""Fixed notices in the three languages, several of a kind where its wording branches: what the golden files show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from mailgate.domain.ledger import Balance
from mailgate.domain.notice import (
    Acknowledgement,
    Answer,
    ApprovalRequest,
    Approved,
    BalanceChanged,
    BalanceReport,
    Closed,
    Declined,
    Delayed,
    DetailsRequest,
    File,
    HelpText,
    InternalNote,
    MailHeld,
    Notice,
    OutOfContract,
    PackState,
    PleaseClose,
    Question,
    Receipt,
    ReferentAsked,
    Renewal,
    Reopened,
    StatusReport,
    Taken,
    TicketIsClosed,
    TicketLine,
    Undelivered,
    Unverified,
)
from mailgate.domain.outcome import Outcome, Problem
from mailgate.domain.people import Contact, Engineer, Language, Role
from mailgate.domain.ticket import State, Ticket
from mailgate.domain.vocabulary import VOCABULARY, words_for
from mailgate.outbound.render import Desk, Link, Scene

DESK = Desk(name="Assistance SIG", address="assistance@example.org", zone="Europe/Paris")
OPENED = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 9, 23, 11, 0, tzinfo=UTC)
ACTION = "assistance+{}7q2k5m3x@example.org"

PAUL = Engineer(id=10, name="Paul Girard", language=Language.FR, addresses=("paul.girard@example.org",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One notice and its surroundings; `case` says which branch of the wording it shows."""

    case: str
    notice: Notice
    scene: Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The people of one language, and what they write."""

    referent: Contact
    colleague: Contact
    engineer: Engineer
    subject: str
    question: str
    answer: str
    ask_details: str
    estimate: str
    reason: str
    misspelt: str  # a near miss of the word for approving
    sentence: str
    server_reply: str


def _contact(number: int, name: str, address: str, language: Language, organisation: str) -> Contact:
    return Contact(
        id=number,
        name=name,
        language=language,
        addresses=(address,),
        organisation_id=1,
        organisation_name=organisation,
    )


WORLDS: dict[Language, World] = {
    Language.FR: World(
        referent=_contact(1, "Camille Martin", "camille.martin@example.com", Language.FR, "Mairie de Saint-Rémy"),
        colleague=_contact(2, "Nadia Lefèvre", "nadia.lefevre@example.com", Language.FR, "Mairie de Saint-Rémy"),
        engineer=replace(PAUL, id=11, name="Inès Robert"),
        subject="QGIS ne lit plus la couche des parcelles",
        question="Bonjour,\n\ndepuis ce matin, QGIS n’ouvre plus la couche des parcelles.\nPouvez-vous nous aider ?",
        answer="Bonjour,\n\nl’index spatial manque. Lancez REINDEX sur la table parcelles, puis rouvrez le projet.",
        ask_details="Quelle version de QGIS utilisez-vous, et que dit le journal de PostgreSQL ?",
        estimate="La reprise des géométries invalides demande environ quatre heures.",
        reason="nous le ferons nous-mêmes",
        misspelt="aprouver 4h",
        sentence="clore",
        server_reply="550 5.1.1 <nadia.lefevre@example.com>: Recipient address rejected",
    ),
    Language.EN: World(
        referent=_contact(1, "Oliver Bennett", "oliver.bennett@example.net", Language.EN, "Northshire Council"),
        colleague=_contact(2, "Grace Hughes", "grace.hughes@example.net", Language.EN, "Northshire Council"),
        engineer=replace(PAUL, id=11, name="Emma Clarke", language=Language.EN),
        subject="QGIS no longer reads the parcels layer",
        question="Hello,\n\nsince this morning QGIS has refused to open the parcels layer.\nCan you help?",
        answer="Hello,\n\nthe spatial index is missing. Run REINDEX on the parcels table, then reopen the project.",
        ask_details="Which version of QGIS do you use, and what does the PostgreSQL log say?",
        estimate="Repairing the invalid geometries will take about four hours.",
        reason="we shall do it ourselves",
        misspelt="aprove 4h",
        sentence="close",
        server_reply="550 5.1.1 <grace.hughes@example.net>: Recipient address rejected",
    ),
    Language.ES: World(
        referent=_contact(1, "Lucía Ortega", "lucia.ortega@example.com", Language.ES, "Ayuntamiento de Villanueva"),
        colleague=_contact(2, "Diego Navarro", "diego.navarro@example.com", Language.ES, "Ayuntamiento de Villanueva"),
        engineer=replace(PAUL, id=11, name="Marta Ruiz", language=Language.ES),
        subject="QGIS ya no lee la capa de parcelas",
        question="Buenos días:\n\nDesde esta mañana QGIS no abre la capa de parcelas.\n¿Pueden ayudarnos?",
        answer="Buenos días:\n\nFalta el índice espacial. Ejecute REINDEX en la tabla parcelas y reabra el proyecto.",
        ask_details="¿Qué versión de QGIS utiliza y qué dice el registro de PostgreSQL?",
        estimate="La reparación de las geometrías no válidas llevará unas cuatro horas.",
        reason="lo haremos nosotros",
        misspelt="aprovar 4h",
        sentence="cerrar",
        server_reply="550 5.1.1 <diego.navarro@example.com>: Recipient address rejected",
    ),
}

BALANCE = Balance(purchased=600, remaining=435, reserved=120)
PLAN = File(
    inbox_id=1, part=2, filename="parcelles.gpkg", content_type="application/octet-stream", size_octets=1_234_567
)
LOG = File(inbox_id=1, part=3, filename="journal.txt", content_type="text/plain", size_octets=8_200)


def ticket_of(world: World, state: State = State.OPEN) -> Ticket:
    return Ticket(
        id=123,
        subject=world.subject,
        state=state,
        organisation_id=1,
        contract_id=1,
        requester_id=2,
        opened_at=OPENED,
        deadline=DEADLINE,
        counted_minutes=45,
    )


def scene_of(world: World, *links: tuple[str, int | None], ticket: Ticket | None = None) -> Scene:
    """Return the surroundings of a notice; every link is given as its verb and minutes."""
    return Scene(
        ticket=ticket,
        requester=world.colleague.name,
        organisation=world.colleague.organisation_name,
        links=tuple(
            Link(verb=verb, minutes=minutes, address=ACTION.format(position))
            for position, (verb, minutes) in enumerate(links, start=1)
        ),
        currency="EUR",
        zone="Europe/Paris",
    )


def examples(language: Language) -> tuple[Example, ...]:
    """Return all examples of one language, in the order in which a ticket lives."""
    world = WORLDS[language]
    return (
        *_arrival(world),
        *_answers(world),
        *_effort(world),
        *_end(world),
        *_time(world),
        *_receipts(world),
        *_questions(world),
        *_staff(world),
    )


def _on_ticket(world: World, case: str, notice: Notice, *links: tuple[str, int | None]) -> Example:
    return Example(case=case, notice=notice, scene=scene_of(world, *links, ticket=ticket_of(world)))


def _alone(world: World, case: str, notice: Notice, *links: tuple[str, int | None]) -> Example:
    return Example(case=case, notice=notice, scene=scene_of(world, *links))


def _arrival(world: World) -> tuple[Example, ...]:
    new = scene_of(world, ticket=ticket_of(world, State.NEW))
    outside = scene_of(world, ticket=replace(ticket_of(world, State.NEW), deadline=None, is_out_of_contract=True))
    question = Question(
        to=world.engineer,
        author=world.colleague,
        organisation=world.colleague.organisation_name,
        text=world.question,
        is_new=True,
        is_verified=True,
        deadline=DEADLINE,
        files=(PLAN, LOG),
    )
    follow_up = replace(
        question,
        is_new=False,
        is_verified=False,
        rest="\n".join(f"> {line}".rstrip() for line in world.answer.split("\n")),
        files=(),
        uncovered_minutes=45,
    )
    return (
        Example(case="deadline", notice=Acknowledgement(to=world.colleague, deadline=DEADLINE), scene=new),
        Example(case="no deadline", notice=Acknowledgement(to=world.colleague, deadline=None), scene=new),
        Example(case="new", notice=question, scene=new),
        Example(
            case="follow-up, unverified",
            notice=follow_up,
            scene=scene_of(world, ticket=replace(ticket_of(world, State.SOLVED), taken_at=OPENED)),
        ),
        Example(
            case="out of contract, file only",
            notice=replace(question, text="", files=(PLAN,), deadline=None),
            scene=outside,
        ),
        Example(
            case="to a colleague",
            notice=OutOfContract(to=world.colleague, referent=world.referent.name),
            scene=outside,
        ),
        Example(
            case="to the referent", notice=OutOfContract(to=world.referent, referent=world.referent.name), scene=outside
        ),
        Example(case="no contract ever", notice=OutOfContract(to=world.colleague, referent=""), scene=outside),
        Example(case="renewal", notice=Renewal(to=world.referent, author=world.colleague), scene=outside),
        _on_ticket(world, "taken", Taken(to=world.colleague, author=PAUL)),
    )


def _answers(world: World) -> tuple[Example, ...]:
    answer = Answer(
        to=world.colleague,
        author=PAUL,
        text=world.answer,
        worked_minutes=10,
        counted_minutes=15,
        balance=BALANCE,
        others=(world.referent.name,),
        files=(LOG,),
    )
    bare = replace(answer, balance=None, others=(), files=(), worked_minutes=0, counted_minutes=0)
    details = DetailsRequest(
        to=world.colleague,
        author=PAUL,
        text=world.ask_details,
        worked_minutes=5,
        counted_minutes=15,
        balance=BALANCE,
    )
    return (
        _on_ticket(world, "time and balance", answer),
        _on_ticket(world, "free time, no balance", replace(bare, free_minutes=30)),
        _on_ticket(
            world,
            "uncovered",
            replace(answer, worked_minutes=70, counted_minutes=75, uncovered_minutes=30, others=(), files=()),
        ),
        _on_ticket(world, "estimate", replace(bare, text=world.estimate, estimate_minutes=240)),
        _on_ticket(world, "solved", replace(bare, is_solved=True)),
        _on_ticket(world, "closed", replace(bare, is_closed=True)),
        _on_ticket(world, "details", details),
        _on_ticket(world, "details, no time", replace(details, worked_minutes=0, counted_minutes=0, balance=None)),
    )


def _effort(world: World) -> tuple[Example, ...]:
    request = ApprovalRequest(
        to=world.referent,
        author=PAUL,
        text=world.estimate,
        asked_minutes=240,
        counted_minutes=15,
        balance=BALANCE,
        balance_after=replace(BALANCE, remaining=195),
    )
    asks = (("approve", 240), ("decline", None))
    overdrawn = replace(
        request,
        text="",
        asked_minutes=480,
        uncovered_minutes=480,
        counted_minutes=0,
        balance_after=replace(BALANCE, remaining=-45),
    )
    asked = ReferentAsked(to=world.referent, author=world.colleague, text="", verb="approve")
    approved = Approved(to=world.colleague, author=world.referent, text="", minutes=240, reserved_minutes=240)
    declined = Declined(to=PAUL, author=world.referent, text="", minutes=240, reason=world.reason)
    return (
        _on_ticket(world, "estimate", request, *asks),
        _on_ticket(world, "partly done", replace(request, uncovered_minutes=60), *asks),
        _on_ticket(world, "all done, more than is left", overdrawn, ("approve", 480), ("decline", None)),
        _on_ticket(world, "reserved", approved),
        _on_ticket(world, "with words", replace(approved, to=world.engineer, text=world.reason, reserved_minutes=0)),
        _on_ticket(world, "with a reason", replace(declined, to=world.engineer)),
        _on_ticket(world, "bare", replace(declined, to=world.colleague, minutes=None, reason="", text=world.question)),
        _on_ticket(world, "approve", asked, ("approve", None)),
        _on_ticket(world, "approve with minutes", replace(asked, minutes=90), ("approve", 90)),
        _on_ticket(world, "decline", replace(asked, verb="decline"), ("decline", None)),
        _on_ticket(world, "close", replace(asked, verb="close"), ("close", None)),
        _on_ticket(world, "reopen", replace(asked, verb="reopen", text=world.question), ("reopen", None)),
    )


def _end(world: World) -> tuple[Example, ...]:
    please = PleaseClose(
        to=world.referent,
        author=PAUL,
        text=world.answer,
        worked_minutes=185,
        counted_minutes=195,
        total_minutes=255,
        balance=BALANCE,
    )
    closed = Closed(to=world.colleague, author=world.referent, text="", is_abandoned=False, total_minutes=255)
    reopened = Reopened(to=world.colleague, author=world.referent, text="", reason=world.reason, deadline=DEADLINE)
    is_closed = TicketIsClosed(to=world.colleague, referent=world.referent.name, is_referent=False)
    return (
        _on_ticket(world, "time and balance", please, ("close", None)),
        _on_ticket(
            world, "words only", replace(please, worked_minutes=0, counted_minutes=0, total_minutes=0, balance=None)
        ),
        _on_ticket(world, "closed", closed),
        _on_ticket(
            world, "abandoned, with words", replace(closed, is_abandoned=True, total_minutes=0, text=world.reason)
        ),
        _on_ticket(world, "reason and deadline", reopened),
        _on_ticket(world, "bare", replace(reopened, reason="", deadline=None)),
        _on_ticket(world, "to a colleague", is_closed),
        _on_ticket(world, "no referent known", replace(is_closed, referent="")),
        _on_ticket(world, "to the referent", replace(is_closed, to=world.referent, is_referent=True), ("reopen", None)),
    )


def _time(world: World) -> tuple[Example, ...]:
    changed = BalanceChanged(
        to=world.referent, author=PAUL, worked_minutes=10, counted_minutes=15, balance=replace(BALANCE, reserved=0)
    )
    report = BalanceReport(
        to=world.colleague,
        organisation=world.colleague.organisation_name,
        balance=BALANCE,
        packs=(
            PackState(name="Pack 10 h", minutes=600, remaining=435, last_day=date(2027, 9, 21)),
            PackState(name="Pack 20 h", minutes=1200, remaining=1200, last_day=date(2027, 12, 1)),
        ),
        exhausted_minutes=45,
        unapproved_minutes=30,
        referent=world.referent.name,
    )
    return (
        _on_ticket(world, "time taken", changed),
        _on_ticket(world, "uncovered", replace(changed, counted_minutes=45, worked_minutes=40, uncovered_minutes=15)),
        _on_ticket(world, "time given back", replace(changed, counted_minutes=0, reversed_minutes=15)),
        _alone(world, "packs and uncovered work", report),
        _alone(
            world,
            "nothing but the balance",
            replace(report, packs=(), exhausted_minutes=0, unapproved_minutes=0, organisation=""),
        ),
        _alone(world, "not for this reader", replace(report, balance=None, packs=())),
    )


def _receipts(world: World) -> tuple[Example, ...]:
    words = words_for(world.referent.language)
    after = replace(BALANCE, remaining=420)
    logged = Receipt(
        to=world.engineer,
        outcomes=(
            Outcome(verb="time", written=f"{words['time']} 10m", minutes=10),
            Outcome(verb="solved", written=words["solved"]),
        ),
        worked_minutes=10,
        counted_minutes=15,
        balance_before=BALANCE,
        balance_after=after,
    )
    withheld = Receipt(
        to=world.engineer,
        outcomes=(
            Outcome(verb="time", written=f"{words['time']} 30", problem=Problem.BARE_NUMBER),
            Outcome(verb="solved", written=words["solved"], problem=Problem.NOT_ALONE),
        ),
        is_withheld=True,
        text=world.answer,
    )
    near = Outcome(verb="", written=world.misspelt, problem=Problem.NEAR_MISS, suggestion=f"{words['approve']} 4h")
    refused = Receipt(to=world.referent, outcomes=(near,), is_text_kept=True)
    misplaced = Outcome(verb="close", written=world.sentence, problem=Problem.MISPLACED)
    beyond = Outcome(verb="approve", written=f"{words['approve']} 9h", problem=Problem.MORE_THAN_AVAILABLE, minutes=315)
    approved = Outcome(verb="approve", written=words["approve"], minutes=240)
    unverified = Unverified(
        to=world.referent,
        outcomes=(Outcome(verb="close", written=words["close"], problem=Problem.UNVERIFIED),),
    )
    free = Outcome(verb="free", written=f"{words['free']} 30m", minutes=30)
    less = Outcome(verb="time", written=f"{words['time']} -30m {world.reason}", minutes=-30)
    undone = Outcome(verb="undo", written=words["undo"], minutes=15)
    nowhere = Outcome(verb="", written="", problem=Problem.NO_TICKET)
    return (
        _on_ticket(world, "time logged", logged, ("undo", None)),
        _on_ticket(world, "uncovered", replace(logged, worked_minutes=70, counted_minutes=75, uncovered_minutes=30)),
        _on_ticket(world, "free time", Receipt(to=world.engineer, outcomes=(free,), worked_minutes=30)),
        _on_ticket(
            world,
            "time reduced",
            replace(logged, outcomes=(less,), worked_minutes=-30, counted_minutes=-30, balance_before=None),
        ),
        _on_ticket(world, "undone", Receipt(to=world.engineer, outcomes=(undone,))),
        _on_ticket(world, "dry run", replace(logged, is_dry_run=True)),
        _on_ticket(
            world, "dry run with a fault", Receipt(to=world.engineer, outcomes=withheld.outcomes, is_dry_run=True)
        ),
        _on_ticket(world, "withheld", withheld),
        _alone(world, "withheld, about no ticket", replace(withheld, outcomes=(nowhere,))),
        _on_ticket(
            world,
            "approved",
            Receipt(
                to=world.referent,
                outcomes=(approved,),
                balance_before=replace(BALANCE, reserved=0),
                balance_after=replace(BALANCE, reserved=240),
            ),
        ),
        _on_ticket(world, "near miss", refused),
        _on_ticket(world, "inside a sentence", replace(refused, outcomes=(misplaced,)), ("close", None)),
        _on_ticket(world, "more than available", replace(refused, outcomes=(beyond, near), is_text_kept=False)),
        _on_ticket(world, "partly", replace(refused, outcomes=(approved, misplaced)), ("close", None)),
        _on_ticket(world, "nothing to report", replace(refused, outcomes=())),
        _on_ticket(
            world, "every problem", replace(refused, outcomes=tuple(failed(problem, words) for problem in Problem))
        ),
        _on_ticket(world, "command", unverified, ("close", None)),
        _on_ticket(world, "no link", replace(unverified, outcomes=(*unverified.outcomes, beyond))),
        _on_ticket(
            world,
            "engineer's words",
            Unverified(to=world.engineer, outcomes=(), is_withheld=True),
            ("release", None),
        ),
        _on_ticket(world, "words, no link", Unverified(to=world.engineer, outcomes=(), is_withheld=True)),
    )


#: A command that can fail in this way: its verb, and what follows it. The others are [time 4h].
FAILING: dict[Problem, tuple[str, str]] = {
    Problem.NO_DURATION: ("estimate", ""),
    Problem.BARE_NUMBER: ("time", " 30"),
    Problem.BAD_DURATION: ("time", " 4x"),
    Problem.ZERO: ("time", " 0m"),
    Problem.OVER_A_DAY: ("time", " 30h"),
    Problem.NEGATIVE: ("estimate", " -2h"),
    Problem.FUTURE: ("time", " 1h 2031-01-01"),
    Problem.BAD_DATE: ("time", " 1h 2026-13-40"),
    Problem.NO_REASON: ("time", " -30m"),
    Problem.MISPLACED: ("close", ""),
    Problem.UNSURE: ("approve", " 4h"),
    Problem.REFERENT_ONLY: ("close", ""),
    Problem.UNVERIFIED: ("close", ""),
    Problem.NOT_BY_REPLY: ("approve", " 4h"),
    Problem.REPEATED_ID: ("approve", " 4h"),
    Problem.OUTDATED: ("approve", " 4h"),
    Problem.OTHERWISE: ("close", ""),
    Problem.NOT_CLOSED: ("reopen", ""),
    Problem.NOTHING_ASKED: ("approve", ""),
    Problem.MORE_THAN_ASKED: ("approve", " 4h"),
    Problem.MORE_THAN_AVAILABLE: ("approve", " 4h"),
    Problem.MORE_THAN_WORKED: ("time", " -4h"),
    Problem.NO_RECEIPT: ("undo", ""),
    Problem.NOTHING_TO_UNDO: ("undo", ""),
    Problem.NO_TEXT: ("info", ""),
    Problem.CONTRADICTION: ("info", ""),
    Problem.NOT_ALONE: ("solved", ""),
}
WITH_A_LIMIT = frozenset({Problem.MORE_THAN_ASKED, Problem.MORE_THAN_AVAILABLE, Problem.MORE_THAN_WORKED})


def failed(problem: Problem, words: dict[str, str]) -> Outcome:
    """Return a command that failed in that way."""
    verb, rest = FAILING.get(problem, ("time", " 4h"))
    is_near = problem is Problem.NEAR_MISS
    return Outcome(
        verb="" if is_near else verb,
        written=f"{words[verb][:-1] if is_near else words[verb]}{rest}",
        problem=problem,
        minutes=120 if problem in WITH_A_LIMIT else None,
        suggestion=f"{words[verb]}{rest}" if is_near else "",
    )


def _questions(world: World) -> tuple[Example, ...]:
    line = TicketLine(number=123, subject=world.subject, state="open", deadline=None, counted_minutes=45)
    lines = tuple(
        replace(line, number=123 + position, state=state.value, deadline=DEADLINE if state is State.NEW else None)
        for position, state in enumerate(State)
    )
    words = words_for(world.referent.language)
    client = tuple(verb.name for verb in VOCABULARY if Role.REFERENT in verb.roles)
    engineer = tuple(verb.name for verb in VOCABULARY if Role.ENGINEER in verb.roles)
    return (
        _on_ticket(
            world,
            "one ticket",
            StatusReport(to=world.colleague, tickets=(line,), is_overview=False, assignee=PAUL.name),
        ),
        _alone(world, "overview", StatusReport(to=world.colleague, tickets=lines, is_overview=True)),
        _alone(world, "overview of one", StatusReport(to=world.colleague, tickets=lines[:1], is_overview=True)),
        _alone(world, "nothing open", StatusReport(to=world.colleague, tickets=(), is_overview=True)),
        _alone(world, "referent", HelpText(to=world.referent, verbs=client, words=words)),
        _on_ticket(world, "engineer", HelpText(to=world.engineer, verbs=engineer, words=words)),
    )


def _staff(world: World) -> tuple[Example, ...]:
    note = InternalNote(
        to=world.engineer, author=PAUL, text=world.estimate, worked_minutes=10, counted_minutes=15, files=(LOG,)
    )
    undelivered = Undelivered(
        to=world.engineer,
        addressee=world.colleague.address,
        about=f"Re: {world.subject} [#123]",
        text=world.server_reply,
    )
    delayed = Delayed(
        to=world.engineer,
        addressee=world.colleague.address,
        about=f"Re: {world.subject} [#123]",
        text="451 4.7.1 Too much mail, try again later",
    )
    held = MailHeld(to=world.engineer, number=3)
    return (
        _on_ticket(world, "time and file", note),
        _on_ticket(world, "words only", replace(note, worked_minutes=0, counted_minutes=0, files=())),
        _on_ticket(world, "refused", undelivered),
        _on_ticket(world, "silent", replace(undelivered, about="", text="")),
        _on_ticket(world, "deferred", delayed),
        _alone(world, "several", held),
        _alone(world, "one", replace(held, number=1)),
    )
