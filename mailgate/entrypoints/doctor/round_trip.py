"""The round trip: the desk writes to itself through the smarthost and looks whether the mails come in by its doors.

One mail goes to the desk's own address, one to an address of the kind that replies go to. They bear the desk's loop
mark, so that they are kept and nothing else follows. Only a running desk receives them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from mailgate.domain.reply_address import LARGEST_ID, AddressBook, Purpose, SignedAddress
from mailgate.entrypoints.doctor.finding import Finding, Level
from mailgate.entrypoints.doctor.machine import compare_clocks
from mailgate.outbound.compose import Headers, compose
from mailgate.outbound.scene import Rendered
from mailgate.services.arrivals import Arrival
from mailgate.services.mailroom import Mailroom

CHECK = "round trip"
TEXT = "mailgate doctor sent this mail to see whether it arrives. Nobody has to do anything."

#: No ticket and no person will ever have this number.
NOBODY = SignedAddress(purpose=Purpose.REPLY, subject_id=LARGEST_ID, person_id=LARGEST_ID)

_DATE_OF_HOP = re.compile(r";([^;]*)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One mail of the round trip, and what its address stands for."""

    what: str
    rcpt_to: str
    message_id: str
    content: bytes


def probes(mailroom: Mailroom, now: datetime) -> tuple[Probe, ...]:
    """Return the mails to send: one for each kind of address that must arrive."""
    desk = mailroom.desk.address
    return (
        _probe(mailroom, "the desk's address", desk, now),
        _probe(mailroom, "the addresses for replies", mailroom.addresses.sign(NOBODY), now),
    )


def _probe(mailroom: Mailroom, what: str, rcpt_to: str, now: datetime) -> Probe:
    desk = mailroom.desk
    message_id = f"<doctor.{secrets.token_hex(12)}@{desk.address.rpartition('@')[2]}>"
    headers = Headers(
        from_name=desk.name,
        from_address=desk.address,
        to_name="",
        to_address=rcpt_to,
        reply_to="",
        message_id=message_id,
        in_reply_to="",
        references=(),
        date=now,
        is_automatic=True,
        loop_mark=mailroom.loop_mark,
    )
    rendered = Rendered(subject=f"mailgate doctor: {what}", text=f"{TEXT}\n", html=f"<p>{TEXT}</p>")
    return Probe(what=what, rcpt_to=rcpt_to, message_id=message_id, content=compose(rendered, headers=headers))


def await_arrivals(
    sent: tuple[Probe, ...],
    find: Callable[[str], Arrival | None],
    *,
    wait_seconds: float,
    elapsed_seconds: Callable[[], float],
    pause: Callable[[], None],
) -> dict[str, Arrival]:
    """Look again and again until all have come or the time is over; return what came, by Message-ID."""
    arrivals: dict[str, Arrival] = {}
    while True:
        for probe in sent:
            if probe.message_id not in arrivals and (arrival := find(probe.message_id)) is not None:
                arrivals[probe.message_id] = arrival
        if len(arrivals) == len(sent) or elapsed_seconds() >= wait_seconds:
            return arrivals
        pause()


def judge(
    probe: Probe, arrival: Arrival | None, *, addresses: AddressBook, sent_at: datetime, wait_seconds: float
) -> Iterator[Finding]:
    """Yield what became of one mail."""
    if arrival is None:
        says = f"the mail to {probe.rcpt_to} was taken by the smarthost and has not come within {wait_seconds:.0f} s"
        yield Finding(level=Level.PROBLEM, check=CHECK, says=says, advice=_where_it_may_be(probe, addresses))
        return
    seconds = max((arrival.received_at - sent_at).total_seconds(), 0)
    yield Finding(level=Level.OK, check=CHECK, says=f"{probe.what} arrive{_s(probe)}: {seconds:.0f} s there and back")
    named = (*arrival.rcpt_to, *(mailbox.address for mailbox in arrival.message.to))
    if not any(address.lower() == probe.rcpt_to.lower() for address in named):
        yield Finding(
            level=Level.PROBLEM,
            check=CHECK,
            says=f"the mail to {probe.rcpt_to} came, but neither envelope nor header names that address any more",
            advice="the server in front rewrites recipients: let it keep the part after the plus sign",
        )
    yield from _clock(arrival)


def _s(probe: Probe) -> str:
    return "" if probe.what.endswith("replies") else "s"


def _where_it_may_be(probe: Probe, addresses: AddressBook) -> str:
    if probe.rcpt_to.lower() == addresses.desk_address.lower():
        return (
            "is `mailgate serve` running, and does the mail server for this domain hand the address to it, by SMTP, "
            "LMTP or a mailbox that [[mailbox]] names? Look for the mail in that server's log and in the spam folder"
        )
    return (
        "the desk's own address may arrive and these do not: the mail server must deliver every address of the form "
        f"{addresses.template} (Postfix: recipient_delimiter = +; hosted mailboxes: sub-addressing must be switched "
        "on), or set desk.reply_template to a sub-domain whose mail all goes to the desk"
    )


def _clock(arrival: Arrival) -> Iterator[Finding]:
    """Compare the clock of the server in front, from its topmost Received field, with ours."""
    topmost = next((value for name, value in arrival.message.headers if name == "received"), "")
    written = _DATE_OF_HOP.search(topmost)
    try:
        stamped = parsedate_to_datetime(written[1].strip()) if written else None
    except ValueError:
        stamped = None
    if stamped is not None and stamped.tzinfo is not None:
        yield compare_clocks(arrival.received_at - stamped, "the mail server in front")
