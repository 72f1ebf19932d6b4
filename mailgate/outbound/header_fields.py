"""Header fields as octets: cleaned, encoded and folded, so that nothing a person wrote can start a field of its own.

RFC 5322 (fields, folding), RFC 2047 (encoded words), RFC 2231 (file names), RFC 5890 (domains). The output is ASCII
with CRLF. The standard library's policies are not used for header fields: they put message identifiers into encoded
words, or encoded words over their limit of 75 characters, whichever line length is chosen. Not here: which fields a
mail has (`compose.py`).
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from mailgate.errors import PermanentError

LINE_LENGTH = 76  # RFC 2047 section 2: the limit of a line that holds an encoded word
OCTETS_OF_A_WORD = 39  # 64 characters once encoded, which fit beside the name of any field that is used here
LONGEST_WORD = 300  # an ASCII word beyond this is encoded, so that the line can be folded
LONGEST_REFERENCES = 900  # RFC 5322 section 2.1.1: 998 octets a line, which some servers apply to the unfolded field

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,248}>")  # no longer than 250 octets: nothing that long threads anywhere


def clean_text(text: str) -> str:
    """Return one line of visible text: no control, bidi, zero-width or surrogate character, NFC, single spaces.

    A no-break space is a space here: in a header it would only force an encoded word.
    """
    if not text.isprintable():
        text = "".join(map(_seen, text))
    return " ".join(unicodedata.normalize("NFC", text).split())


def _seen(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char


def unstructured(name: str, text: str) -> bytes:
    """Return a field of free text, such as Subject."""
    cleaned = clean_text(text)
    words = cleaned.split(" ") if _is_plain(cleaned) else list(_encoded_words(cleaned))
    return _folded(name, words)


def token(name: str, value: str) -> bytes:
    """Return a field whose value the desk itself has written in ASCII. Raises PermanentError for anything else."""
    if not value.isascii() or clean_text(value) != value:
        raise PermanentError(f"the value of the header field {name} is not plain ASCII")
    return f"{name}: {value}\r\n".encode("ascii")


def mailbox(name: str, display_name: str, address: str) -> bytes:
    """Return a field with one mailbox. Raises PermanentError for an address that cannot be written in ASCII."""
    angle = f"<{ascii_address(address)}>"
    cleaned = clean_text(display_name)
    if not cleaned:
        return _folded(name, [angle[1:-1]])
    if not _is_plain(cleaned):
        return _folded(name, [*_encoded_words(cleaned), angle])
    if _ATOMS.fullmatch(cleaned):
        return _folded(name, [*cleaned.split(" "), angle])
    quoted = cleaned.replace("\\", "\\\\").replace('"', '\\"')
    return _folded(name, [*f'"{quoted}"'.split(" "), angle])


def message_ids(name: str, ids: Sequence[str]) -> bytes:
    """Return a field of message identifiers, folded between them and never within; empty for none that is valid.

    Identifiers come from other people's mail: what is not one is left out. Of too many, the first and the last ones
    stay, which is what threading goes by (RFC 5322 section 3.6.4).
    """
    valid = list(dict.fromkeys(each for each in ids if is_message_id(each)))
    return _folded(name, _first_and_last(valid)) if valid else b""


def _first_and_last(ids: list[str]) -> list[str]:
    kept, room = ids[:1], LONGEST_REFERENCES - len(ids[0])
    last: list[str] = []
    for each in reversed(ids[1:]):
        room -= len(each) + 1
        if room < 0:
            break
        last.insert(0, each)
    return kept + last


def is_message_id(value: str) -> bool:
    """Tell whether this is a msg-id of RFC 5322 that can be written into a header field as it is."""
    return _MESSAGE_ID.fullmatch(value) is not None


def ascii_address(address: str) -> str:
    """Return the address with its domain in IDNA. Raises PermanentError where it has no ASCII form."""
    local, _, domain = address.rpartition("@")
    try:
        encoded = f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise PermanentError("an address has a domain that is not one") from error
    if not _ADDRESS.fullmatch(encoded):
        raise PermanentError("an address cannot be written in ASCII, or is not one")
    return encoded


def filename_parameter(filename: str) -> str:
    """Return the filename parameter of a Content-Disposition, on lines of its own where it is long (RFC 2231)."""
    if filename.isascii() and len(filename) <= 60 and re.fullmatch(r"[A-Za-z0-9 ._()+,=@-]+", filename):
        return f'filename="{filename}"'
    encoded = [quote(char, safe="") for char in filename]
    pieces = list(_packed(encoded, 50))
    if len(pieces) == 1:
        return f"filename*=utf-8''{pieces[0]}"
    first, *rest = pieces
    return f"filename*0*=utf-8''{first}" + "".join(f";\r\n filename*{i}*={piece}" for i, piece in enumerate(rest, 1))


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text and all(len(word) <= LONGEST_WORD for word in text.split(" "))


def _encoded_words(text: str) -> Iterator[str]:
    """Yield encoded words of at most 75 characters, each of whole characters (RFC 2047 sections 2 and 5)."""
    octets = b""
    for char in text:
        if len(octets) + len(char.encode()) > OCTETS_OF_A_WORD:
            yield _encoded_word(octets)
            octets = b""
        octets += char.encode()
    yield _encoded_word(octets)


def _encoded_word(octets: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(octets).decode('ascii')}?="


def _packed(pieces: Sequence[str], limit: int) -> Iterator[str]:
    line = ""
    for piece in pieces:
        if line and len(line) + len(piece) > limit:
            yield line
            line = ""
        line += piece
    yield line


def _folded(name: str, words: Sequence[str]) -> bytes:
    lines, line = [], f"{name}:"
    for position, word in enumerate(words):
        if position and len(line) + 1 + len(word) > LINE_LENGTH:
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    return "\r\n".join(lines).encode("ascii") + b"\r\n"
