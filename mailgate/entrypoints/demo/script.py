"""What is said in the demonstration: the people, and their mails in order, as data.

The cases are those of the offer: a clear question, one that lacks details, one that takes considerable time, the
referent who decides, a colleague who asks for the balance, a second client who is served at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.domain.people import Language

TOWN = "Mairie de Saint-Rémy"
COUNCIL = "Northshire Council"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who writes. Engineers have no organisation."""

    name: str
    address: str
    language: Language
    organisation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One mail of the play. `answers` is the kind of notice that is replied to: the newest that the actor received."""

    actor: Actor
    body: str
    subject: str = ""
    answers: str = ""
    attachment: tuple[str, bytes] | None = None
    client: str = TOWN  # whose time it is about


PAUL = Actor(name="Paul Girard", address="paul@support.example.org", language=Language.FR)
CAMILLE = Actor(
    name="Camille Martin", address="camille@saint-remy.example.com", language=Language.FR, organisation=TOWN
)
HUGO = Actor(name="Hugo Bernard", address="hugo@saint-remy.example.com", language=Language.FR, organisation=TOWN)
LUCIA = Actor(name="Lucía Ortega", address="lucia@saint-remy.example.com", language=Language.ES, organisation=TOWN)
OLIVER = Actor(
    name="Oliver Bennett", address="oliver@northshire.example.net", language=Language.EN, organisation=COUNCIL
)

ACTORS = (PAUL, CAMILLE, HUGO, LUCIA, OLIVER)
REFERENTS = {TOWN: CAMILLE, COUNCIL: OLIVER}

PLAN = b"Seq Scan on parcelle  (cost=0.00..48211.00 rows=1 width=212)\n  Filter: st_intersects(geom, $1)\n"

SCRIPT: tuple[Line, ...] = (
    Line(
        actor=HUGO,
        subject="Requête PostGIS très lente",
        body="Bonjour,\n\nMa requête sur les parcelles dure 40 secondes alors que la table a un index.\n"
        "Que faut-il changer ?\n\nMerci,\nHugo",
    ),
    Line(
        actor=PAUL,
        answers="question",
        body="Bonjour Hugo,\n\nPouvez-vous m’envoyer le plan d’exécution (EXPLAIN ANALYZE) "
        "et la version de PostGIS ?\n\n[info]",
    ),
    Line(
        actor=OLIVER,
        subject="QGIS crashes when printing",
        body="Hello,\n\nQGIS 3.40 closes without a message as soon as I export an atlas to PDF.\n\nOliver",
        client=COUNCIL,
    ),
    Line(
        actor=PAUL,
        answers="question",
        body="[time 30m] The crash is a known bug of that version; until the fix is released, export page by page.",
        client=COUNCIL,
    ),
    Line(
        actor=HUGO,
        answers="details_request",
        body="Voici le plan. La version est PostGIS 3.4.",
        attachment=("plan.txt", PLAN),
    ),
    Line(
        actor=PAUL,
        answers="question",
        body="[time 20m]\n\nMerci. L’index existe, mais la fonction de projection l’empêche de servir : "
        "il faut un index sur l’expression.",
    ),
    Line(
        actor=PAUL,
        answers="question",
        body="Pour revoir les douze requêtes de l’application, il me faut une étude plus longue.\n\n[estimate 4h]",
    ),
    Line(actor=CAMILLE, answers="approval_request", body="[approuver 4h]\n\nAllez-y, c’est urgent pour nous."),
    Line(
        actor=PAUL,
        answers="approved",
        body="Les douze requêtes sont corrigées ; le détail est dans le dépôt partagé.\n\n[time 3h]\n[solved]",
    ),
    Line(actor=CAMILLE, answers="please_close", body="Parfait, merci.\n\n[clore]"),
    Line(actor=LUCIA, subject="Saldo", body="Hola,\n\n[saldo]\n\nGracias,\nLucía"),
)
