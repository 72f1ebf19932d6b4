"""A mail that was forwarded inside another one: who wrote it, its subject and its text, for whoever has to answer it.

Mail programs put its header above its text, under a heading of their own or alone; one of them writes a line of
attribution and indents the text. What is found here never says who the sender of the mail is, and nothing in it
commands. Not here: what of the text is new (`new_text.py`), and mails that are attached as files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mailgate.domain.message import ForwardedMail
from mailgate.inbound.quotation_marks import FORWARDED, HEADER_LABELS, WROTE

SCANNED_CHARACTERS = 1 << 16
HEADER_LINES = 14  # of a forwarded header, with lines that are folded
_VALUE_CHARACTERS = 500

_MARKS = re.compile(r"\A[ \t]{0,3}>[ \t]?")
_BOLD = re.compile(r"[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_DASHED = re.compile(r"[-_=~*—–─\s]{2,90}(?P<words>[^-_=~*—–─\s].{2,80}?)[\s:]{0,9}[-_=~*—–─]{2,90}(?P<rest>.*)")
_LABELLED = re.compile(r"([^\s:：][^:：]{0,24}?)\s?[:：](?:\s+|$)(.*)")
_ADDRESS = re.compile(r"[^\s@<>\[\](),;:\"']{1,64}@[^\s@<>\[\](),;:\"']{1,190}")
_INDENT = "    "
_REPLY_PREFIX = re.compile(r"\s*(?:re|aw|sv|antw|rép|r|vs|odp|ynt|res)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
_FORWARD_PREFIX = re.compile(
    r"\s*(?:fwd?|tr|rv|wg|i|enc|doorst|vb|vl|vid|pd|ilt|továbbítás|转发|轉寄)\s*[:：]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as written, without marks, and what it says if it begins with a label: its meaning and its value."""

    written: str
    plain: str
    labelled: tuple[str, str] | None


@dataclass(slots=True)
class _Header:
    """The fields of a forwarded header as they are gathered."""

    values: dict[str, str] = field(default_factory=dict)
    last: str = ""

    def add(self, meaning: str, value: str) -> None:
        self.values.setdefault(meaning, value.strip()[:_VALUE_CHARACTERS])
        self.last = meaning

    def go_on(self, line: str) -> None:
        joined = f"{self.values[self.last]} {line.strip()}"
        self.values[self.last] = joined.strip()[:_VALUE_CHARACTERS]

    @property
    def is_one(self) -> bool:
        """Tell whether these are the fields of a mail: who wrote it, and two more."""
        return "from" in self.values and len(self.values.keys() & {"subject", "date", "to"}) >= 2


def forwarded_mail(text: str, subject: str) -> ForwardedMail | None:
    """Return the first mail that was forwarded in a text, None where there is none.

    A header without a heading is that of the mail which was answered, and not of a forwarded one, where the subject
    says that this is a reply to the very subject that the header names.
    """
    lines = [_line(written) for written in text[:SCANNED_CHARACTERS].split("\n")]
    for at, line in enumerate(lines):
        rest = _after_heading(line.plain)
        if rest is not None:
            found = _below(rest, lines, at + 1)
        elif "@" in line.written or line.labelled is not None:
            found = _headed(lines, at)
            if found is not None and _answers(subject, found):
                return None
            found = found or _attributed(lines, at, subject)
        else:
            continue
        if found is not None:
            return found
    return None


def _answers(subject: str, inner: ForwardedMail) -> bool:
    """Tell whether a subject is that of a reply to the inner mail."""
    return bool(_REPLY_PREFIX.match(subject)) and _bare(subject) == _bare(inner.subject)


def _bare(subject: str) -> str:
    while found := _REPLY_PREFIX.match(subject) or _FORWARD_PREFIX.match(subject):
        subject = subject[found.end() :]
    return " ".join(subject.split()).casefold()


def _line(written: str) -> _Line:
    is_plain = written.isascii()
    visible = written if is_plain else _INVISIBLE.sub("", written)
    unmarked = _MARKS.sub("", visible) if ">" in visible else visible
    if "*" in unmarked or "_" in unmarked:
        unmarked = _BOLD.sub("", unmarked)
    if not is_plain:
        unmarked = unmarked.replace("\xa0", " ").replace("\u202f", " ").replace("\ufeff", "")
    plain = unmarked.strip()
    return _Line(visible, plain, _labelled(plain) if ":" in plain or "：" in plain else None)


