"""From notices to outbox rows: offers become signed addresses, words become bytes, each row is queued once.

Runs inside the transaction of whoever decided, so that a notice exists exactly when its cause does. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailgate.domain.contract import Contract
from mailgate.domain.notice import File, Notice, Receipt, ReferentAsked, Relay, Unverified
from mailgate.domain.reply_address import AddressBook, Purpose, SignedAddress
from mailgate.domain.ticket import Ticket
from mailgate.inbound.parse import attachment_content
from mailgate.outbound.compose import Headers, compose
from mailgate.outbound.render import Desk, Link, Renderer, Scene
from mailgate.store import action, inbox, outbox, people, tickets
from mailgate.store.database import Transaction

ONE_DAY = timedelta(days=1)
MOST_WARNINGS_A_DAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a batch of notices is about. `inbox_id` is the mail that caused them, None where time itself did."""

    ticket: Ticket | None = None
    contract: Contract | None = None
    inbox_id: int | None = None
    message_id: str = ""  # of that mail
    author_id: int | None = None  # of that mail
    outbox_id: int | None = None  # of the mail that could not be delivered
    period: str = ""  # of what time itself caused


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailroom:
    """Knows how to turn a notice into the one mail that its recipient gets."""

    desk: Desk
    bounce_address: str
    addresses: AddressBook
    renderer: Renderer
    loop_mark: str
    new_token: Callable[[], str]  # unguessable, for Message-IDs

    def post(self, tx: Transaction, notices: Iterable[Notice], occasion: Occasion, now: datetime) -> int:
        """Queue each notice once and return how many were new; the key says what makes a notice the same."""
        keyed = [(_key(tx, notice, occasion, position), notice) for position, notice in enumerate(notices)]
        known = outbox.known_keys(tx, [key for key, _ in keyed]) if keyed else set()
        before = len(known)
        for key, notice in keyed:
            if key not in known and not _is_too_much(tx, notice, now):
                outbox.enqueue(tx, self._outgoing(tx, notice, key, occasion, now))
                known.add(key)
        return len(known) - before

    def _outgoing(
        self, tx: Transaction, notice: Notice, key: str, occasion: Occasion, now: datetime
    ) -> outbox.Outgoing:
        message_id = f"<{self.new_token()}@{self.desk.address.rpartition('@')[2]}>"
        rendered = self.renderer.render(notice, self._scene(tx, notice, occasion, now))
        files = [(file, _content(tx, file)) for file in notice.files] if isinstance(notice, Relay) else []
        headers = self._headers(tx, notice, occasion, message_id, now)
        return outbox.Outgoing(
            notice_key=key,
            kind=notice.kind,
            ticket_id=occasion.ticket.id if occasion.ticket else None,
            inbox_id=occasion.inbox_id,
            person_id=notice.to.id,
            mail_from=self.bounce_address,
            rcpt_to=notice.to.address,
            message_id=message_id,
            content=compose(rendered, headers=headers, files=files),
            queued_at=now,
        )

    def _scene(self, tx: Transaction, notice: Notice, occasion: Occasion, now: datetime) -> Scene:
        ticket, contract = occasion.ticket, occasion.contract
        is_of_reader = ticket is not None and ticket.requester_id == notice.to.id
        requester = notice.to if is_of_reader else people.by_id(tx, ticket.requester_id) if ticket else None
        return Scene(
            ticket=ticket,
            requester=requester.name if requester else "",
            organisation=contract.organisation_name if contract else "",
            links=tuple(self._links(tx, notice, ticket, now)),
            currency=contract.currency if contract else "EUR",
            zone=contract.zone if contract else self.desk.zone,
        )

    def _links(self, tx: Transaction, notice: Notice, ticket: Ticket | None, now: datetime) -> Iterable[Link]:
        """Turn each offer into an address that is itself the command, for this reader alone."""
        for offer in notice.offers:
            action_id = action.offer(
                tx,
                person_id=notice.to.id,
                ticket_id=ticket.id if ticket else None,
                command=offer.command,
                about_inbox_id=offer.about_inbox_id,
                at=now,
            )
            claim = SignedAddress(purpose=Purpose.ACTION, subject_id=action_id, person_id=notice.to.id)
            yield Link(verb=offer.verb, minutes=offer.minutes, address=self.addresses.sign(claim))

    def _headers(self, tx: Transaction, notice: Notice, occasion: Occasion, message_id: str, now: datetime) -> Headers:
        thread = self._thread(tx, notice, occasion)
        if occasion.author_id == notice.to.id and occasion.message_id:
            thread = [known for known in thread if known != occasion.message_id] + [occasion.message_id]
        relay = notice if isinstance(notice, Relay) and not notice.is_automatic else None
        return Headers(
            from_name=f"{relay.author.name} ({self.desk.name})" if relay else self.desk.name,
            from_address=self.desk.address,
            to_name=notice.to.name,
            to_address=notice.to.address,
            reply_to=self._reply_to(notice, occasion),
            message_id=message_id,
            in_reply_to=thread[-1] if thread else "",
            references=tuple(thread),
            date=now,
            is_automatic=relay is None,
            loop_mark=self.loop_mark,
        )

    def _thread(self, tx: Transaction, notice: Notice, occasion: Occasion) -> list[str]:
        """Return what the mail refers to; of a ticket that has just been opened there is its first mail alone."""
        ticket = occasion.ticket
        if ticket is None:
            return []
        if ticket.root_message_id and ticket.root_message_id == occasion.message_id:
            return [ticket.root_message_id]
        return tickets.thread_ids(tx, ticket.id, notice.to.id)

    def _reply_to(self, notice: Notice, occasion: Occasion) -> str:
        """A reply to a receipt is about the mail that the receipt is for; any other is about the ticket."""
        if isinstance(notice, Receipt) and occasion.inbox_id is not None:
            about = notice.about_inbox_id or occasion.inbox_id
            return self.addresses.sign(SignedAddress(purpose=Purpose.RECEIPT, subject_id=about, person_id=notice.to.id))
        if occasion.ticket is None:
            return self.desk.address
        claim = SignedAddress(purpose=Purpose.REPLY, subject_id=occasion.ticket.id, person_id=notice.to.id)
        return self.addresses.sign(claim)


