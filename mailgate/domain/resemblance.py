"""Which verb a mistyped word was probably meant to be.

A likeness counts only where ordinary words do not have it, so that `[node]`, `[clone]` or `[temp]` in a mail about
software is never taken for a slip. Nothing here looks at what follows the word.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from mailgate.domain.vocabulary import VOCABULARY, Arguments, Verb, word_key

_WORDS_OF_THEIR_OWN = """
    chose clone closer core dure eat essay farmer fee former ino internet lose loses nod node nodes none nope nose not
    nova offer offers pis prs puree salto salvo sold solder solver statue stratus temp tempo tie uno verified vote votes
"""
#: One letter away from a verb and yet no slip, by their key.
ORDINARY = frozenset(_WORDS_OF_THEIR_OWN.split())

_TAKES_DURATION = (Arguments.WORK, Arguments.FREE_WORK, Arguments.DURATION, Arguments.DURATION_OR_NOTHING)
_LONGEST = 20  # letters; no verb comes near it
_SHORTEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A word of the vocabulary that another word resembles, in its own language and spelling."""

    verb: Verb
    word: str
    distance: int


def resembling(word: str, *, has_duration: bool) -> Likeness | None:
    """Return the vocabulary's word that a word was probably meant to be, or None.

    By itself a word must be one slip away (a letter missing, added, changed, or two exchanged). Where a duration
    follows, which hardly any ordinary bracket has, two slips are forgiven in words of six letters and more.
    """
    key = word_key(word)
    if not _SHORTEST <= len(key) <= _LONGEST:
        return None
    reach = 2 if has_duration else 1
    entries = {entry for variant in _shortened(key, reach) for entry in _index().get(variant, ())}
    likenesses = [_likeness(key, *entry) for entry in entries]
    fitting = [like for like in likenesses if _is_slip(key, like, has_duration=has_duration)]
    return min(fitting, key=lambda like: (like.distance, like.word[0] != word[0], like.word), default=None)


def _likeness(key: str, verb: Verb, word: str) -> Likeness:
    return Likeness(verb=verb, word=word, distance=distance(key, word_key(word)))


def _is_slip(key: str, like: Likeness, *, has_duration: bool) -> bool:
    own = word_key(like.word)
    if has_duration and like.verb.arguments in _TAKES_DURATION:
        return like.distance <= (2 if len(own) >= 6 else 1)
    if like.distance != 1 or key in ORDINARY:
        return False
    # A slip of [note] would show an internal note to the client, so that every likeness to it counts.
    return len(own) >= 5 or like.verb.name == "note" or _is_short_slip(key, own)


def _is_short_slip(key: str, own: str) -> bool:
    """Of four letters: two exchanged, or one left out or doubled inside; a foreign letter makes another word."""
    if sorted(key) == sorted(own):
        return True
    return (key[0], key[-1]) == (own[0], own[-1]) and set(key) <= set(own)


def distance(one: str, other: str) -> int:
    """Return the optimal string alignment distance (Damerau): letters missing, added, changed, neighbours exchanged."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, above[j - 2] + 1)
            row.append(best)
    return row[-1]


@cache
def _index() -> dict[str, tuple[tuple[Verb, str], ...]]:
    """Map every vocabulary word with up to two letters left out to the word.

    Two words at distance n share a form with at most n letters left out of each; so a text of thousands of brackets
    is compared with a few words only.
    """
    index: dict[str, tuple[tuple[Verb, str], ...]] = {}
    for verb in VOCABULARY:
        for word in dict.fromkeys(word for words in verb.words.values() for word in words):
            for variant in _shortened(word_key(word), 2):
                index[variant] = (*index.get(variant, ()), (verb, word))
    return index


def _shortened(key: str, letters: int) -> set[str]:
    """Return the word with up to that many letters left out."""
    variants = newest = {key}
    for _ in range(letters):
        newest = {word[:i] + word[i + 1 :] for word in newest for i in range(len(word))}
        variants = variants | newest
    return variants
