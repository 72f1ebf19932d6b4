"""Whose word about senders is taken: compared with what the newest mails carry."""

from __future__ import annotations

import pytest

from mailgate.domain.message import IncomingMessage
from mailgate.entrypoints.doctor.finding import Finding, Level
from mailgate.entrypoints.doctor.provider import check_provider
from mailgate.inbound.authenticate import Border, Claim, claims
from tests.inbound.mails import message

HOP = ("received", "from client.example.com by mx.example.org; Mon, 2 Mar 2026 10:00:00 +0000")
PASS = "; dmarc=pass header.from=client.example.com"


def mail(*fields: tuple[str, str]) -> IncomingMessage:
    return message(*fields)


def results(server: str) -> tuple[str, str]:
    return ("authentication-results", f"{server}{PASS}")


def found(border: Border, *messages: IncomingMessage) -> Finding:
    (finding,) = check_provider(border, messages)
    return finding


TRUSTING = Border(servers=frozenset({"MX.example.org"}))
NOBODY = Border(servers=frozenset())


def test_claims_are_told_from_above_with_the_hops_over_them() -> None:
    read = claims(
        mail(results("a.example.org"), HOP, results("B.example.org 1"), HOP, ("authentication-results", PASS))
    )

    assert read == (
        Claim(server="a.example.org", hops_above=0),
        Claim(server="b.example.org", hops_above=1),
        Claim(server="", hops_above=2),
    )


def test_without_mail_nothing_is_said_of_the_server() -> None:
    assert found(TRUSTING).level is Level.NOTE


def test_the_word_of_a_trusted_server_is_found() -> None:
    finding = found(TRUSTING, mail(results("mx.example.org"), HOP), mail(HOP))

    assert finding.level is Level.OK
    assert "1 of the newest 2 mails" in finding.says


def test_while_nobody_is_trusted_the_advice_names_the_server_and_its_hops() -> None:
    inner = ("received", "by 2001:db8::1 with SMTP")
    finding = found(NOBODY, mail(inner, HOP, results("mx.example.org")))

    assert finding.level is Level.WARNING
    assert 'trust.authentication_servers = ["mx.example.org"] and trust.received_hops = 2' in finding.advice
    assert "deletes fields of its name" in finding.advice


def test_one_own_hop_needs_no_setting() -> None:
    assert "received_hops" not in found(NOBODY, mail(HOP, results("mx.example.org"))).advice


@pytest.mark.parametrize("border", [NOBODY, TRUSTING])
def test_a_server_that_writes_nothing_must_be_set_up(border: Border) -> None:
    finding = found(border, mail(HOP), mail(HOP))

    assert finding.level is Level.WARNING
    assert "write what it found into Authentication-Results" in finding.advice


def test_fields_without_a_name_are_told_apart() -> None:
    assert (
        "name no server" in found(NOBODY, mail(("authentication-results", "spf=pass smtp.mailfrom=a.example"))).advice
    )


def test_a_trusted_field_below_too_many_hops_asks_for_the_setting() -> None:
    finding = found(TRUSTING, mail(HOP, HOP, HOP, results("mx.example.org")))

    assert finding.level is Level.WARNING
    assert finding.advice == "if all 3 are of your own servers, set trust.received_hops = 3"


def test_a_server_of_another_name_is_named() -> None:
    finding = found(TRUSTING, mail(results("mx9.example.net"), HOP))

    assert finding.level is Level.WARNING
    assert "mx9.example.net" in finding.advice
