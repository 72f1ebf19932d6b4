"""The doors through which letters are handed over, each as the server in front would: a table of dialogues.

A dialogue is honest: every command waits for its reply, and a mail is accepted by the 250 after its last line alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum, auto
from functools import partial
from itertools import count
from pathlib import Path

from tests.programmes.torture.letters import Letter

PATIENCE_SECONDS = 30

#: How much of the mail comes by which door.
SHARES = {"smtp": 2, "lmtp": 1, "imap": 2}

_NUMBERS = count(1)


class Answer(Enum):
    """How an attempt to hand a letter over ended."""

    ACCEPTED = auto()  # 250 after its last line
    UNANSWERED = auto()  # another reply or none: the desk may have stored it, or not
    NOBODY = auto()  # nobody listened


#: Hands a letter over.
Door = Callable[[Letter], Awaitable[Answer]]


async def _hand_over(port: int, letter: Letter, hello: bytes) -> Answer:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                is_accepted = await _dialogue(reader, writer, letter, hello)
                return Answer.ACCEPTED if is_accepted else Answer.UNANSWERED
            finally:
                writer.close()
    except ConnectionRefusedError:
        return Answer.NOBODY
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return Answer.UNANSWERED


async def _dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, letter: Letter, hello: bytes) -> bool:
    async def ask(command: bytes) -> bytes:
        writer.write(command)
        reply = await reader.readuntil(b"\n")
        while reply[3:4] == b"-":
            reply = await reader.readuntil(b"\n")
        return reply[:3]

    if await ask(b"") != b"220":
        return False
    steps = (
        (hello, b"250"),
        (f"MAIL FROM:<{letter.mail_from}>\r\n".encode(), b"250"),
        (f"RCPT TO:<{letter.rcpt_to}>\r\n".encode(), b"250"),
        (b"DATA\r\n", b"354"),
        (letter.octets + b".\r\n", b"250"),
    )
    for command, wanted in steps:
        if await ask(command) != wanted:
            return False
    writer.write(b"QUIT\r\n")
    return True


async def smtp(port: int, letter: Letter) -> Answer:
    """Hand a letter over by SMTP (RFC 5321)."""
    return await _hand_over(port, letter, b"EHLO mx.example.org\r\n")


async def lmtp(port: int, letter: Letter) -> Answer:
    """Hand a letter over by LMTP (RFC 2033)."""
    return await _hand_over(port, letter, b"LHLO mx.example.org\r\n")


async def imap(folder: Path, letter: Letter) -> Answer:
    """Put a letter into a mailbox, as the server does that delivers to its Maildir: complete, or not at all."""
    name = f"{next(_NUMBERS)}.torture.example.org"
    being_written, delivered = folder / "tmp" / name, folder / "new" / name
    being_written.write_bytes(f"Return-Path: <{letter.mail_from}>\r\n".encode() + letter.octets)
    being_written.chmod(0o666)
    being_written.rename(delivered)
    return Answer.ACCEPTED


def doors(*, smtp_port: int, lmtp_port: int, maildir: Path | None) -> Mapping[str, Door]:
    """Return all doors by name; that of the mailbox only where there is one."""
    table: dict[str, Door] = {"smtp": partial(smtp, smtp_port), "lmtp": partial(lmtp, lmtp_port)}
    return table if maildir is None else {**table, "imap": partial(imap, maildir)}
