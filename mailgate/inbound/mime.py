"""The MIME tree of a parsed message: its leaves, their parameters and their octets, each by a total function.

The tree is the one of the `compat32` policy, whose values are plain strings: the newer policies raise on access.
Attached mails (message/*) are leaves and are never entered, so that nothing in them is taken for the message's own.
"""

from __future__ import annotations

import email.generator
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError, StartBoundaryNotFoundDefect
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import Compat32
from urllib.parse import unquote_to_bytes

from mailgate.inbound import limits
from mailgate.inbound.charset import clean_line, codec, decode, decode_field, decode_words

FILENAME_CHARACTERS = 120
FED_OCTETS = 1 << 18

# What the standard library raises on broken headers, payloads and encodings. RecursionError is a RuntimeError.
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError, MessageError)

_EXTENSIONS = {
    "text/plain": "txt", "text/html": "html", "text/calendar": "ics", "text/csv": "csv", "image/jpeg": "jpg",
    "image/svg+xml": "svg", "message/rfc822": "eml", "application/pdf": "pdf", "application/zip": "zip",
    "application/ms-tnef": "dat", "application/pkcs7-mime": "p7m", "application/x-pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s", "application/x-pkcs7-signature": "p7s", "application/pgp-signature": "asc",
    "application/pgp-encrypted": "asc", "application/pgp-keys": "asc",
}  # fmt: skip
_SUBTYPE = re.compile(r"[a-z0-9]{1,8}")
_PATH = re.compile(r"[/\\:*?\"<>|]")


class _AsItCame(Compat32):
    """Writes fields as they stand in the mail: the library would fold them anew, slowly, and refuse some."""

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}{self.linesep}".encode("ascii", "surrogateescape")


_AS_IT_CAME = _AsItCame()


class TooMuch(Exception):  # noqa: N818  # not an error of the program: a cap that only the parser could see
    """The message has more parts or levels than `limits` allows; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A leaf of the MIME tree. `part` is its place in the depth-first walk; `parents` are outermost first."""

    part: int
    message: Message
    parents: tuple[Message, ...]

    @property
    def content_type(self) -> str:
        """The media type in lower case, as RFC 2045 section 5.2 has it for absent or broken fields."""
        return content_type(self.message)


def parse_tree(raw: bytes) -> Message:
    """Return the tree of a message that is within the caps.

    Raises TooMuch when the parser finds more parts or levels than the scan of the octets did.
    """
    parts = 0

    def counted() -> Message:
        nonlocal parts
        parts += 1
        if parts > limits.PARTS:
            raise TooMuch(f"more than {limits.PARTS} parts")
        return Message()

    parser = BytesFeedParser(_factory=counted)
    try:
        for start in range(0, len(raw), FED_OCTETS):  # of all it is fed at once it makes a copy four times as large
            parser.feed(raw[start : start + FED_OCTETS])
        tree = parser.close()
    except RecursionError as error:
        raise TooMuch(f"more than {limits.NESTING} levels of nesting") from error
    _check_nesting(tree)
    return tree


def _check_nesting(tree: Message) -> None:
    stack = [(tree, 0)]
    while stack:
        message, depth = stack.pop()
        if depth > limits.NESTING:
            raise TooMuch(f"more than {limits.NESTING} levels of nesting")
        stack.extend((inner, depth + 1) for inner in attached(message))


def leaves(tree: Message) -> Iterator[Leaf]:
    """Yield the leaves, depth first. An attached mail is a leaf, and so is a multipart without any part."""
    stack: list[tuple[Message, tuple[Message, ...]]] = [(tree, ())]
    part = 0
    while stack:
        message, parents = stack.pop()
        inner = children(message)
        if inner:
            stack.extend((child, (*parents, message)) for child in reversed(inner))
        else:
            yield Leaf(part=part, message=message, parents=parents)
            part += 1


def children(message: Message) -> list[Message]:
    """Return the parts of a multipart; none for anything else."""
    return attached(message) if message.get_content_maintype() == "multipart" else []


