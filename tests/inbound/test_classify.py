"""What sort of mail it is: one table of rules, tried from above."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.message import Classification, Disposition, Kind
from mailgate.inbound.classify import RULES, OwnMarks, classify
from mailgate.inbound.parse import parse
from tests.inbound.mails import envelope, mail, multipart

OWN = OwnMarks(addresses=frozenset({"support@example.net"}), loop_mark="mark-1")
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example.org>"
STATUS = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@example.com\n"
FAILED = STATUS + "Action: failed\nStatus: 5.1.1\n"
DELIVERED = STATUS + "Action: delivered\nStatus: 2.0.0\n"
REPORT = "Content-Type: text/plain\n\nReport"


def classified(raw: bytes, mail_from: str = "ana@example.org") -> Classification:
    return classify(parse(raw), envelope(mail_from), OWN)


def report(status: str, report_type: str = "delivery-status") -> bytes:
    return multipart(REPORT, status, subtype=f"report; report-type={report_type}")


CASES: list[tuple[str, bytes, str, Kind]] = [
    ("is_own_mail", mail(headers="X-Mailgate-Loop: mark-1\n"), "ana@example.org", Kind.OWN),
    ("is_own_mail", mail(sender="support@example.net"), "ana@example.org", Kind.OWN),
    ("is_own_mail", mail(sender="Support+abc@EXAMPLE.net"), "ana@example.org", Kind.OWN),
    ("is_own_mail", mail(headers="X-Mailgate-Loop: mark-1\n", sender=DAEMON), "", Kind.OWN),
    ("is_loop", mail(headers="Received: x\n" * 51), "ana@example.org", Kind.LOOP),
    ("is_feedback", report("Content-Type: message/feedback-report\n\nx", "feedback-report"), "a@b.c", Kind.FEEDBACK),
    ("is_delivery_notice", report(DELIVERED), "", Kind.DELIVERY_NOTICE),
    (
        "is_delivery_notice",
        report("Content-Type: message/disposition-notification\n\nx", "disposition-notification"),
        "ana@example.org",
        Kind.DELIVERY_NOTICE,
    ),
    ("is_delivery_report", report(FAILED), "", Kind.BOUNCE),
    ("is_delivery_report", report(FAILED.replace("failed", "delayed").replace("5.1.1", "4.4.1")), "", Kind.BOUNCE),
    ("is_delivery_report", multipart(REPORT, subtype="report; report-type=delivery-status"), "", Kind.BOUNCE),
    ("is_delivery_report", multipart(REPORT, FAILED, headers="Auto-Submitted: auto-replied\n"), "", Kind.BOUNCE),
    ("is_delivery_report", mail(headers="X-Failed-Recipients: a@example.com\n"), "", Kind.BOUNCE),
    ("is_bounce_by_words", mail("<a@example.com>:\n550 5.1.1 unknown", sender=DAEMON), "x@example.org", Kind.BOUNCE),
    ("is_bounce_by_words", mail("Sorry", sender=DAEMON), "", Kind.BOUNCE),
    ("is_bounce_by_words", mail().replace(b"Question", b"Undelivered Mail Returned to Sender"), "", Kind.BOUNCE),
    ("is_calendar_mail", multipart(REPORT, "Content-Type: text/calendar; method=REPLY\n\nx",
                                   headers="Auto-Submitted: auto-generated\n"), "ana@example.org", Kind.HUMAN),
    ("is_auto_submitted", mail(headers="Auto-Submitted: auto-replied\n"), "ana@example.org", Kind.AUTO_REPLY),
    ("is_auto_submitted", mail(headers="Auto-Submitted: (x) Auto-Generated (y); p=1\n"), "a@b.c", Kind.AUTO_REPLY),
    ("is_auto_reply_by_field", mail(headers="Precedence: auto_reply\n"), "ana@example.org", Kind.AUTO_REPLY),
    ("is_auto_reply_by_field", mail(headers="Precedence: junk\n"), "ana@example.org", Kind.AUTO_REPLY),
    ("is_auto_reply_by_field", mail(headers="Precedence: bulk\n"), "ana@example.org", Kind.AUTO_REPLY),
    ("is_auto_reply_by_field", mail(headers="X-Auto-Response-Suppress: DR, OOF\n"), "a@b.example", Kind.AUTO_REPLY),
    ("is_auto_reply_by_field", mail(headers="X-Autoreply: yes\n"), "ana@example.org", Kind.AUTO_REPLY),
    ("is_auto_reply_by_words", mail().replace(b"Question", "Réponse automatique : absent".encode()), "a@b.example",
     Kind.AUTO_REPLY),
    ("is_unattended", mail(), "", Kind.AUTO_REPLY),
    ("is_list_mail", mail(headers="List-Id: <l.example.org>\n"), "ana@example.org", Kind.LIST),
    ("is_list_mail", mail(headers="List-Id: <l.example.org>\nPrecedence: bulk\n"), "ana@example.org", Kind.LIST),
    ("is_list_mail", mail(headers="List-Unsubscribe: <mailto:l@example.org>\n"), "ana@example.org", Kind.LIST),
    ("is_list_mail", mail(headers="Precedence: list\n"), "ana@example.org", Kind.LIST),
    ("default", mail(), "ana@example.org", Kind.HUMAN),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "raw", "mail_from", "kind"), CASES)
def test_the_first_rule_that_hits_names_the_sort(rule: str, raw: bytes, mail_from: str, kind: Kind) -> None:
    found = classified(raw, mail_from)

    assert (found.rule, found.kind) == (rule, kind)


def test_every_rule_has_a_case() -> None:
    assert {rule.__name__ for rule, _, _ in RULES} | {"default"} == {rule for rule, *_ in CASES}


@pytest.mark.parametrize(
    "raw",
    [
        mail(headers="Auto-Submitted: no\n"),
        mail(headers="Auto-Submitted: No (a person; really)\n"),
        mail(headers="Precedence: normal\n"),
        mail(headers="X-Auto-Response-Suppress: None\n"),
        mail(headers="X-Mailgate-Loop: other\n"),
        mail(headers="Received: x\n" * 50),
        mail().replace(b"Question", b"Delivery failure of my mail: what can I do?"),
        mail().replace(b"Question", b"Undeliverable: what is that?"),
        mail().replace(b"Question", b"Re: Out of office"),
        mail("<a@example.com>: user unknown\nMAILER-DAEMON said that. Why?"),
        multipart(
            REPORT,
            "Content-Type: message/rfc822\n\n" + report(FAILED).decode().replace("=b", "=c").replace("--b", "--c"),
        ),
    ],
)
def test_a_person_is_not_taken_for_a_machine(raw: bytes) -> None:
    assert classified(raw) == Classification(kind=Kind.HUMAN, disposition=Disposition.ACCEPT, rule="default")


def test_no_automatic_mail_is_accepted() -> None:
    for rule, kind, disposition in RULES:
        assert (disposition is Disposition.ACCEPT) == (kind is Kind.HUMAN), rule


@given(st.binary(max_size=300), st.sampled_from(["", "<>", "a@example.org", "\x00"]))
def test_any_mail_is_classified(raw: bytes, mail_from: str) -> None:
    classified(raw, mail_from)
