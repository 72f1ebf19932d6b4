"""The mail server in front: whether it says who wrote each mail, and whether the settings take its word (RFC 8601)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mailgate.domain.message import IncomingMessage
from mailgate.entrypoints.doctor.finding import Finding, Level
from mailgate.inbound.authenticate import Border, Claim, claims

CHECK = "who wrote"
WITHOUT = "commands are done only in replies to the desk's own mails, and nothing is approved"
LET_IT_CHECK = (
    "let the server in front check SPF, DKIM and DMARC and write what it found into Authentication-Results (rspamd, or "
    "OpenDKIM and OpenDMARC)"
)
BEWARE = "make sure first that it deletes fields of its name from incoming mail"


def check_provider(border: Border, messages: Sequence[IncomingMessage]) -> Iterator[Finding]:
    """Compare what the newest mails carry with the servers that the settings trust."""
    found = [claims(message) for message in messages]
    if not found:
        yield Finding(
            level=Level.NOTE,
            check=CHECK,
            says="no mail has come yet, so that nothing can be said of the server in front",
            advice="write to the desk from outside, then run this again",
        )
    elif not border.servers:
        yield _nobody_is_trusted(found)
    else:
        yield _trusted_servers(border, found)


def _nobody_is_trusted(found: Sequence[tuple[Claim, ...]]) -> Finding:
    seen = _most_usual(found)
    if seen is None:
        advice = LET_IT_CHECK
    elif not seen.server:
        advice = "its fields name no server, as those of Microsoft 365: nothing can be trusted by name yet"
    else:
        advice = f"mails carry fields of {seen.server}; {BEWARE}, then set {_setting(seen)}"
    return Finding(
        level=Level.WARNING, check=CHECK, says=f"no server's word about senders is taken: {WITHOUT}", advice=advice
    )


def _trusted_servers(border: Border, found: Sequence[tuple[Claim, ...]]) -> Finding:
    names = {server.lower() for server in border.servers}
    highest = [next((claim for claim in row if claim.server in names), None) for row in found]
    present = [claim for claim in highest if claim is not None]
    believed = [claim for claim in present if claim.hops_above <= border.own_hops]
    shown = ", ".join(sorted(names))
    if believed:
        says = f"{len(believed)} of the newest {len(found)} mails carry the word of {shown}"
        return Finding(level=Level.OK, check=CHECK, says=says)
    if present:
        depth = min(claim.hops_above for claim in present)
        return Finding(
            level=Level.WARNING,
            check=CHECK,
            says=f"the fields of {shown} stand below {depth} Received fields, where they are not believed: {WITHOUT}",
            advice=f"if all {depth} are of your own servers, set trust.received_hops = {depth}",
        )
    seen = _most_usual(found)
    other = f"they carry fields of {seen.server}: {BEWARE}, then set {_setting(seen)}" if seen and seen.server else ""
    return Finding(
        level=Level.WARNING,
        check=CHECK,
        says=f"none of the newest {len(found)} mails carries the word of {shown}: {WITHOUT}",
        advice=other or LET_IT_CHECK,
    )


def _most_usual(found: Sequence[tuple[Claim, ...]]) -> Claim | None:
    """Return the claim that stands on top of most mails."""
    counted = Counter(row[0] for row in found if row)
    return counted.most_common(1)[0][0] if counted else None


def _setting(claim: Claim) -> str:
    hops = max(claim.hops_above, 1)
    return f'trust.authentication_servers = ["{claim.server}"]' + (
        f" and trust.received_hops = {hops}" if hops > 1 else ""
    )