def _is_too_much(tx: Transaction, notice: Notice, now: datetime) -> bool:
    """Whoever forges mail in somebody's name must not be able to fill that person's mailbox with our warnings."""
    if not isinstance(notice, Unverified):
        return False
    warned = outbox.count_since(tx, kind=notice.kind, person_id=notice.to.id, since=now - ONE_DAY)
    return warned >= MOST_WARNINGS_A_DAY


def _key(tx: Transaction, notice: Notice, occasion: Occasion, position: int) -> str:
    """Return what makes this notice unique: its cause; for what is asked of the referent once, the matter itself.

    Each decision of an engineer or the referent on the ticket begins a new round, in which it may be asked again.
    """
    if isinstance(notice, ReferentAsked) and occasion.ticket is not None:
        matter = f"{notice.verb}/after {tickets.last_decision(tx, occasion.ticket.id)}"
        return f"{notice.kind}/ticket {occasion.ticket.id}/{matter}/person {notice.to.id}"
    if occasion.period:
        return f"{notice.kind}/{occasion.period}/person {notice.to.id}"
    if occasion.outbox_id is not None:
        return f"{notice.kind}/outgoing {occasion.outbox_id}/person {notice.to.id}"
    return f"{notice.kind}/mail {occasion.inbox_id}/{position}/person {notice.to.id}"


def _content(tx: Transaction, file: File) -> bytes:
    return attachment_content(inbox.raw(tx, file.inbox_id), file.part)
