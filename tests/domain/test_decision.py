"""Any mail of anybody in any situation is decided, and no decision breaks the arithmetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.decision import decide
from mailgate.domain.ledger import Account, Cause, Posting
from mailgate.domain.message import Verdict
from mailgate.domain.notice import Answer, InternalNote
from mailgate.domain.people import Contact, Engineer, Role
from mailgate.domain.permissions import Authority
from mailgate.domain.situation import OfferedCommand, Situation, Withheld
from mailgate.domain.ticket import State
from mailgate.domain.vocabulary import VOCABULARY
from tests.domain.matters import (
    ANNE,
    CAMILLE,
    CONTRACT,
    HUGO,
    LUCIA,
    OLIVER,
    PACK,
    PAUL,
    TICKET,
    account,
    intervention,
    mail,
    situation,
)

WORDS = [word for verb in VOCABULARY for words in verb.words.values() for word in words]
ARGUMENTS = ["", " 30m", " 4h", " -30m trop", " 30", " 500h", " 1h 2026-09-21", " abandoned", " parce que"]
COMMANDS = st.builds(lambda word, argument: f"[{word}{argument}]", st.sampled_from(WORDS), st.sampled_from(ARGUMENTS))
LINES = st.one_of(
    COMMANDS,
    st.sampled_from(["", "Bonjour", "Merci", "un texte [close] ici", "[nte]", "⟦note⟧", "{note}", "> [close]"]),
    st.text(max_size=20),
)
TEXTS = st.lists(LINES, max_size=6).map("\n".join)
AUTHORITIES = st.builds(
    Authority, verdict=st.sampled_from(Verdict), has_own_token=st.booleans(), is_repeated_id=st.booleans()
)
WORKED = (
    intervention(50, 60, (Posting(minutes=-60, pack_id=PACK.id),)),
    intervention(60, 60, (Posting(minutes=60, cause=Cause.UNAPPROVED),), id=51),
)
WITHHELD = Withheld(inbox_id=99, text="Secret", files=(), received_on=date(2026, 9, 18), is_perhaps_internal=True)
TICKETS = st.one_of(
    st.none(),
    st.builds(
        lambda state, estimate, approved, covered, waiting: replace(
            TICKET,
            state=state,
            estimate_minutes=estimate,
            approved_minutes=approved,
            allowance_minutes=covered + approved if approved else None,
            covered_minutes=covered,
            uncovered_minutes=waiting,
            counted_minutes=covered + waiting,
        ),
        st.sampled_from(State),
        st.sampled_from([None, 60, 240]),
        st.sampled_from([0, 90]),
        st.sampled_from([0, 60, 120]),
        st.sampled_from([0, 60]),
    ),
)
OFFERS = st.sampled_from(["", "[close]", "[undo]", "[approve 4h]", "[time 30m]", "[note]"])


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    people: list[Contact | Engineer] = [PAUL, ANNE, CAMILLE, HUGO, LUCIA, OLIVER]
    sender = draw(st.sampled_from(people))
    text = draw(TEXTS)
    ticket = draw(TICKETS)
    held = account(draw(st.sampled_from([0, 15, 600])))
    if ticket is not None:
        held = held.reserve(ticket.id, ticket.reserved_minutes)
    offers = st.builds(OfferedCommand, action_id=st.just(3), command=OFFERS, is_outdated=st.booleans())
    return situation(
        sender,
        text,
        mail=mail(sender, text, files=draw(st.integers(0, 1))),
        role=Role.REFERENT if sender is CAMILLE else Role.CONTACT if isinstance(sender, Contact) else Role.ENGINEER,
        ticket=ticket,
        requester=HUGO if ticket else None,
        contract=draw(st.sampled_from([CONTRACT, None])),
        account=held,
        authority=draw(AUTHORITIES),
        offered=draw(st.none() | offers),
        is_about_a_receipt=draw(st.booleans()),
        about=draw(st.sampled_from([(), WORKED[:1], WORKED])),
        own_work=draw(st.sampled_from([(), WORKED])),
        unapproved=WORKED[1:] if ticket is not None and ticket.uncovered_minutes else (),
        withheld=draw(st.sampled_from([None, WITHHELD])),
    )


@given(situations())
def test_any_mail_of_anybody_is_decided_and_takes_no_pack_below_zero(given_situation: Situation) -> None:
    decision = decide(given_situation)

    after: Account = given_situation.account.post(posting for work in decision.works for posting in work.postings)
    assert min(after.remaining_by_pack.values()) >= 0
    assert all(not isinstance(notice.to, Contact) for notice in decision.notices if isinstance(notice, InternalNote))


@pytest.mark.parametrize("word", WORDS)
def test_no_command_releases_what_was_perhaps_a_note_to_the_client(word: str) -> None:
    for argument in ARGUMENTS:
        decision = decide(situation(PAUL, f"[{word}{argument}]", withheld=WITHHELD, is_about_a_receipt=True))

        assert [notice for notice in decision.notices if isinstance(notice, Answer)] == [], argument
