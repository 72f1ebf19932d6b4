"""What became of one command: a value with its reason, from which a receipt is written.

The texts that people read are in the templates; here is only what they are about.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Problem(Enum):
    """Why a command was not carried out. The receipt says for each what would have worked."""

    # how it is written
    NO_DURATION = "no-duration"
    BARE_NUMBER = "bare-number"  # hours in one system, minutes in the next
    BAD_DURATION = "bad-duration"
    ZERO = "zero"
    OVER_A_DAY = "over-a-day"  # more than 24 h in one command
    NEGATIVE = "negative"  # where only [time] may be negative
    FUTURE = "future"
    BAD_DATE = "bad-date"
    NO_REASON = "no-reason"
    NEAR_MISS = "near-miss"  # it resembles a command
    MISPLACED = "misplaced"  # inside a sentence
    UNSURE = "unsure"  # in a text that may be quoted
    # who writes it
    WRONG_ROLE = "wrong-role"  # an engineer's or a contact's verb
    REFERENT_ONLY = "referent-only"
    OTHERWISE = "otherwise"  # a mail to a link's address that says something else
    UNVERIFIED = "unverified"  # the mail's origin is not proven
    NOT_BY_REPLY = "not-by-reply"  # approving needs the person's own signed address
    REPEATED_ID = "repeated-id"  # a known Message-ID with other content
    OUTDATED = "outdated"  # an offered link that was used, superseded, or is older than 30 days
    # what it is about
    NO_TICKET = "no-ticket"
    CLOSED_TICKET = "closed-ticket"
    NOT_CLOSED = "not-closed"
    NO_CONTRACT = "no-contract"
    NOTHING_ASKED = "nothing-asked"
    MORE_THAN_ASKED = "more-than-asked"
    MORE_THAN_AVAILABLE = "more-than-available"
    MORE_THAN_WORKED = "more-than-worked"
    NO_RECEIPT = "no-receipt"  # undo is a reply to a receipt
    NOTHING_TO_UNDO = "nothing-to-undo"
    NO_TEXT = "no-text"  # there are no words for the client
    NO_COMMAND = "no-command"  # a reply to the receipt of a withheld mail that corrects nothing
    OTHER_GROUP = "other-group"  # another group of engineers serves the contract
    CONTRADICTION = "contradiction"  # two commands of one mail exclude each other
    TOO_MANY = "too-many"
    TOO_LONG = "too-long"  # the text cannot be read to its end
    NOT_ALONE = "not-alone"  # fine by itself, but another command of the mail failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One command of a mail, and what became of it.

    `written` is the command as its writer typed it, without brackets. `minutes` is what it moved or, with a problem,
    the largest amount that would have worked. `suggestion` is the command that was probably meant, without brackets.
    """

    verb: str  # the verb's English name; empty where the mail as a whole is meant
    written: str
    problem: Problem | None = None
    minutes: int | None = None
    suggestion: str = ""

    @property
    def is_done(self) -> bool:
        """Tell whether the command was carried out."""
        return self.problem is None
