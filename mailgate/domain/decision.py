"""What becomes of one mail: `decide` returns a `Decision`, a value with its reason.

It changes nothing itself; `services/intake.py` carries the decision out in one transaction. What an engineer's mail
does is told in `engineer_mail.py`, what a client's mail does in `client_mail.py`.
"""

from __future__ import annotations

from mailgate.domain.client_mail import decide_client_mail
from mailgate.domain.effects import AuditEvent, Decision, Fate
from mailgate.domain.engineer_mail import decide_engineer_mail
from mailgate.domain.message import Disposition
from mailgate.domain.people import Contact, Engineer
from mailgate.domain.situation import Mail, Situation
from mailgate.domain.ticket import Ticket


def decide(situation: Situation) -> Decision:
    """Return what a known person's mail does: kept out, or an engineer's word, or a client's."""
    excluded = exclude(situation)
    if excluded is not None:
        return excluded
    if isinstance(situation.sender, Engineer):
        return decide_engineer_mail(situation, situation.sender)
    return decide_client_mail(situation, situation.sender)


#: Strangers learn nothing, not even that their mail arrived.
STRANGER = Decision(fate=Fate.HELD, reason="the sender is not known here")


def admit(mail: Mail) -> Decision | None:
    """Return the decision on a mail that nobody needs to read to decide upon, or None where it is somebody's word.

    The order is the order of trust: our own marks, automatic mail, then the form of the From field. None of these
    mails is answered (RFC 3834).
    """
    if mail.message.excess:
        return Decision(fate=Fate.PARKED, reason=mail.message.excess)
    fate = FATES.get(mail.classification.disposition)
    if fate is not None:
        kind = mail.classification.kind.value
        return Decision(
            fate=fate,
            reason=f"{kind}: {mail.classification.rule}",
            events=(AuditEvent(verb=kind, detail=mail.classification.rule),),
        )
    if not mail.message.has_plain_from:
        return Decision(fate=Fate.HELD, reason="the From field is not exactly one plain address")
    return None


FATES = {
    Disposition.DISCARD: Fate.DISCARDED,
    Disposition.HOLD: Fate.HELD,
    Disposition.NOTE: Fate.NOTED,
}


def exclude(situation: Situation) -> Decision | None:
    """Return why a known person may not write to this ticket, or None: participants change only by an explicit act."""
    sender, ticket = situation.sender, situation.ticket
    if ticket is None or isinstance(sender, Engineer):
        return None
    if sender.organisation_id != ticket.organisation_id:
        return Decision(fate=Fate.HELD, reason="the ticket is another organisation's")
    if not _belongs(situation, sender, ticket):
        return Decision(fate=Fate.HELD, reason="the sender does not take part in the ticket")
    return None


def _belongs(situation: Situation, sender: Contact, ticket: Ticket) -> bool:
    """Tell whether a contact is on the ticket: requester, participant, referent, or copied and answering that mail."""
    if sender.id == ticket.requester_id or sender.id in ticket.participant_ids:
        return True
    if situation.contract is not None and sender.id == situation.contract.referent_id:
        return True
    return sender.id in ticket.copied_ids and answers_first_mail(situation, ticket)


def answers_first_mail(situation: Situation, ticket: Ticket) -> bool:
    """Tell whether the mail refers to the very mail that opened the ticket."""
    message = situation.mail.message
    return bool(ticket.root_message_id) and ticket.root_message_id in (*message.references, *message.in_reply_to)
