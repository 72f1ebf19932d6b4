"""Whose mail it is, as trusted servers say: forged statements prove nothing, and the worst statement wins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.message import Verdict
from mailgate.inbound.authenticate import authenticate
from mailgate.inbound.parse import parse
from tests.inbound.mails import mail, message

SERVERS = frozenset({"mx.example.net"})
HOP = ("received", "from a.example.org by mx.example.net")
PASS = "mx.example.net; dmarc=pass header.from=example.org"


def results(*values: str) -> list[tuple[str, str]]:
    return [("authentication-results", value) for value in values]


@pytest.mark.parametrize(
    ("value", "method"),
    [
        (PASS, "dmarc"),
        ("MX.Example.NET; dmarc=pass header.from=Example.ORG", "dmarc"),
        ("mx.example.net 1; dmarc=pass (p=none dis=none) header.from=example.org", "dmarc"),
        ("mx.example.net; spf=pass smtp.mailfrom=x@example.com; dmarc=pass header.from=example.org", "dmarc"),
        ("mx.example.net; dkim=pass header.d=example.org header.s=s", "dkim"),
        ("mx.example.net; dkim=pass header.i=@example.org", "dkim"),
        ("mx.example.net; dkim=fail header.d=example.com; dkim=pass header.d=example.org", "dkim"),
        ("mx.example.net; dmarc=none header.from=example.org; dkim=pass header.d=example.org", "dkim"),
    ],
)
def test_a_trusted_server_proves_the_from_domain(value: str, method: str) -> None:
    found = authenticate(message(*results(value), HOP), SERVERS)

    assert (found.verdict, found.method) == (Verdict.PASS, method)
    assert found.evidence.startswith(f"{method}=pass")


def test_a_signature_of_a_parent_domain_is_aligned() -> None:
    mail_of_a_department = message(
        *results("mx.example.net; dkim=pass header.d=example.org"), address="a@it.example.org"
    )

    assert authenticate(mail_of_a_department, SERVERS).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "value",
    [
        "mx.example.net; none",
        "mx.example.net; spf=pass smtp.mailfrom=example.org",
        "mx.example.net; spf=pass smtp.mailfrom=example.org; dkim=fail header.d=example.org",
        "mx.example.net; dkim=pass header.d=example.com",
        "mx.example.net; dkim=pass header.d=org",
        "mx.example.net; dkim=pass header.d=ample.org",
        "mx.example.net; dkim=pass header.d=a.example.org",
        "mx.example.net; dkim=pass",
        "mx.example.net; dkim=pass header.d=example.com header.i=@example.org",
        "mx.example.net; dkim=pass header.d=example.org; dkim=fail header.d=example.org",
        "mx.example.net; dkim=pass header.d=example.org; dkim=none",
        "mx.example.net; dmarc=pass",
        "mx.example.net; dmarc=pass header.from=example.com",
        "mx.example.net; dmarc=pass header.from=example.org; dmarc=none header.from=example.org",
        "mx.example.net; dmarc=pass header.from=example.org header.from=example.com",
        "mx.example.net; dmarc=temperror header.from=example.org",
        "mx.example.net; dmarc=bestguesspass header.from=example.org",
        "mx.example.net; arc=pass; dmarc=none header.from=example.org",
        "mx.example.net; dmarc=pass header.from=example.com; dkim=pass header.d=example.org",
        'mx.example.net; spf=none reason="; dmarc=pass header.from=example.org"',
        "mx.example.net; spf=none (; dmarc=pass header.from=example.org)",
        'mx.example.net; spf=none smtp.mailfrom="a; dmarc=pass header.from=example.org"@example.org',
        "mx.example.net 2; dmarc=pass header.from=example.org",
        "evil.example; dmarc=pass header.from=example.org",
        "mx.example.net.evil.example; dmarc=pass header.from=example.org",
        "evil.example mx.example.net; dmarc=pass header.from=example.org",
        "evil.example; x=pass; mx.example.net; dmarc=pass header.from=example.org",
        "(mx.example.net) evil.example; dmarc=pass header.from=example.org",
        '"mx.example.net" evil; dmarc=pass header.from=example.org',
        "\uff4dx.example.net; dmarc=pass header.from=example.org",
        "mx.example.net; dmarc=pass header.from=ex\u0430mple.org",
        "dmarc=pass header.from=example.org",
        "; dmarc=pass header.from=example.org",
        "mx.example.net",
        "",
        "(" * 5_000 + "mx.example.net; dmarc=pass header.from=example.org",
        "mx.example.net; dmarc=pass " + "(a" * 39 + ")" * 39,
        "mx.example.net; dmarc=pass header.from=example.org" + " " * 5_000,
    ],
)
def test_nothing_less_proves_it(value: str) -> None:
    assert authenticate(message(*results(value), HOP), SERVERS).verdict is Verdict.NONE


@pytest.mark.parametrize(
    "values",
    [
        ["mx.example.net; dmarc=fail header.from=example.org"],
        [PASS, "mx.example.net; dmarc=fail header.from=example.org"],
        ["mx.example.net; dkim=pass header.d=example.org; dmarc=fail (p=reject) header.from=example.org"],
    ],
)
def test_a_failure_outweighs_every_pass(values: list[str]) -> None:
    assert authenticate(message(*results(*values), HOP), SERVERS).verdict is Verdict.FAIL


def test_statements_above_the_second_hop_count() -> None:
    agent = ("received", "by mx.example.net with LMTP")
    above = message(*results(PASS), agent, HOP)
    between = message(agent, *results(PASS), HOP)
    below = message(agent, HOP, *results(PASS))

    assert authenticate(above, SERVERS).verdict is Verdict.PASS
    assert authenticate(between, SERVERS).verdict is Verdict.PASS
    assert authenticate(below, SERVERS).verdict is Verdict.NONE


def test_a_forged_failure_from_below_does_no_harm() -> None:
    forged = results("mx.example.net; dmarc=fail header.from=example.org")

    assert authenticate(message(*results(PASS), HOP, HOP, *forged), SERVERS).verdict is Verdict.PASS


def test_a_from_that_is_not_plain_never_passes() -> None:
    assert authenticate(message(*results(PASS), HOP, is_plain=False), SERVERS).verdict is Verdict.NONE


def test_without_a_configured_server_nothing_is_proven() -> None:
    assert authenticate(message(*results(PASS), HOP), frozenset()).verdict is Verdict.NONE


def test_a_folded_field_of_a_real_mail_is_read() -> None:
    folded = (
        "Authentication-Results: mx.example.net;\n\tdkim=pass (2048-bit key)\n header.d=example.org;\n dmarc=pass\n"
    )
    raw = mail(headers=folded + "\theader.from=example.org\nReceived: x\n")

    assert authenticate(parse(raw), SERVERS).method == "dmarc"


@given(
    st.lists(
        st.text(max_size=80) | st.from_regex(r"mx\.example\.net; [a-z=. ();\"/]{0,60}", fullmatch=True), max_size=4
    )
)
def test_no_field_raises_and_none_of_these_passes(values: list[str]) -> None:
    assert authenticate(message(*results(*values)), SERVERS).verdict is not Verdict.PASS
