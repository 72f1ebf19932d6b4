"""What a mail may do, by how well its writer is proven: the policy, as one table.

Who a person is to the ticket (contact, referent, engineer) is in the vocabulary's roles, not here; nor is how the
proof was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from mailgate.domain.message import Verdict
from mailgate.domain.outcome import Problem


class Ruling(Enum):
    """What becomes of a command."""

    DO = "do"
    REFUSE = "refuse"  # nothing is done, and the person named is told at the registered address


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """How well the writer of a mail is proven.

    `has_own_token`: it was written to a signed address that was given to this very person. `is_repeated_id`: it bears
    the Message-ID of another mail, with other content.
    """

    verdict: Verdict
    has_own_token: bool
    is_repeated_id: bool = False


#: The verbs that commit the client's money: they need both the person's own signed address and a proven sender.
COMMITTING = frozenset({"approve"})

#: (the From domain is proven, written to the person's own signed address) → why not: (any command, a committing one).
POLICY: Mapping[tuple[Verdict, bool], tuple[Problem | None, Problem | None]] = {
    (Verdict.PASS, True): (None, None),
    (Verdict.PASS, False): (None, Problem.NOT_BY_REPLY),
    (Verdict.NONE, True): (None, Problem.UNVERIFIED),
    (Verdict.NONE, False): (Problem.UNVERIFIED, Problem.UNVERIFIED),
    # Where a trusted server says that the mail is forged, the signed address was stolen or passed on.
    (Verdict.FAIL, True): (Problem.UNVERIFIED, Problem.UNVERIFIED),
    (Verdict.FAIL, False): (Problem.UNVERIFIED, Problem.UNVERIFIED),
}


def ruling(verb: str, authority: Authority) -> tuple[Ruling, Problem | None]:
    """Return whether a command of that English name is done and, if not, why.

    A mail with a known Message-ID and other content does nothing by itself, however well it is proven: its commands
    wait for confirmation.
    """
    if authority.is_repeated_id:
        return Ruling.REFUSE, Problem.REPEATED_ID
    ordinary, committing = POLICY[authority.verdict, authority.has_own_token]
    problem = committing if verb in COMMITTING else ordinary
    return (Ruling.REFUSE, problem) if problem else (Ruling.DO, None)


def may_relay(authority: Authority) -> bool:
    """Tell whether an engineer's words may be passed on to the client under the engineer's name."""
    ordinary, _ = POLICY[authority.verdict, authority.has_own_token]
    return ordinary is None
