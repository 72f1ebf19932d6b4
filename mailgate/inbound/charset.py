"""Octets and encoded words into clean text, for every input.

Only the charsets of a list are decoded: in some of Python's codecs (utf-7, unicode_escape) harmless octets turn into
brackets and tags, so that nobody who looks at the mail sees what a program would read. Nothing here raises.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
import unicodedata
from collections.abc import Iterator

# Canonical codec name → codec used. The supersets follow the WHATWG Encoding Standard, section 4.2, as mail programs
# label windows-1252 as latin-1 and GBK as GB 2312.
_CODECS = {
    "ascii": "utf-8",
    "utf-8": "utf-8",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
} | {
    name: name
    for name in (
        *(f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *(f"cp{page}" for page in (437, 850, 852, 855, 866, 874, 932, 949, *range(1250, 1259))),
        *("utf-16", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "gb18030", "big5hkscs"),
        *("euc_jp", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_kr"),
    )
}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_OTHER_NAMES = {"x-mac-roman": "mac-roman", "macintosh": "mac-roman", "ks_c_5601-1987": "cp949", "windows-874": "cp874"}

_ENCODED_WORD = re.compile(r"=\?([^\s?*]{1,40})(?:\*[^\s?]{0,40})?\?([bBqQ])\?([^?]*)\?=")  # RFC 2047 section 2
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n|\r|\x85|\u2028|\u2029")
# Bidirectional controls and characters of no width, which make one name look like another (UAX #9, UTS #39).
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_SPACE = re.compile(r"\s+")


def codec(name: str) -> str | None:
    """Return the codec for a charset label, or None where the label is unknown or not on the list."""
    label = name.strip().strip("\"'").lower()
    if not label.isascii() or len(label) > 40:
        return None
    try:
        canonical = codecs.lookup(_OTHER_NAMES.get(label, label)).name
    except (LookupError, ValueError):
        return None
    return _CODECS.get(canonical)


def decode(octets: bytes, declared: str = "") -> str:
    """Decode octets: as declared, else by byte order mark or as UTF-8 where valid, else as windows-1252."""
    for name in _candidates(octets, declared):
        try:
            return octets.decode(name)
        except UnicodeError:
            continue
    return octets.decode(codec(declared) or "cp1252", "replace")


def _candidates(octets: bytes, declared: str) -> Iterator[str]:
    if (name := codec(declared)) is not None:
        yield name
    yield from (name for mark, name in _BOMS if octets.startswith(mark))
    yield "utf-8"
    yield "cp1252"


def decode_field(value: str, declared: str = "") -> str:
    """Return a header value in which octets that the parser kept as surrogates are decoded (RFC 6532, or older).

    What is not UTF-8 is in the charset of the text below it, where that is declared: writers of both used the same.
    """
    if value.isascii():
        return value
    try:
        octets = value.encode("ascii", "surrogateescape")
        octets.decode()
    except UnicodeDecodeError:
        return decode(octets, declared)
    except UnicodeError:
        return value
    return octets.decode()


def decode_words(value: str) -> str:
    """Decode the encoded words of RFC 2047; one in a charset off the list, or broken, stays as it is written.

    Neighbouring words of one charset are joined before decoding: programs cut characters of several octets in two.
    """
    pieces: list[str] = []
    octets, charset, end = b"", "", 0
    for word in _ENCODED_WORD.finditer(value):
        gap = value[end : word.start()]
        decoded = _word_octets(word[2], word[3], name) if (name := codec(word[1])) else None
        if octets and (gap.strip() or decoded is None or word[1].lower() != charset):
            pieces.append(decode(octets, charset))
            octets = b""
        if gap.strip() or not charset or decoded is None:
            pieces.append(gap)
        if decoded is None:
            pieces.append(word[0])
            charset = ""
        else:
            octets, charset = octets + decoded, word[1].lower()
        end = word.end()
    if octets:
        pieces.append(decode(octets, charset))
    return "".join([*pieces, value[end:]])


def _word_octets(encoding: str, text: str, name: str) -> bytes | None:
    octets = text.encode(name if name.startswith(("cp", "utf-8", "iso8859")) else "ascii", "replace")
    if encoding in "qQ":
        return quopri.decodestring(octets.replace(b" ", b"_"), header=True)
    octets = octets.rstrip(b"=")
    try:
        return base64.b64decode(octets + b"=" * (-len(octets) % 4))
    except (binascii.Error, ValueError):
        return None


def without_foreign_words(value: str) -> str:
    """Spoil encoded words in a charset off the list, so that a library with no such list leaves them as text."""
    return _ENCODED_WORD.sub(lambda word: word[0] if codec(word[1]) else word[0].replace("=?", "=_"), value)


def clean_text(text: str) -> str:
    """Return text for storing and showing: NFC, LF line ends, no control characters and no lone surrogates."""
    return unicodedata.normalize("NFC", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)))


def clean_line(text: str) -> str:
    """Return a subject, name or file name: clean, on one line, with nothing invisible that could mislead a reader."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", clean_text(text))).strip()


def clean_address(address: str) -> str:
    """Return an address for storing and showing that equals no other: what is invisible is replaced, not dropped."""
    return _INVISIBLE.sub("\ufffd", _CONTROLS.sub("\ufffd", _SPACE.sub("", address)))