def _after_heading(plain: str) -> str | None:
    """Return what follows a heading such as «---------- Forwarded message» on its line; None where it is none."""
    dashed = _DASHED.match(plain) if plain[:2] in {"--", "__", "==", "**", "~~", "——", "––"} else None
    words = (dashed["words"] if dashed else plain).casefold().rstrip(" :：")
    is_heading = words in FORWARDED or (dashed is not None and any(known in words for known in FORWARDED))
    return (dashed["rest"] if dashed else "") if is_heading else None


def _below(rest: str, lines: Sequence[_Line], at: int) -> ForwardedMail | None:
    """Return the mail below a heading; a header may stand on the heading's own line, without line ends."""
    if rest.strip():
        return _from_one_line(rest, lines[at:])
    header_at = next((place for place in range(at, min(at + 4, len(lines))) if lines[place].plain), None)
    return None if header_at is None else _headed(lines, header_at)


def _headed(lines: Sequence[_Line], at: int) -> ForwardedMail | None:
    """Return the mail whose header begins at a line."""
    header = _Header()
    used = 0
    for line in lines[at : at + HEADER_LINES]:
        if line.labelled is not None:
            header.add(*line.labelled)
        elif line.plain and header.last and _is_rest(line.plain, header):
            header.go_on(line.plain)
        else:
            break
        used += 1
    return _mail(header, lines[at + used :]) if header.is_one else None


def _is_rest(plain: str, header: _Header) -> bool:
    """Tell whether a line goes on with the field above it: a value below its label, or further addresses."""
    value = header.values[header.last]
    is_address = header.last in {"from", "to", "cc"}
    return not value or (is_address and (value.endswith((",", ";")) or (plain[0] == "<" and plain[-1] == ">")))


def _labelled(plain: str) -> tuple[str, str] | None:
    """Return what a labelled line says: the meaning of its label, and its value."""
    labelled = _LABELLED.match(plain)
    if labelled is None:
        return None
    meaning = HEADER_LABELS.get(labelled[1].casefold().removesuffix("(cc)").strip())
    return None if meaning is None else (meaning, labelled[2])


def _from_one_line(rest: str, lines: Sequence[_Line]) -> ForwardedMail | None:
    """Return the mail whose header fields follow each other on one line, label after value."""
    header = _Header()
    for meaning, value in _fields_of(rest):
        header.add(meaning, value)
    return _mail(header, lines) if header.is_one else None


def _fields_of(rest: str) -> Iterator[tuple[str, str]]:
    """Yield what each label in a line means, the first time, with what stands from there to the next one."""
    places: dict[str, tuple[int, int]] = {}
    for found in _LABEL_IN_LINE.finditer(rest):
        places.setdefault(HEADER_LABELS[found[1].casefold()], found.span())
    ends = [*(begin for begin, _ in places.values()), len(rest)][1:]
    for (meaning, (_, begin)), end in zip(places.items(), ends, strict=True):
        yield meaning, rest[begin:end]


#: Longest first. On such a line a label follows the value before it without a space, with a capital letter.
_LABEL_IN_LINE = re.compile(
    "("
    + "|".join(
        re.escape(form)
        for label in sorted(HEADER_LABELS, key=len, reverse=True)
        for form in dict.fromkeys((label.capitalize(), label.upper()))
    )
    + r")\s?[:：]"
)


def _attributed(lines: Sequence[_Line], at: int, subject: str) -> ForwardedMail | None:
    """Return the mail that is indented below a line of attribution, as one program forwards."""
    first = lines[at].plain
    address = _ADDRESS.search(first)
    if address is None or not first.endswith((":", "：")) or not any(verb in first.casefold() for verb in WROTE):
        return None
    body_at = next((place for place in range(at + 1, min(at + 4, len(lines))) if lines[place].written.strip()), None)
    if body_at is None or not lines[body_at].written.startswith(_INDENT):
        return None
    inner = "\n".join(line.written.removeprefix(_INDENT) for line in lines[body_at:]).strip()
    prefix = _FORWARD_PREFIX.match(subject)
    return ForwardedMail(sender=address[0], subject=subject[prefix.end() :].strip() if prefix else "", text=inner)


def _mail(header: _Header, lines: Sequence[_Line]) -> ForwardedMail | None:
    address = _ADDRESS.search(header.values["from"])
    text = "\n".join(_MARKS.sub("", line.written, count=1) for line in lines).strip()
    sender = address[0] if address else header.values["from"]
    return ForwardedMail(sender=sender, subject=header.values.get("subject", ""), text=text)
