"""How far the From domain of a mail is proven, by what trusted servers wrote into Authentication-Results (RFC 8601).

A field is trusted when its authserv-id is that of a configured server and at most one Received field stands above it:
the server in front puts its results above its own Received field or right below it, or above the one that a local
delivery agent adds later. What stands below a second hop came with the mail, and so did a field that another server
wrote. This rests on the server's duty to delete fields that bear its name from outside (section 5). Signatures are not
verified here, and SPF alone proves nothing about the From domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import authres

from mailgate.domain.message import Authentication, IncomingMessage, Verdict

FIELD_CHARACTERS = 4_000
COMMENTS = 40  # the parser calls itself for each nested one
EVIDENCE_CHARACTERS = 300

_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """One result of one method: dkim=pass header.d=example.org."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """Return the domains that the property of that name, such as header.d, gives."""
        return [_domain(value) for key, value in self.properties if key == name]

    def __str__(self) -> str:
        written = " ".join(f"{key}={value}" for key, value in self.properties)
        return f"{self.method}={self.result} {written}".strip()[:EVIDENCE_CHARACTERS]


def authenticate(message: IncomingMessage, trusted_servers: frozenset[str]) -> Authentication:
    """Return the verdict on the From domain; of statements that contradict each other the worst one wins.

    dmarc=fail is a failure. A pass is dmarc=pass for the From domain, or dkim=pass by that domain or a parent of it
    with two labels or more (an approximation of the relaxed alignment of RFC 7489 section 3.1). A mail whose From is
    not plain never passes, since the server may have read another address in it.
    """
    statements = list(_trusted(message, frozenset(server.lower() for server in trusted_servers)))
    if failed := next((said for said in statements if said.method == "dmarc" and said.result == "fail"), None):
        return Authentication(verdict=Verdict.FAIL, method="dmarc", evidence=str(failed))
    if not message.has_plain_from or message.sender is None:
        return Authentication(verdict=Verdict.NONE, evidence="the From field is not plain")
    domain = _domain(message.sender.address)
    if other := next((said for said in statements if any(name != domain for name in said.values("header.from"))), None):
        return Authentication(verdict=Verdict.NONE, evidence=f"another From domain: {other}"[:EVIDENCE_CHARACTERS])
    passed = _dmarc_pass(statements, domain) or _dkim_pass(statements, domain)
    if passed is not None:
        return Authentication(verdict=Verdict.PASS, method=passed.method, evidence=str(passed))
    evidence = "; ".join(map(str, statements))[:EVIDENCE_CHARACTERS] or "no trusted Authentication-Results"
    return Authentication(verdict=Verdict.NONE, evidence=evidence)


def _dmarc_pass(statements: list[_Statement], domain: str) -> _Statement | None:
    said = [statement for statement in statements if statement.method == "dmarc"]
    is_pass = all(statement.result == "pass" and statement.values("header.from") for statement in said)
    return said[0] if said and domain and is_pass else None


def _dkim_pass(statements: list[_Statement], domain: str) -> _Statement | None:
    """Return the aligned pass, unless an aligned signature fails or a server saw none at all."""
    said = [statement for statement in statements if statement.method == "dkim"]
    aligned = [statement for statement in said if _is_aligned(statement, domain)]
    if any(statement.result == "none" for statement in said) or any(said.result == "fail" for said in aligned):
        return None
    return next((statement for statement in aligned if statement.result == "pass"), None)


def _is_aligned(statement: _Statement, domain: str) -> bool:
    signers = statement.values("header.d") or statement.values("header.i")
    return bool(signers) and all(
        "." in signer and (domain == signer or domain.endswith(f".{signer}")) for signer in signers
    )


def _trusted(message: IncomingMessage, servers: frozenset[str]) -> Iterator[_Statement]:
    hops = 0
    for name, value in message.headers:
        hops += name == "received"
        if hops > 1:
            return
        if name == "authentication-results":
            yield from _statements(value, servers)


def _statements(value: str, servers: frozenset[str]) -> Iterator[_Statement]:
    """Yield what a field says; a field that cannot be read, of another version or of another server says nothing."""
    if len(value) > FIELD_CHARACTERS or value.count("(") > COMMENTS or not value.isascii():
        return
    try:
        field = authres.AuthenticationResultsHeader.parse_value(value)
    except (authres.AuthResError, SyntaxError, RecursionError, ValueError, LookupError, AttributeError, TypeError):
        return
    if (field.authserv_id or "").lower() not in servers:
        return
    for result in field.results:
        properties = tuple((f"{found.type}.{found.name}".lower(), str(found.value)) for found in result.properties)
        yield _Statement(method=result.method.lower(), result=result.result.lower(), properties=properties)


def _domain(value: str) -> str:
    """Return the domain of an address or of a property in lower case; empty where it is not one."""
    domain = value.rpartition("@")[2].strip().lower()
    return domain if domain.isascii() and len(domain) <= 253 and _DOMAIN.fullmatch(domain) else ""
