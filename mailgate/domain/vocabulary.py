"""The verbs that may stand in brackets in a mail: their words in three languages, who may write them, what follows.

One table, from which the parser, the manual and the help mail are made. It does not say what a verb does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache

from mailgate.domain.people import Language, Role


class Arguments(Enum):
    """What follows a verb inside its brackets."""

    NONE = "none"
    WORK = "work"  # duration, then perhaps a date, then perhaps a note; a negative one needs the note
    FREE_WORK = "free work"  # duration, then perhaps a reason
    DURATION = "duration"
    DURATION_OR_NOTHING = "duration or nothing"
    REASON = "reason"  # any text or nothing
    ABANDONED = "abandoned"  # that word or nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One row of the table. `name` is the English word; the first word of a language is the one shown to people."""

    name: str
    words: Mapping[Language, tuple[str, ...]] = field(compare=False)
    roles: frozenset[Role]
    arguments: Arguments = Arguments.NONE


ENGINEERS = frozenset({Role.ENGINEER, Role.ADMINISTRATOR})
REFERENTS = frozenset({Role.REFERENT})
CLIENTS = frozenset({Role.CONTACT, Role.REFERENT})
EVERYONE = frozenset(Role)


def _verb(name: str, french: str, spanish: str, roles: frozenset[Role], arguments: Arguments = Arguments.NONE) -> Verb:
    words = {
        Language.FR: tuple(french.split()),
        Language.EN: (name,),
        Language.ES: tuple(spanish.split()),
    }
    return Verb(name=name, words=words, roles=roles, arguments=arguments)


VOCABULARY: tuple[Verb, ...] = (
    _verb("time", "temps durée", "tiempo duración", ENGINEERS, Arguments.WORK),
    _verb("free", "gratuit offert", "gratis", ENGINEERS, Arguments.FREE_WORK),
    _verb("note", "note interne", "nota interno", ENGINEERS),
    _verb("info", "info précision précisions", "info detalles", ENGINEERS),
    _verb("estimate", "estimation estimer", "estimación estimar", ENGINEERS, Arguments.DURATION),
    _verb("solved", "résolu résolue", "resuelto", ENGINEERS),
    _verb("take", "prendre pris", "tomar", ENGINEERS),
    _verb("undo", "annuler", "deshacer", ENGINEERS),
    _verb("approve", "approuver valider accord", "aprobar aceptar", REFERENTS, Arguments.DURATION_OR_NOTHING),
    _verb("decline", "refuser décliner", "rechazar", REFERENTS, Arguments.REASON),
    _verb("close", "clore clôturer fermer", "cerrar", REFERENTS, Arguments.ABANDONED),
    _verb("reopen", "rouvrir", "reabrir", REFERENTS, Arguments.REASON),
    _verb("balance", "solde", "saldo", CLIENTS),
    _verb("status", "état statut", "estado", EVERYONE),
    _verb("help", "aide", "ayuda", EVERYONE),
    _verb("check", "vérifier essai", "comprobar prueba", EVERYONE),
)

#: What may follow [close]: the problem was given up («… ou que le problème est abandonné»).
ABANDONED: Mapping[Language, str] = {
    Language.FR: "abandonné",
    Language.EN: "abandoned",
    Language.ES: "abandonado",
}


def find_verb(word: str) -> Verb | None:
    """Return the verb of a word of any of the three languages, letter case and accents aside."""
    return _verbs_by_key().get(word_key(word))


def words_for(language: Language) -> dict[str, str]:
    """Return each verb's name with the word that people of that language are shown."""
    return {verb.name: verb.words[language][0] for verb in VOCABULARY}


def is_abandoned_word(word: str) -> bool:
    """Tell whether a word says in one of the three languages that the problem was given up."""
    return word_key(word) in {word_key(own) for own in ABANDONED.values()}


def word_key(word: str) -> str:
    """Return the form under which words are compared: no case, no accents, no invisible characters."""
    if word.isascii():
        return word.lower()
    spread = unicodedata.normalize("NFKD", word).casefold()
    return "".join(char for char in spread if unicodedata.category(char) not in ("Mn", "Cf"))


@cache
def _verbs_by_key() -> dict[str, Verb]:
    return {word_key(word): verb for verb in VOCABULARY for words in verb.words.values() for word in words}
