"""Byte-level caps on a message, checked before any parser sees it.

Every MIME library has inputs on which it takes minutes or the whole stack; all of them are large in one of the ways
counted here. The scan is linear, never recurses and reads a message as `email.feedparser` would: lines end in CR, LF
or CRLF, and a delimiter of an outer multipart ends the inner ones. What it cannot see (attached mails in a digest,
boundaries in the extended form of RFC 2231) the parser counts again. Nothing here decodes or interprets a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

KIB, MIB = 1 << 10, 1 << 20

MESSAGE_OCTETS = 36 * MIB  # 25 MB of attachments, in base64
LINE_OCTETS = 8 * MIB  # a parser may need many times as much for one line
HEADER_OCTETS = 256 * KIB  # one header block
HEADER_FIELDS = 1_000  # in one header block
FIELD_OCTETS = 64 * KIB
ADDRESSES = 200  # in one field
SEPARATORS = 2 * ADDRESSES  # commas and semicolons in such a field: between addresses, and one in each name
PARAMETERS = 50  # in one Content-* field
BOUNDARY_OCTETS = 70  # RFC 2046 section 5.1.1
NESTING = 20  # multiparts and attached mails inside each other
PARTS = 500
DASHED_LINES = 100_000  # lines that might be delimiters
TEXT_CHARACTERS = 5 * MIB  # decoded text

_DASHED_LINE = re.compile(rb"(?:\A|(?<=[\r\n]))--([^\r\n]*)")
_HEADER_LINE = re.compile(rb"(?:From |[!-9;-~]*+:|[ \t])[^\r\n]*+(?:\r\n|\r|\n|\Z)")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BOUNDARY = re.compile(rb"boundary[ \t]*+=\s*+(?:\"([^\"]*+)\"|([^\s;\"]++))")
_CONTENT_FIELD = re.compile(rb"content-[a-z-]++[ \t]*+:")
_ADDRESS_FIELD = re.compile(rb"(?:resent-)?+(?:from|to|cc|bcc|sender|reply-to)[ \t]*+:")
_ATTACHED_MAIL = re.compile(rb"content-type[ \t]*+:\s*+message/")


def excess(raw: bytes) -> str | None:
    """Return which cap the message exceeds, as a short English reason, or None when a parser may have it."""
    return next(_Scan(raw).excesses(), None)


@dataclass(frozen=True, slots=True)
class _Multipart:
    boundary: bytes
    depth: int


class _Scan:
    """One pass over a message: which multiparts are open at the place reached, and how much was counted."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0  # header blocks are read up to here
        self._depth = 0
        self._open: list[_Multipart] = []

    def excesses(self) -> Iterator[str]:
        """Yield a reason for each cap exceeded; to be stopped after the first."""
        if len(self._raw) > MESSAGE_OCTETS:
            yield f"message of more than {MESSAGE_OCTETS // MIB} MiB"
        if _has_long_line(self._raw):
            yield f"line of more than {LINE_OCTETS // MIB} MiB"
        yield from self._header_blocks()
        parts = 1
        for dashed_lines, line in enumerate(_DASHED_LINE.finditer(self._raw), start=1):
            if dashed_lines > DASHED_LINES:
                yield f"more than {DASHED_LINES} lines that might be delimiters"
            if line.start() < self._at or (found := self._delimited(line[1])) is None:
                continue
            is_last, level = found
            self._at = line.end()
            self._depth = self._open[level].depth
            del self._open[level if is_last else level + 1 :]
            if not is_last:
                parts += 1
                if parts > PARTS:
                    yield f"more than {PARTS} parts"
                yield from self._header_blocks()

    def _delimited(self, line: bytes) -> tuple[bool, int] | None:
        """Return whether a dashed line ends a multipart for good, and the level of the outermost that it delimits."""
        name = line.rstrip(b" \t")
        for level, multipart in enumerate(self._open):
            if name == multipart.boundary:
                return False, level
            if name == multipart.boundary + b"--":
                return True, level
        return None

    def _header_blocks(self) -> Iterator[str]:
        """Check the header block of a part and, where the part is an attached mail, the block that follows at once."""
        is_mail = True
        while is_mail:
            is_mail = False
            self._skip_line_end()
            boundary = b""
            for field in self._fields():
                if isinstance(field, str):
                    yield field
                    continue
                start = field[:FIELD_OCTETS].lower()
                yield from _field_excesses(field, start)
                if start.startswith(b"content-type"):
                    found = _BOUNDARY.search(field.lower())
                    boundary = b"" if found is None else _as_written(field, found)
                    is_mail = _ATTACHED_MAIL.match(start) is not None
            yield from self._enter(boundary, is_mail=is_mail)

    def _skip_line_end(self) -> None:
        """Step over the line end of a delimiter, or over the empty line between a part's header and its content."""
        if self._at and (end := _LINE_END.match(self._raw, self._at)):
            self._at = end.end()

    def _fields(self) -> Iterator[bytes | str]:
        """Yield the fields of the header block at this place, as written, and a reason when there are too many."""
        begin = start = self._at
        fields = 0
        while line := _HEADER_LINE.match(self._raw, self._at):
            if self._is_delimiter(line[0]):
                break
            if line[0][:1] not in b" \t":
                fields += 1
                if self._at > start:
                    yield self._raw[start : self._at]
                start = self._at
            self._at = line.end()
            if fields > HEADER_FIELDS:
                yield f"more than {HEADER_FIELDS} header fields"
            if self._at - begin > HEADER_OCTETS:
                yield f"header of more than {HEADER_OCTETS // KIB} KiB"
        if self._at > start:
            yield self._raw[start : self._at]

    def _is_delimiter(self, line: bytes) -> bool:
        return line.startswith(b"--") and self._delimited(line[2:].rstrip(b"\r\n")) is not None

    def _enter(self, boundary: bytes, *, is_mail: bool) -> Iterator[str]:
        if boundary:
            self._open.append(_Multipart(boundary, self._depth + 1))
        if boundary or is_mail:
            self._depth += 1
        if self._depth > NESTING:
            yield f"more than {NESTING} levels of nesting"
        if len(boundary) > BOUNDARY_OCTETS:
            yield f"boundary of more than {BOUNDARY_OCTETS} octets"


def _has_long_line(raw: bytes) -> bool:
    start = 0  # after a line end
    while len(raw) - start > LINE_OCTETS:
        stop = start + LINE_OCTETS + 1
        end = max(raw.rfind(b"\n", start, stop), raw.rfind(b"\r", start, stop))
        if end < 0:
            return True
        start = end + 1
    return False


def _field_excesses(field: bytes, start: bytes) -> Iterator[str]:
    if len(field) > FIELD_OCTETS:
        yield f"header field of more than {FIELD_OCTETS // KIB} KiB"
    if _CONTENT_FIELD.match(start) and start.count(b";") > PARAMETERS:
        yield f"more than {PARAMETERS} parameters"
    if _ADDRESS_FIELD.match(start) and (start.count(b"@") > ADDRESSES or _separators(start) > SEPARATORS):
        yield f"more than {ADDRESSES} addresses in one field"


def _separators(start: bytes) -> int:
    return start.count(b",") + start.count(b";")


def _as_written(field: bytes, found: re.Match[bytes]) -> bytes:
    """Return the boundary in its own letter case: it was found in the lowered field."""
    group = 1 if found[1] is not None else 2
    return field[found.start(group) : found.end(group)].rstrip()
