"""How far the From domain of a mail is proven, by what trusted servers wrote into Authentication-Results (RFC 8601).

A field is trusted when its authserv-id is that of a configured server and no more Received fields stand above it than
the border has hops of its own. Usually that is one: the server in front puts its results above its own Received field
or right below it, or above the one that a local delivery agent adds later. A provider that hands mail on inside adds
more. What stands below a hop beyond these came with the mail, and so did a field that another server wrote. This rests
on the server's duty to delete fields that bear its name from outside (section 5), so that a field is its own only where
the name stands so plainly that the server would have known it. Such a field that cannot be read counts as a failure: it
may hide one. Signatures are not verified here, and SPF alone proves nothing about the From domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import authres

from mailgate.domain.message import Authentication, IncomingMessage, Verdict
from mailgate.inbound.fields import BARE_LINE_END

FIELD_CHARACTERS = 4_000
EVIDENCE_CHARACTERS = 300
UNREADABLE = "unreadable Authentication-Results of a trusted server"

# The authserv-id at the very start, alone or quoted, then an optional version. No comment before it: a server that
# compares names as they are written would not know its own behind one.
_SERVER = re.compile(
    r"[ \t]*(?:\"(?P<quoted>[ !#-\[\]-~]*)\"|(?P<plain>[!#-'*-:<-\[\]-~]+))(?:[ \t]+\d+)?[ \t]*(?:[;(]|\Z)"
)
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*+\"")
_IN_COMMENT = re.compile(r"\\.|[()]|[^\\()]++")
_OUTSIDE = re.compile(rf"{_QUOTED.pattern}|[(]|[^\"()]++")
# Properties that decide nothing, with characters that should be quoted (section 2.2, pvalue) and often are not, such as
# smtp.mailfrom=bounce=ana=example.org@example.net; the parser would give up the whole field.
_ODD_PROPERTY = re.compile(
    rf"({_QUOTED.pattern})|(?<=[ \t])(?:smtp\.[a-z-]++|header\.[abs]|policy\.[a-z-]++)="
    r"[A-Za-z0-9!#$%&'*+?^_`{|}~.@-]*+[/:=<>,\[\]\\][!#-:<-~]*+(?=[ \t;]|\Z)",
    re.IGNORECASE,
)

_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """The servers through which all mail enters: their names in Authentication-Results, and how many hops they add."""

    servers: frozenset[str]
    own_hops: int = 1

    def __post_init__(self) -> None:
        if self.own_hops < 1:
            raise ValueError("a border has at least one hop of its own")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """One result of one method: dkim=pass header.d=example.org."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """Return the domains that the property of that name, such as header.d, gives."""
        given = [value for key, value in self.properties if key == name]
        return ["" if name == "header.d" and "@" in value else _domain(value) for value in given]

    def __str__(self) -> str:
        written = " ".join(f"{key}={value}" for key, value in self.properties)
        return f"{self.method}={self.result} {written}".strip()[:EVIDENCE_CHARACTERS]


_UNREADABLE = _Statement(method="", result="", properties=())


def authenticate(message: IncomingMessage, border: Border) -> Authentication:
    """Return the verdict on the From domain; of statements that contradict each other the worst one wins.

    dmarc=fail is a failure, and so is a field of a trusted server that cannot be read. A pass is dmarc=pass for the
    From domain, or dkim=pass by that domain or a parent of it with two labels or more (an approximation of the relaxed
    alignment of RFC 7489 section 3.1). A mail whose From is not plain never passes, since the server may have read
    another address in it; nor one with a bare line end in its header, since the server may have read fewer fields.
    """
    statements = list(_trusted(message, border))
    if failed := next((said for said in statements if said.method == "dmarc" and said.result == "fail"), None):
        return Authentication(verdict=Verdict.FAIL, method="dmarc", evidence=str(failed))
    if _UNREADABLE in statements:
        return Authentication(verdict=Verdict.FAIL, evidence=UNREADABLE)
    if BARE_LINE_END in message.defects or not message.has_plain_from or message.sender is None:
        is_bare = BARE_LINE_END in message.defects
        return Authentication(
            verdict=Verdict.NONE, evidence=BARE_LINE_END if is_bare else "the From field is not plain"
        )
    return _proof(statements, _domain(message.sender.address))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An Authentication-Results field as it stands: the server that it names, and the Received fields above it."""

    server: str  # in lower case; empty where the field names none, as those of Microsoft 365 do
    hops_above: int


