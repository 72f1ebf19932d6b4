"""The rows of all languages put together, in the forms in which the scanners ask for them.

A mail may quote in any language, whatever its own is, so that every word is looked for in every mail. Nothing here
decides; the words themselves are in `languages.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from mailgate.inbound.languages import LANGUAGES, Language, Words


def _all(words: Callable[[Language], Words]) -> Words:
    return tuple(dict.fromkeys(word.casefold() for language in LANGUAGES for word in words(language)))


WROTE = _all(lambda language: language.wrote)
OPENERS = _all(lambda language: language.openers)
ORIGINAL_MESSAGE = _all(lambda language: language.original)
FORWARDED = _all(lambda language: language.forwarded)
REPLY_ABOVE = _all(lambda language: language.above)
FOOTERS = _all(lambda language: language.footers)
CLOSINGS = _all(lambda language: language.closings)
BANNERS = _all(lambda language: language.banners)
DISCLAIMERS = _all(lambda language: language.disclaimers)

#: Labels of a header block, by what they mean.
HEADER_LABELS: dict[str, str] = {
    label: meaning
    for meaning, labels in {
        "from": _all(lambda language: language.author),
        "date": _all(lambda language: language.sent),
        "to": _all(lambda language: language.to),
        "subject": _all(lambda language: language.subject),
        "cc": _all(lambda language: language.copy),
    }.items()
    for label in labels
}
