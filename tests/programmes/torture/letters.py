"""What people write to the tortured desk: questions, replies, work, estimates, approvals; and bounces."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import default
from email.utils import parseaddr
from enum import StrEnum

from tests.servers.sink import Taken

BORDER = "mx.example.org"
SUPPORT = "support@example.org"
REFERENT = "ana@town.example.com"
CONTACTS = ("luc@town.example.com", "lea@town.example.com", "max@town.example.com", "zoe@town.example.com")
ENGINEERS = ("eva@support.example.org", "nils@support.example.org")

WORK_MINUTES, ESTIMATED_MINUTES = 15, 60
MOST_WORKS = 8  # of one ticket, so that no work waits for an approval
MOST_ESTIMATED_WORKS = ESTIMATED_MINUTES // WORK_MINUTES  # the same where the estimate is the allowance

_QUESTION = re.compile(r"Question (\d+)")


class Kind(StrEnum):
    """What a letter is, and what must come of it."""

    QUESTION = "question"  # a ticket, an acknowledgement
    REPLY = "reply"  # words on the ticket
    WORK = "work"  # one entry in the ledger
    ESTIMATE = "estimate"  # the referent is asked
    APPROVAL = "approval"  # time is reserved
    BOUNCE = "bounce"  # noted, nothing else


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as a server in front of the desk hands it over, again and again until it has its 250."""

    kind: Kind
    question: int  # the number of the question that it is about
    message_id: str
    mail_from: str
    rcpt_to: str
    octets: bytes

    def by_another_way(self, hop: int) -> Letter:
        """Return the same mail as it comes over a further server."""
        trace = f"Received: from relay{hop}.example.net by {BORDER} with ESMTP; Mon, 23 Nov 2026 09:00:09 +0100\r\n"
        return Letter(
            self.kind,
            self.question,
            self.message_id,
            self.mail_from,
            self.rcpt_to,
            self.octets.replace(b"Received:", trace.encode() + b"Received:", 1),
        )


@dataclass(frozen=True, slots=True)
class Received:
    """A mail of the desk in somebody's mailbox, to be answered."""

    to: str
    message_id: str
    reply_to: str
    question: int


@dataclass(slots=True)
class Mailboxes:
    """What people have got from the desk and can answer."""

    contacts: list[Received] = field(default_factory=list)
    engineers: list[Received] = field(default_factory=list)
    approvals: list[Received] = field(default_factory=list)
    any: list[Received] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)  # by Message-ID: nobody answers the second copy of a mail

    def put(self, taken: Taken) -> None:
        """Put a mail into the mailbox of its recipient."""
        message = BytesParser(policy=default).parsebytes(taken.content, headersonly=True)
        number = _QUESTION.search(str(message["Subject"]))
        message_id = str(message["Message-ID"]).strip()
        if number is None or message_id in self._known:
            return
        self._known.add(message_id)
        got = Received(taken.rcpt_to, message_id, parseaddr(str(message["Reply-To"]))[1], int(number[1]))
        self.any.append(got)
        if taken.rcpt_to in CONTACTS:
            self.contacts.append(got)
        elif taken.rcpt_to in ENGINEERS and b"\r\nAuto-Submitted: " not in taken.content.partition(b"\r\n\r\n")[0]:
            self.engineers.append(got)
        elif taken.rcpt_to == REFERENT and b"asks for your approval" in taken.content:
            self.approvals.append(got)