def claims(message: IncomingMessage) -> tuple[Claim, ...]:
    """Return who claims to have checked the mail, from above, whether that is trusted or not."""
    found: list[Claim] = []
    hops = 0
    for name, value in message.headers:
        hops += name == "received"
        if name == "authentication-results":
            found.append(Claim(server=_server_of(value), hops_above=hops))
    return tuple(found)


def _proof(statements: list[_Statement], domain: str) -> Authentication:
    """Return the verdict on the domain of a plain From, where nothing failed."""
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


def _trusted(message: IncomingMessage, border: Border) -> Iterator[_Statement]:
    servers = frozenset(server.lower() for server in border.servers)
    hops = 0
    for name, value in message.headers:
        hops += name == "received"
        if hops > border.own_hops:
            return
        if name == "authentication-results":
            yield from _statements(value, servers)


def _statements(value: str, servers: frozenset[str]) -> Iterator[_Statement]:
    """Yield what a field of a trusted server says; that of any other says nothing."""
    if _server_of(value) in servers:
        yield from _read(value) or [_UNREADABLE]


def _server_of(value: str) -> str:
    """Return the authserv-id of a field in lower case, '' where it has none."""
    server = _SERVER.match(value)
    return (server["quoted"] or server["plain"] or "").lower() if server is not None else ""


def _read(value: str) -> list[_Statement]:
    """Return the statements of a field, of which `none` is one as well; nothing where any of it cannot be read."""
    if len(value) > FIELD_CHARACTERS or not value.isascii():
        return []
    text = _ODD_PROPERTY.sub(lambda found: found[1] or "", _without_comments(value)).rstrip(" \t;")
    try:
        results = authres.AuthenticationResultsHeader.parse_value(text).results
        statements = [_statement(result) for result in results]
    except (authres.AuthResError, SyntaxError, RecursionError, ValueError, LookupError, AttributeError, TypeError):
        return []
    # The parser skips what it does not understand, and with it may skip a result.
    is_complete = _QUOTED.sub("", text).count(";") == max(len(statements), 1)
    return (statements or [_Statement(method="none", result="none", properties=())]) if is_complete else []


def _statement(result: authres.AuthenticationResult) -> _Statement:
    """Return a result as a statement; one of an unknown version of its method gets a name that nobody asks for."""
    return _Statement(
        method=result.method.lower() if result.version in {None, "1"} else f"{result.method}/{result.version}".lower(),
        result=result.result.lower(),
        properties=tuple((f"{found.type}.{found.name}".lower(), str(found.value)) for found in result.properties),
    )


def _without_comments(value: str) -> str:
    """Return the field with a space for each comment, in linear time; '' where a comment or a quotation never ends."""
    pieces: list[str] = []
    depth = at = 0
    while at < len(value):
        found = (_IN_COMMENT if depth else _OUTSIDE).match(value, at)
        if found is None:
            return ""
        at = found.end()
        if not depth:
            pieces.append(" " if found[0] == "(" else found[0])
        depth += (found[0] == "(") - (found[0] == ")")
    return "" if depth else "".join(pieces)


def _domain(value: str) -> str:
    """Return the domain of an address or of a property in lower case; empty where it is not one."""
    domain = value.rpartition("@")[2].strip().lower()
    return domain if domain.isascii() and len(domain) <= 253 and _DOMAIN.fullmatch(domain) else ""
