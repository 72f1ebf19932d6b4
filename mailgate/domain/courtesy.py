"""Mail that holds nothing but politeness: a «thank you» neither opens a ticket nor reopens one.

Every word must be known. What is not in the tables, a question mark included, is something to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

from mailgate.domain.people import Language
from mailgate.domain.vocabulary import word_key

#: A stroke separates alternatives for one word, a dash stands for no word at all.
PHRASES: Mapping[Language, tuple[str, ...]] = {
    Language.FR: (
        "bonjour/bonsoir/salut",
        "bonjour/bonsoir à tous/toutes",
        "madame/monsieur",
        "chère/cher madame/monsieur/collègue/collègues",
        "merci/remerciements",
        "un/- grand merci",
        "mille/grand mercis/merci",
        "merci beaucoup/bien/infiniment",
        "encore merci",
        "merci -/beaucoup encore",
        "merci à vous/toi/tous",
        "pour tout",
        "pour votre/ton/ta/cette/la -/rapide/précieuse aide/réponse/réactivité/explication -/rapide",
        "pour votre/ton/ce/le -/rapide retour/support/travail -/rapide",
        "pour vos/tes/ces/les réponses/explications/précisions/conseils",
        "je vous/te remercie",
        "ok/parfait/super/génial/excellent/impeccable/entendu",
        "c est parfait/super/noté/entendu",
        "d accord",
        "bien reçu",
        "bien/très/- cordialement",
        "cordiales/sincères/meilleures/- salutations",
        "bien à vous/toi",
        "amicalement/respectueusement",
        "à/a bientôt",
        "très/- bonne/belle/excellente journée/soirée/semaine/continuation/réception",
        "bonne fin de journée/semaine",
        "bon/excellent week/weekend end/-",
        "bon/bonne après midi",
        "bonne année",
        "bonnes fêtes/vacances",
        "au revoir",
        "de même",
        "à vous/toi aussi",
    ),
    Language.EN: (
        "hi/hello/hey/dear/greetings",
        "hi/hello/dear all/everyone/everybody/team",
        "good morning/afternoon/evening/day",
        "thanks/thx/cheers",
        "thank you -/all/both",
        "thanks/thank a/you lot",
        "thank you very/so much",
        "thanks/cheers so/very much",
        "many thanks",
        "thanks/thank -/you again",
        "for everything",
        "for your/the/all -/your/the -/quick/prompt/fast help/reply/answer/response/support/time/explanation",
        "much/- appreciated",
        "ok/okay/great/perfect/excellent/noted/understood",
        "best/kind/warm/warmest/with/- regards",
        "best wishes/-",
        "sincerely -/yours",
        "yours sincerely/faithfully/truly",
        "all the best",
        "have a nice/good/great/lovely day/evening/weekend/week/one",
        "bye/goodbye",
        "see you -/soon",
        "take care",
        "you too",
    ),
    Language.ES: (
        "hola/buenas/saludos",
        "hola a todos/todas",
        "buenos/buen días/día",
        "buenas tardes/noches",
        "estimado/estimada/estimados señor/señora/señores/-",
        "gracias",
        "muchas/muchísimas/mil gracias",
        "gracias a usted/ustedes/ti",
        "gracias de nuevo",
        "por todo",
        "por su/tu/vuestra/la -/rápida ayuda/respuesta/atención/explicación -/rápida",
        "muy amable",
        "ok/perfecto/genial/excelente/vale/entendido/recibido",
        "de acuerdo",
        "un/- cordial/- saludo",
        "-/muchos saludos cordiales/-",
        "cordialmente/atentamente",
        "reciba/reciban un cordial/- saludo",
        "buen/feliz fin de semana",
        "feliz día/tarde",
        "que tenga/tengas/tengan un/- buen día",
        "que tenga/tengas/tengan buena tarde",
        "hasta luego/pronto/mañana",
        "adiós",
        "igualmente",
    ),
}

_WORD = re.compile(r"[^\W\d_]+")
_HARMLESS = re.compile(
    r"(?:[^\W\d_]|[\s.,;:!¡'’\"«»…)–—-]|[👍🙏😊🙂😀😃😄😉✅🎉❤👏🙌\uFE0F\u200D\U0001F3FB-\U0001F3FF])*"
)
_LONGEST = 500  # characters; politeness is short


def is_courtesy(text: str, *, name: str) -> bool:
    """Tell whether a text holds nothing but greetings, thanks, closings and its writer's own name.

    In any of the three languages, mixed as people do. An empty text is courtesy too; «Thanks, but it still fails» is
    not, nor is anything with a figure, a question mark or a word that the tables do not have.
    """
    if len(text) > _LONGEST or not _HARMLESS.fullmatch(text):
        return False
    own = set(_words(name))
    words = list(_words(text))
    reached = {0}  # places up to which the text divides into phrases; «thank you, all the best» does in one way only
    for place in range(len(words)):
        if place in reached:
            reached |= {place + length for length in _phrase_lengths(words, place)}
            reached |= {place + 1} if words[place] in own else set()
    return len(words) in reached


def _words(text: str) -> Iterator[str]:
    return (word_key(word) for word in _WORD.findall(text))


def _phrase_lengths(words: list[str], place: int) -> Iterator[int]:
    """Yield the numbers of words of all phrases that begin there."""
    phrases = _phrases()
    longest = max(map(len, phrases))
    for length in range(1, min(longest, len(words) - place) + 1):
        if tuple(words[place : place + length]) in phrases:
            yield length


@cache
def _phrases() -> frozenset[tuple[str, ...]]:
    return frozenset(
        tuple(word_key(word) for word in choice if word != "-")
        for phrases in PHRASES.values()
        for phrase in phrases
        for choice in product(*(slot.split("/") for slot in phrase.split()))
    ) - {()}