@dataclass(slots=True)
class Writers:
    """Writes so many letters of each kind, each as soon as there is something to answer."""

    chance: random.Random
    left: dict[Kind, int]
    mailboxes: Mailboxes = field(default_factory=Mailboxes)
    written: int = 0
    questions: int = 0
    works: Counter[int] = field(default_factory=Counter)  # by question
    estimated: set[int] = field(default_factory=set)

    def next(self) -> Letter | None:
        """Return a letter that can be written now; None where all that are left answer what has not come yet."""
        kinds = [kind for kind, left in self.left.items() if left > 0]
        weights = [self.left[kind] for kind in kinds]
        while kinds:
            (kind,) = self.chance.choices(kinds, weights)
            letter = self._write(kind)
            if letter is not None:
                self.left[kind] -= 1
                return letter
            position = kinds.index(kind)
            del kinds[position], weights[position]
        return None

    def _write(self, kind: Kind) -> Letter | None:
        boxes = self.mailboxes
        if kind is Kind.QUESTION:
            self.questions += 1
            return self._letter(kind, self.chance.choice(CONTACTS), None, "The map is white again, see the layer.")
        if kind is Kind.REPLY:
            return self._answer(kind, boxes.contacts, "It is still white with the other browser.")
        if kind is Kind.WORK:
            return self._answer(kind, boxes.engineers, f"We rebuilt the index.\r\n\r\n[time {WORK_MINUTES}m]")
        if kind is Kind.ESTIMATE:
            return self._answer(kind, boxes.engineers, "A migration helps.\r\n\r\n[estimate 1h]")
        if kind is Kind.APPROVAL:
            return self._answer(kind, boxes.approvals, "[approve]")
        return self._bounce(boxes.any)

    def _answer(self, kind: Kind, got: list[Received], body: str) -> Letter | None:
        if not got:
            return None
        answered = self.chance.choice(got)
        if not self._is_possible(kind, answered.question):
            return None
        if kind is Kind.APPROVAL:
            got.remove(answered)
        if kind is Kind.ESTIMATE:
            self.estimated.add(answered.question)
        if kind is Kind.WORK:
            self.works[answered.question] += 1
        return self._letter(kind, answered.to, answered, body)

    def _is_possible(self, kind: Kind, question: int) -> bool:
        """Tell whether an estimate or work leaves nothing to wait for an approval that perhaps nobody writes."""
        is_estimated = question in self.estimated
        if kind is Kind.ESTIMATE:
            return not is_estimated and self.works[question] <= MOST_ESTIMATED_WORKS
        if kind is Kind.WORK:
            return self.works[question] < (MOST_ESTIMATED_WORKS if is_estimated else MOST_WORKS)
        return True

    def _letter(self, kind: Kind, sender: str, answered: Received | None, body: str) -> Letter:
        self.written += 1
        question = answered.question if answered else self.questions
        domain = sender.rpartition("@")[2]
        message_id = f"<{kind}.{self.written}@{domain}>"
        to = answered.reply_to if answered else SUPPORT
        thread = f"In-Reply-To: {answered.message_id}\r\nReferences: {answered.message_id}\r\n" if answered else ""
        octets = (
            f"Authentication-Results: {BORDER}; dmarc=pass header.from={domain}\r\n"
            f"Received: from mail.{domain} by {BORDER} with ESMTPS; Mon, 23 Nov 2026 09:00:00 +0100\r\n"
            f"From: {sender}\r\nTo: {to}\r\nSubject: {'Re: ' if answered else ''}Question {question}\r\n"
            f"Date: Mon, 23 Nov 2026 08:59:58 +0100\r\nMessage-ID: {message_id}\r\n{thread}"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            f"{body}\r\n"
        )
        return Letter(kind, question, message_id, sender, to, octets.encode())

    def _bounce(self, got: list[Received]) -> Letter | None:
        if not got:
            return None
        returned = self.chance.choice(got)
        self.written += 1
        message_id = f"<{Kind.BOUNCE}.{self.written}@mx.town.example.com>"
        octets = (
            f"Received: from mx.town.example.com by {BORDER} with ESMTPS; Mon, 23 Nov 2026 09:00:00 +0100\r\n"
            f"From: MAILER-DAEMON@mx.town.example.com\r\nTo: {SUPPORT}\r\nSubject: Undelivered mail\r\n"
            f"Message-ID: {message_id}\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.town.example.com\r\n\r\n"
            f"Final-Recipient: rfc822; {returned.to}\r\nAction: failed\r\nStatus: 5.2.2\r\n"
            f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {returned.message_id}\r\n\r\n--b--\r\n"
        )
        return Letter(Kind.BOUNCE, returned.question, message_id, "", SUPPORT, octets.encode())


def plan(letters: int) -> dict[Kind, int]:
    """Return how many letters of each kind make a mixture of so many."""
    shares = {Kind.QUESTION: 40, Kind.REPLY: 28, Kind.WORK: 20, Kind.ESTIMATE: 4, Kind.APPROVAL: 4}
    numbers = {kind: letters * share // 100 for kind, share in shares.items()}
    return {**numbers, Kind.BOUNCE: letters - sum(numbers.values())}
