"""A rendered notice and its header fields → the octets of one mail, RFC 5322 and MIME.

The same input gives the same octets, boundaries included, so that a mail that is sent twice is one mail twice. Only
CRLF ends a line, only ASCII travels, and what people wrote can neither add a header field nor close a MIME part. Not
here: what the mail says (`render.py`), and who receives it: one recipient each, and no Bcc.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import PurePosixPath

from mailgate.domain.notice import File
from mailgate.errors import PermanentError
from mailgate.outbound.header_fields import (
    clean_text,
    filename_parameter,
    is_message_id,
    mailbox,
    message_ids,
    token,
    unstructured,
)
from mailgate.outbound.inert import defuse
from mailgate.outbound.scene import Rendered

LONGEST_FILENAME = 120

#: Types under which a file travels on; every other one is octets. Nothing that runs, nests mail or is a calendar part.
FORWARDED_TYPES = frozenset(
    {
        "application/geo+json",
        "application/geopackage+sqlite3",
        "application/gzip",
        "application/json",
        "application/msword",
        "application/pdf",
        "application/vnd.ms-excel",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/zip",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/tiff",
        "image/webp",
        "text/csv",
        "text/plain",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """The header fields of one mail to one person. `references` and `in_reply_to` may be empty.

    `is_automatic` tells the machine's own words from a person's that are passed on; only the former are marked as
    automatic. `loop_mark` is what this installation recognises its own mail by.
    """

    from_name: str
    from_address: str
    to_name: str
    to_address: str
    reply_to: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    date: datetime
    is_automatic: bool
    loop_mark: str

    def __post_init__(self) -> None:
        if self.date.tzinfo is None:
            raise ValueError("the date of a mail must be aware")


def compose(rendered: Rendered, *, headers: Headers, files: Sequence[tuple[File, bytes]] = ()) -> bytes:
    """Return the mail as it goes over the wire, text and HTML as alternatives, the files attached.

    Raises PermanentError where an address or the mail's own identifier cannot be written.
    """
    boundary = hashlib.sha256(headers.message_id.encode("utf-8", "replace")).hexdigest()[:32]
    bodies = [_text_part("plain", rendered.text), _text_part("html", rendered.html)]
    entity = _multipart("alternative", f"=_a{boundary}", bodies)
    if files:
        attached = [_attachment(file, content) for file, content in files]
        entity = _multipart("mixed", f"=_m{boundary}", [entity, *attached])
    return _header(rendered.subject, headers) + b"MIME-Version: 1.0\r\n" + entity


def _header(subject: str, headers: Headers) -> bytes:
    if not is_message_id(headers.message_id):
        raise PermanentError("a mail has no valid Message-ID of its own")
    fields = [
        token("Date", format_datetime(headers.date)),
        mailbox("From", defuse(headers.from_name), headers.from_address),
        mailbox("To", defuse(headers.to_name), headers.to_address),
        mailbox("Reply-To", defuse(headers.from_name), headers.reply_to) if headers.reply_to else b"",
        unstructured("Subject", defuse(subject)),
        token("Message-ID", headers.message_id),
        message_ids("In-Reply-To", (headers.in_reply_to,)),
        message_ids("References", headers.references),
        *_marks(headers),
    ]
    return b"".join(fields)


def _marks(headers: Headers) -> list[bytes]:
    """RFC 3834 section 5: what a machine wrote says so, and whether it answers a mail."""
    marks = [token("X-Mailgate-Loop", headers.loop_mark)]
    if headers.is_automatic:
        kind = "auto-replied" if headers.in_reply_to else "auto-generated"
        marks += [token("Auto-Submitted", kind), token("X-Auto-Response-Suppress", "All")]
    return marks


def _multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """A boundary with "=_" cannot occur in quoted-printable or base64 text (RFC 2045 section 6.7)."""
    content_type = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'
    delimited = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode("ascii"), part) for part in parts)
    return content_type.encode("ascii") + delimited + f"--{boundary}--\r\n".encode("ascii")


def _text_part(subtype: str, text: str) -> bytes:
    fields = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    lines = re.split(r"\r\n|\r|\n", text.rstrip("\r\n"))
    # binascii takes the kind of line end for its soft breaks from the first one: there must be one.
    octets = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")
    return fields.encode("ascii") + binascii.b2a_qp(octets, istext=True)


def _attachment(file: File, content: bytes) -> bytes:
    content_type = file.content_type.lower()
    fields = (
        f"Content-Type: {content_type if content_type in FORWARDED_TYPES else 'application/octet-stream'}\r\n"
        f"Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {filename_parameter(clean_filename(file.filename))}\r\n\r\n"
    )
    return fields.encode("ascii") + base64.encodebytes(content).replace(b"\n", b"\r\n")


def clean_filename(filename: str) -> str:
    """Return a name that is only a name: no folder, no leading dot, no hidden character, at most 120 characters."""
    base = PurePosixPath(clean_text(filename).replace("\\", "/")).name
    name = defuse(base).strip(". ") or "attachment"
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix[:20]
    return name if len(name) <= LONGEST_FILENAME else stem[: LONGEST_FILENAME - len(suffix)] + suffix
