"""What arrived: an envelope and a message, as values.

These are what `inbound/` makes out of bytes; no other layer ever sees a MIME tree. Nothing here parses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mailbox of RFC 5322 section 3.4: a display name, which proves nothing, and an addr-spec."""

    name: str = ""
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the SMTP dialogue said (RFC 5321). `mail_from` is empty for the null reverse-path."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    received_at: datetime

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None:
            raise ValueError("received_at must be aware")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A view into the raw mail: `part` is the index of the leaf in a depth-first walk of the MIME tree."""

    part: int
    filename: str  # cleaned, for display only; never a path
    content_type: str
    size_octets: int
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewText:
    """What the sender wrote this time, without quotation, signature and forwarded parts.

    `is_wrapped` says that line ends may be hard wraps of the sender's program; a text from HTML or from
    format=flowed has logical lines. Where `is_sure` is false the border between new and old is a guess, and no
    command in the text may take effect by itself.
    """

    text: str = ""
    is_wrapped: bool = False
    is_sure: bool = True
    is_cut: bool = False  # only the beginning of the text was read for what is new


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardedMail:
    """A mail inside the text of another one, as the forwarder's program shows it. It proves nothing."""

    sender: str  # an address where there is one, else the name
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRecipient:
    """One recipient that a delivery status notification reports (RFC 3464)."""

    address: str
    status: str  # enhanced status code of RFC 3463, such as 5.1.1, or empty
    is_permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """One mail as it was read. Every text is clean: no control characters, no lone surrogates, NFC.

    `headers` holds all fields in their order as (lower-case name, unfolded value); decoded only where a field above
    says so. `has_plain_from` is true for exactly one From field with exactly one plain ASCII addr-spec and no defect:
    the only form that may command.
    """

    message_id: str  # with its angle brackets; empty where absent or not a msg-id
    subject: str
    from_: tuple[Mailbox, ...]
    has_plain_from: bool
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/plain"
    text: str = ""  # the whole readable text
    new_text: NewText = field(default_factory=NewText)
    forwarded: ForwardedMail | None = None
    attachments: tuple[Attachment, ...] = ()
    failed_recipients: tuple[FailedRecipient, ...] = ()
    defects: tuple[str, ...] = ()

    def values(self, name: str) -> Iterator[str]:
        """Yield the values of all header fields of that lower-case name, topmost first."""
        return (value for key, value in self.headers if key == name)

    def value(self, name: str) -> str:
        """Return the topmost value of a header field, or an empty string."""
        return next(self.values(name), "")

    @property
    def excess(self) -> str:
        """The cap that the mail exceeds, for which it was not read; empty for all others."""
        return next((defect for defect in self.defects if defect.startswith("limit:")), "")

    @property
    def sender(self) -> Mailbox | None:
        """The first From mailbox; it claims, `Authentication` decides."""
        return self.from_[0] if self.from_ else None


class Verdict(Enum):
    """How far the From domain of a mail is proven (RFC 8601 results, folded to what decides)."""

    PASS = "pass"  # noqa: S105 - a result of RFC 8601, not a password: DMARC, or an aligned DKIM signature, as reported by a trusted server
    NONE = "none"  # nothing usable was said
    FAIL = "fail"  # a trusted server says that the mail does not come from that domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """The verdict on a mail's From domain, with its evidence; computed once and stored with the mail."""

    verdict: Verdict
    method: str = ""  # dmarc, dkim or spf
    evidence: str = ""  # the Authentication-Results statement that decided, or why there is none


class Disposition(Enum):
    """What becomes of a mail as a whole, before anybody looks at what it says."""

    ACCEPT = "accept"  # a person wrote it: decide
    NOTE = "note"  # automatic: kept with its ticket, no answer, no command, no change of state
    HOLD = "hold"  # kept for the administrator, no answer
    DISCARD = "discard"  # our own mail coming back: kept in the inbox, nothing else


class Kind(Enum):
    """What sort of mail it is."""

    HUMAN = "human"
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    DELIVERY_NOTICE = "delivery-notice"
    FEEDBACK = "feedback"
    LIST = "list"
    OWN = "own"  # it carries our own mark
    LOOP = "loop"  # it passed through too many hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The sort of a mail, what follows from it, and the name of the rule that said so."""

    kind: Kind
    disposition: Disposition
    rule: str
