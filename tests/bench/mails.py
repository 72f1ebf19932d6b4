"""The mails of the bench: questions and replies of a known sender, 3 kB or 1 MB, no two alike.

Written once before the clock runs. The large one carries what large mails carry: a file in base64 that no program can
press any smaller.
"""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass

BORDER = "mx.example.org"
CLIENT = "ana@town.example.com"
SUPPORT = "support@example.org"

SMALL, LARGE = 3_000, 1_000_000  # octets

_WORDS = "index polygon layer projection server raster query grid export style column point metre slow empty"


@dataclass(frozen=True, slots=True)
class Answered:
    """A mail of the desk that the replies of the bench answer."""

    message_id: str
    reply_to: str


def question(number: int, octets: int = SMALL) -> tuple[str, bytes]:
    """Return recipient and octets of a new question."""
    return SUPPORT, _mail(number, octets, SUPPORT, f"Question {number}", b"")


def reply(number: int, octets: int, answered: Answered) -> tuple[str, bytes]:
    """Return recipient and octets of an answer to a mail of the desk."""
    thread = f"In-Reply-To: {answered.message_id}\r\nReferences: {answered.message_id}\r\n".encode()
    return answered.reply_to, _mail(number, octets, answered.reply_to, f"Re: Question {number}", thread)


def _mail(number: int, octets: int, to: str, subject: str, thread: bytes) -> bytes:
    header = (
        f"Authentication-Results: {BORDER}; dmarc=pass header.from=town.example.com\r\n"
        f"Received: from mail.town.example.com by {BORDER} with ESMTPS; Mon, 23 Nov 2026 09:00:00 +0100\r\n"
        f'From: "Ana Prieto" <{CLIENT}>\r\nTo: {to}\r\nSubject: {subject}\r\n'
        f"Date: Mon, 23 Nov 2026 08:59:58 +0100\r\nMessage-ID: <{number}.bench@town.example.com>\r\n"
        "MIME-Version: 1.0\r\n"
    ).encode() + thread
    random_words = random.Random(number)
    text = _text(random_words, min(octets, SMALL) - len(header) - 200)
    plain = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text
    if octets <= SMALL:
        return header + plain
    file = base64.encodebytes(random_words.randbytes((octets - SMALL) * 56 // 78)).replace(b"\n", b"\r\n")
    return (
        header
        + b'Content-Type: multipart/mixed; boundary="=_bench"\r\n\r\n--=_bench\r\n'
        + plain
        + b"\r\n--=_bench\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
        + b'Content-Disposition: attachment; filename="layers.zip"\r\n\r\n'
        + file
        + b"--=_bench--\r\n"
    )


def _text(random_words: random.Random, octets: int) -> bytes:
    lines = [b"Hello,", b""]
    words = _WORDS.split()
    while sum(map(len, lines)) + 2 * len(lines) < octets:
        lines.append(" ".join(random_words.choices(words, k=10)).encode())
    return b"\r\n".join(lines)[:octets].rstrip() + b"\r\n"
