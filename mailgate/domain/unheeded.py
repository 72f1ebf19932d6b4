"""A wish to keep a mail internal that was written where, or as, no command counts.

An engineer who writes `[note]` in a signature, behind an indentation, in other brackets or without the closing one
means the same thing: the client must not read this. Nothing that mailgate sends holds such a mark, so that one found
anywhere in an engineer's mail was written by a person. It is never executed from here; it only stops the mail.
"""

from __future__ import annotations

import re

from mailgate.domain.commands import Reading
from mailgate.domain.message import IncomingMessage
from mailgate.domain.resemblance import distance
from mailgate.domain.vocabulary import VOCABULARY, word_key

LONGEST_TEXT = 1 << 20  # characters that are looked at
_MEANT = frozenset(
    {word_key(word) for verb in VOCABULARY if verb.name == "note" for words in verb.words.values() for word in words}
    | {"notes", "internal", "private", "prive", "privado", "confidential"}
)
#: An opening bracket of any kind, what a hand adds by mistake, a word, and what follows it.
_OPENED = re.compile(r"[\[{［｛【⟨][\[{［\s/_*`~#>|.-]{0,4}([^\W\d_](?:[-\u00ad]?[^\W\d_]){2,11})([^\S\n]?[^\w\s])?")
#: A word whose opening bracket was forgotten.
_CLOSED = re.compile(r"(?m)^[\s>*_-]{0,8}([^\W\d_]{4,8})[^\S\n]?[\]］】]")
#: A word spaced out in its brackets, and one in round brackets that opens a line.
_SPACED = re.compile(r"[\[{(]\s?((?:[^\W\d_] ){3,9}[^\W\d_])\s?[\]})]")
_ROUND = re.compile(r"(?m)^[^\S\n]{0,8}\(([^\W\d_]{4,12})\)")
#: A word in the brackets of our own hints, copied from one of our mails.
_HINTED = re.compile(r"⟦\s*([^\W\d_]+)")
_CLOSING = frozenset("]}］｝】⟩")


def unheeded_note(text: str) -> str | None:
    """Return the first mark in a text that looks like a wish to keep it internal, or None. Linear in its length.

    The exact word counts with anything behind it; one that is a letter away only where it stands alone in its
    brackets, because `[not applicable]` and `[nodes: 3]` are ordinary.
    """
    for found in _OPENED.finditer(text[:LONGEST_TEXT]):
        key = word_key(re.sub("[-\u00ad]", "", found[1]))
        if key in _MEANT or (_closes_at_once(found) and _is_near(key)):
            return found[0].strip()
    for form in (_CLOSED, _SPACED, _ROUND):
        for found in form.finditer(text[:LONGEST_TEXT]):
            if word_key(found[1].replace(" ", "")) in _MEANT:
                return found[0].strip()
    return None


def _closes_at_once(found: re.Match[str]) -> bool:
    return (found[2] or " ").strip() in _CLOSING


def note_mark(message: IncomingMessage) -> str | None:
    """Return the first such mark in a mail: in what is new, or else anywhere in it, a signature included."""
    return unheeded_note(message.new_text.text) or unheeded_note(message.text)


def is_perhaps_internal(message: IncomingMessage, reading: Reading) -> bool:
    """Tell whether a mail was perhaps meant as a note: by a mark, or by a command that resembles one."""
    verbs = [found.verb for found in reading.near_misses]
    verbs += [found.verb for found in reading.malformed]
    verbs += [found.verb for found in reading.misplaced]
    hints = (word_key(found[1]) for found in _HINTED.finditer(message.new_text.text))
    is_like_a_note = any(verb.name == "note" for verb in verbs) or any(hint in _MEANT for hint in hints)
    return is_like_a_note or note_mark(message) is not None


def _is_near(key: str) -> bool:
    return any(abs(len(key) - len(word)) <= 1 and distance(key, word) == 1 for word in ("note", "nota", "interne"))
