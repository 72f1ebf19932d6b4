"""Whose mail it is, as trusted servers say: forged statements prove nothing, and the worst statement wins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.message import Verdict
from mailgate.inbound.authenticate import UNREADABLE, Border, authenticate
from mailgate.inbound.fields import BARE_LINE_END
from mailgate.inbound.parse import parse
from tests.inbound.mails import mail, message

SERVERS = Border(servers=frozenset({"mx.example.net"}))
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
        ("mx.example.net; dkim=pass header.i=ana@example.org", "dkim"),
        ("mx.example.net; dmarc=pass header.from=ana@example.org", "dmarc"),
        ("mx.example.net (a;b); dmarc/1=pass header.from=example.org;", "dmarc"),
        ("mx.example.net; dmarc=pass action=none header.from=example.org;compauth=pass reason=100", "dmarc"),
        (
            "mx.example.net; spf=pass smtp.mailfrom=a=b=example.org@example.com; dmarc=pass header.from=example.org",
            "dmarc",
        ),
        (
            "mx.example.net; dkim=pass header.b=Us/lkmPE header.d=example.org; iprev=pass policy.iprev=2001:db8::1",
            "dkim",
        ),
        ("mx.example.net; spf=none smtp.mailfrom=<>; dmarc=pass header.from=example.org", "dmarc"),
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
        "mx.example.net; dmarc/2=pass header.from=example.org",
        "mx.example.net; dkim/2=pass header.d=example.org",
        "mx.example.net; dkim=pass header.d=evil@example.org",
        "(a) mx.example.net; dmarc=pass header.from=example.org",
        "mx.exam\ufffdple.net; dmarc=pass header.from=example.org",
        "mx.example.net\ufffd; dmarc=pass header.from=example.org",
        "mx.example.net; dmarc=pass header.from=exam/ple.org",
        "evil.example; dmarc=pass header.from=example.org",
        "mx.example.net.evil.example; dmarc=pass header.from=example.org",
        "evil.example mx.example.net; dmarc=pass header.from=example.org",
        "evil.example; x=pass; mx.example.net; dmarc=pass header.from=example.org",
        "(mx.example.net) evil.example; dmarc=pass header.from=example.org",
        '"mx.example.net" evil; dmarc=pass header.from=example.org',
        "\uff4dx.example.net; dmarc=pass header.from=example.org",
        "dmarc=pass header.from=example.org",
        "; dmarc=pass header.from=example.org",
        "",
        "(" * 5_000 + "mx.example.net; dmarc=pass header.from=example.org",
        "mx.example.net; dmarc=pass " + "(a" * 999 + ")" * 999,
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


@pytest.mark.parametrize(
    "value",
    [
        "mx.example.net",
        "mx.example.net;",
        "MX.example.net; dmarc=",
        "mx.example.net 2; dmarc=pass header.from=example.org",
        '"mx.example.net"; dmarc=pass header.from=example.org',
        "mx.example.net (a); dmarc=",
        "mx.example.net; dmarc=pass header.from=ex\u0430mple.org",
        "mx.example.net; spf=none smtp.mailfrom=\u00e9@evil.example; dmarc=fail header.from=example.org",
        "mx.example.net; spf=none smtp.mailfrom=(; dmarc=fail header.from=example.org",
        'mx.example.net; spf=none smtp.mailfrom="; dmarc=fail header.from=example.org',
        "mx.example.net; spf=pass smtp.mailfrom=a; none",
        "mx.example.net; none; dmarc=fail header.from=example.org",
        "mx.example.net; dmarc=pass header.from=example.org" + " " * 5_000,
    ],
)
def test_an_unreadable_field_of_a_trusted_server_is_a_failure(value: str) -> None:
    found = authenticate(message(*results(PASS, value), HOP), SERVERS)

    assert (found.verdict, found.evidence) == (Verdict.FAIL, UNREADABLE)


def test_a_failure_behind_many_comments_is_read() -> None:
    value = "mx.example.net; spf=none " + "(a)" * 200 + "(" * 200 + ")" * 200 + "; dmarc=fail header.from=example.org"

    assert authenticate(message(*results(value)), SERVERS).method == "dmarc"


@pytest.mark.parametrize(
    "character", ["\u200b", "\x00", "\u00ad", "\x01", "\x7f", "\ufeff", "\u202e", "\u212a", "\xff"]
)
@pytest.mark.parametrize(
    "form", ["{}mx.example.net; dmarc=pass", "mx.exam{}ple.net; dmarc=pass", "mx.example.net{}; dmarc=pass"]
)
def test_an_invisible_character_makes_no_other_name_ours(character: str, form: str) -> None:
    field = f"Authentication-Results: {form.format(character)} header.from=example.org\n"
    octets = [mail(headers=field)] if ord(character) > 255 else [mail(headers=field), mail_with(field)]

    assert {authenticate(parse(raw), SERVERS).verdict for raw in octets} == {Verdict.NONE}


def mail_with(field: str) -> bytes:
    return field.encode("latin-1") + mail()


BARE = [
    b"X-A: b\rAuthentication-Results: %s\r\n",
    b"X-A: b\nAuthentication-Results: %s\r\n",
    b"Authentication-Results: %s\r\nX-A: b\n",
    b"Authentication-Results: %s\r\nX-A: b\r\r\n",
    b"Authentication-Results: %s\r\n\r",
]


@pytest.mark.parametrize("header", BARE)
def test_a_bare_line_end_in_the_header_leaves_no_proof(header: bytes) -> None:
    usual = mail().replace(b"\n", b"\r\n")
    failed = PASS.replace("pass", "fail").encode()

    assert authenticate(parse(header % PASS.encode() + usual), SERVERS).verdict is Verdict.NONE
    assert authenticate(parse(header % failed + usual), SERVERS).verdict is Verdict.FAIL


def test_a_bare_line_end_alone_disproves_a_plain_mail() -> None:
    field = f"Authentication-Results: {PASS}\nX-A: b{{}}c\n"
    raw = mail(headers=field.format("")).replace(b"\n", b"\r\n")

    assert authenticate(parse(raw), SERVERS).verdict is Verdict.PASS
    assert authenticate(parse(raw.replace(b"bc", b"b\r c")), SERVERS).evidence == BARE_LINE_END
    assert authenticate(parse(raw.replace(b"bc", b"b\n c")), SERVERS).evidence == BARE_LINE_END


def test_line_ends_of_the_body_prove_and_disprove_nothing() -> None:
    field = f"Authentication-Results: {PASS}\n"

    assert authenticate(parse(mail("a\rb\r\nc", headers=field)), SERVERS).verdict is Verdict.PASS
    assert (
        authenticate(parse(mail("a", headers=field).replace(b"\n", b"\r\n") + b"\nb\rc"), SERVERS).verdict
        is Verdict.PASS
    )


def test_statements_above_the_second_hop_count() -> None:
    agent = ("received", "by mx.example.net with LMTP")
    above = message(*results(PASS), agent, HOP)
    between = message(agent, *results(PASS), HOP)
    below = message(agent, HOP, *results(PASS))

    assert authenticate(above, SERVERS).verdict is Verdict.PASS
    assert authenticate(between, SERVERS).verdict is Verdict.PASS
    assert authenticate(below, SERVERS).verdict is Verdict.NONE


def test_a_border_with_more_hops_of_its_own_is_believed_below_them_and_no_further() -> None:
    inner = ("received", "by 2001:db8::1 with SMTP")
    by_provider = message(inner, HOP, *results(PASS))
    by_client = message(inner, HOP, HOP, *results(PASS))
    border = Border(servers=SERVERS.servers, own_hops=2)

    assert authenticate(by_provider, border).verdict is Verdict.PASS
    assert authenticate(by_client, border).verdict is Verdict.NONE


def test_a_forged_failure_from_below_does_no_harm() -> None:
    forged = results("mx.example.net; dmarc=fail header.from=example.org")

    assert authenticate(message(*results(PASS), HOP, HOP, *forged), SERVERS).verdict is Verdict.PASS


def test_a_from_that_is_not_plain_never_passes() -> None:
    assert authenticate(message(*results(PASS), HOP, is_plain=False), SERVERS).verdict is Verdict.NONE


def test_without_a_configured_server_nothing_is_proven() -> None:
    assert authenticate(message(*results(PASS), HOP), Border(servers=frozenset())).verdict is Verdict.NONE


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
