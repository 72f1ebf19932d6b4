"""The subject by which a ticket's mails are threaded."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.ticket import State, Ticket
from mailgate.outbound.subject import subject_of


def ticket(subject: str) -> Ticket:
    return Ticket(
        id=123,
        subject=subject,
        state=State.OPEN,
        organisation_id=1,
        contract_id=1,
        requester_id=1,
        opened_at=datetime(2026, 9, 22, 8, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "subject",
    [
        "Carte vide",
        "Re: Carte vide",
        "RE : Carte  vide",
        "Re: Fwd: RE: TR : Carte vide",
        "Re[2]: Carte vide [#123]",
        "[#77] Carte vide",
        "RV: Carte\r\n\tvide",
        "\u202eCarte\u200b vide\u202c",
    ],
)
def test_every_mail_of_a_ticket_has_the_same_subject(subject: str) -> None:
    assert subject_of(ticket(subject), "unused") == "Re: Carte vide [#123]"


@pytest.mark.parametrize("subject", ["Relevé : question", "[postgis] Index", "Ref12: x", "Information: x"])
def test_a_word_that_only_looks_like_a_prefix_stays(subject: str) -> None:
    assert subject_of(ticket(subject), "unused") == f"Re: {subject} [#123]"


@pytest.mark.parametrize("subject", ["", " \u200b ", "Re: Fwd:", "[#5]"])
def test_where_the_client_gave_no_subject_the_template_does(subject: str) -> None:
    assert subject_of(ticket(subject), "Votre question") == "Votre question [#123]"


@given(st.text(max_size=400))
def test_a_reply_to_our_own_subject_gives_the_same_subject_again(subject: str) -> None:
    once = subject_of(ticket(subject), "x")

    assert subject_of(ticket(f"RE: {once}"), "x") in (once, f"Re: {once}")
    assert len(once) < 260