def attached(message: Message) -> list[Message]:
    """Return what the parser found inside a part: of a message/* part a mail, or the blocks of a delivery status."""
    if not message.is_multipart():
        return []  # not asked for its payload, which would be decoded by whatever charset it names
    payload = message.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def ends_before_it_begins(message: Message) -> bool:
    """Tell whether a multipart has its last delimiter first: the parser keeps nothing of what follows it."""
    return any(isinstance(defect, StartBoundaryNotFoundDefect) for defect in message.defects)


def content_type(message: Message) -> str:
    """Return the media type in lower case."""
    return clean_line(message.get_content_type())[:100]


def is_multipart_by_name(message: Message) -> bool:
    """Tell whether a part says that it is a multipart, even in a form that RFC 2045 section 5.2 reads as plain text."""
    return str(message.get("content-type", "")).lstrip().lower().startswith("multipart")


def parameter(message: Message, name: str, header: str = "content-type") -> str:
    """Return a parameter of a MIME field, decoded whether written as RFC 2231 or as encoded words; '' if absent."""
    try:
        value = message.get_param(name, "", header)
    except _FAULTS:
        return ""
    if isinstance(value, tuple):
        declared, _, text = value
        return decode(text.encode("latin-1", "replace"), declared or "")
    value = decode_field(str(value))
    if value.lower().startswith(("utf-8''", "iso-8859-1''")):  # RFC 2231 form under a name without its asterisk
        declared, _, text = value.partition("''")
        return decode(unquote_to_bytes(text), declared)
    return decode_words(value)


def disposition(message: Message) -> str:
    """Return attachment, inline, another word, or '' (RFC 2183)."""
    value = str(message.get("content-disposition", ""))
    return clean_line(value.partition(";")[0]).lower()


def filename(leaf: Leaf) -> str:
    """Return a name for display: the sender's, without path and control characters, else one made from the place."""
    given = parameter(leaf.message, "filename", "content-disposition") or parameter(leaf.message, "name")
    name = clean_line(_PATH.sub(" ", given.replace("\\", "/").rpartition("/")[2])).strip(". ")
    if len(name) > FILENAME_CHARACTERS:
        stem, dot, extension = name.rpartition(".")
        extension = dot + extension if stem and len(extension) <= 10 else ""
        name = name[: FILENAME_CHARACTERS - len(extension)] + extension
    return name or f"part-{leaf.part}.{_extension(leaf.content_type)}"


def has_filename(message: Message) -> bool:
    """Tell whether the sender named the part."""
    return bool(parameter(message, "filename", "content-disposition") or parameter(message, "name"))


def _extension(media_type: str) -> str:
    subtype = media_type.partition("/")[2]
    return _EXTENSIONS.get(media_type) or (subtype if _SUBTYPE.fullmatch(subtype) else "bin")


def octets(message: Message) -> bytes:
    """Return the decoded octets of a leaf; of an attached mail, the mail itself as the parser kept it."""
    if message.is_multipart():
        return _flattened(message)
    try:
        payload = message.get_payload(decode=True)
    except _FAULTS:
        return b""
    return payload if isinstance(payload, bytes) else b""


def _flattened(message: Message) -> bytes:
    buffer = io.BytesIO()
    generator = email.generator.BytesGenerator(buffer, mangle_from_=False, policy=_AS_IT_CAME)
    try:
        for place, block in enumerate(attached(message)):
            buffer.write(b"\n" if place else b"")
            generator.flatten(block)
    except _FAULTS:
        return buffer.getvalue()
    return buffer.getvalue()


def text(message: Message) -> tuple[str, str]:
    """Return the text of a leaf, not yet cleaned, and its charset where that is not accepted ('' where all is well)."""
    declared = parameter(message, "charset")
    is_refused = bool(declared) and codec(declared) is None
    return decode(octets(message)[: 4 * limits.TEXT_CHARACTERS], declared), clean_line(declared) if is_refused else ""
