"""One line of a text in the form in which the tables have their words, and what it holds of an attribution or a header.

Not here: what the line means among its neighbours (`borders.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailgate.inbound.quotation_marks import HEADER_LABELS, OPENERS, WROTE

INTRODUCTION_CHARACTERS = 400  # a longer line introduces nothing

_QUOTE = re.compile(r"[ \t]{0,3}(?:>|\|(?=[^|]*$)|&gt;|¦|＞)")  # a row of a table has more than one bar
_MARK = re.compile(r"^[ \t]{0,3}>[ \t]?")
_BOLD = re.compile(r"[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ADDRESS = re.compile(r"[^\s@<>\[\](),;:]{1,64}@[^\s@<>\[\](),;:]{1,190}")
_DIGIT = re.compile(r"\d")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}|\d{1,2} ?[ap]\.?m\b")
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d年|\d{1,2}\.? \w{3,}|\w{3,} \d{1,2}\b")
_WROTE = re.compile(
    "|".join(
        rf"(?<!\w){re.escape(verb)}(?!\w)" if verb.isascii() or verb[0] < "\u0500" else re.escape(verb)
        for verb in WROTE
    )
)
_LABEL = re.compile(r"([^\s:：][^:：]{0,20}?)\s?[:：](\s|$)?")


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line as written, in the form in which the tables have it, and what it holds of an attribution or a header."""

    written: str
    plain: str = ""
    is_quoted: bool = False
    is_blank: bool = False
    has_verb: bool = False
    has_address: bool = False
    has_day: bool = False
    has_time: bool = False
    has_sign: bool = True  # something that an attribution or a header has: a digit, an address, a colon, a stroke
    is_labelled: bool = False  # it begins like «From:»
    label: str = ""  # what the label means, where it is known

    @property
    def has_colon(self) -> bool:
        """Tell whether it ends in a colon."""
        return self.plain.endswith((":", "："))

    @property
    def has_moment(self) -> bool:
        """Tell whether it names a day or a time of day."""
        return self.has_day or self.has_time

    @property
    def begins_attribution(self) -> bool:
        """Tell whether an attribution may begin here that goes on in the next line."""
        return self.has_address or (self.has_day and self.has_time) or self.plain.startswith(OPENERS)

    @property
    def ends_with_verb(self) -> bool:
        """Tell whether it ends like «… X wrote»."""
        end = len(self.plain.rstrip(" ."))
        return self.has_verb and any(found.end() == end for found in _WROTE.finditer(self.plain))

    def unquoted(self) -> TextLine:
        """Return the line without its first mark of quotation."""
        return text_line(_MARK.sub("", self.written))


def text_line(written: str) -> TextLine:
    """Return a line with what is known of it by itself."""
    is_plain = written.isascii()  # asked first, as the others are: few lines need the slow patterns
    spaced = written if is_plain else _INVISIBLE.sub("", written.replace("\xa0", " ").replace("\u202f", " "))
    is_quoted = _QUOTE.match(spaced) is not None
    unmarked = _BOLD.sub("", spaced) if "*" in spaced or "_" in spaced else spaced
    plain = " ".join(unmarked.split()).casefold()
    if not plain or len(plain) > INTRODUCTION_CHARACTERS:
        return TextLine(written.rstrip(), plain, is_quoted, is_blank=not spaced.strip())
    has_digit = _DIGIT.search(plain) is not None
    has_colon = ":" in plain or "：" in plain
    label = _LABEL.match(plain) if has_colon else None
    meaning = HEADER_LABELS.get(label[1].strip(), "") if label else ""
    return TextLine(
        written=written.rstrip(),
        plain=plain,
        is_quoted=is_quoted,
        has_verb=any(map(plain.__contains__, WROTE)) and _WROTE.search(plain) is not None,
        has_address="@" in plain and _ADDRESS.search(plain) is not None,
        has_day=has_digit and _DATE.search(plain) is not None,
        has_sign=has_digit or has_colon or "@" in plain or not plain[0].isalpha() or plain.startswith(OPENERS),
        has_time=has_digit and _TIME.search(plain) is not None,
        is_labelled=label is not None and (label[2] is not None or meaning != ""),
        label=meaning,
    )
