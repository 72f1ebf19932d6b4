"""The way in: whether a door is open at all, and whether each mailbox lets the desk in and has what it needs.

A mailbox is looked at as the desk would: the same log-in, the same folders. No mail is read and nothing is created.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence

from imapclient.exceptions import IMAPClientError, LoginError

from mailgate.config import Config
from mailgate.entrypoints.doctor.finding import Finding, Level
from mailgate.entrypoints.imap import MailboxAccount
from mailgate.entrypoints.imap.session import Session
from mailgate.errors import MailgateError

CHECK = "mailbox"


def check_way_in(config: Config, accounts: Sequence[MailboxAccount]) -> Iterator[Finding]:
    """Look at each mailbox; where there is none, at whether a listener is switched on."""
    if not accounts and not config.smtp.enabled and not config.lmtp.enabled:
        yield Finding(
            level=Level.PROBLEM,
            check="way in",
            says="no listener is switched on and no mailbox is named, so that no mail can come",
            advice="name a [[mailbox]], or set smtp.enabled or lmtp.enabled",
        )
    for account in accounts:
        yield from _look_at(account)


def _look_at(account: MailboxAccount) -> Iterator[Finding]:
    try:
        with Session.opened(account) as session:
            waiting = session.count()
            missing = session.missing_folders()
            yield Finding(
                level=Level.OK, check=CHECK, says=f"{account.name} lets the desk in; {waiting} mails wait there"
            )
            yield from _abilities(session, account, missing)
    except (MailgateError, IMAPClientError, OSError) as error:
        says, advice = _trouble(error, account)
        yield Finding(level=Level.PROBLEM, check=CHECK, says=f"{account.name}: {says}", advice=advice)


def _abilities(session: Session, account: MailboxAccount, missing: Sequence[str]) -> Iterator[Finding]:
    """Yield what this server lacks; what the desk makes by itself is worth a note."""
    if missing:
        says = f"{account.name} has no folder {' and no folder '.join(missing)} yet"
        yield Finding(level=Level.NOTE, check=CHECK, says=says, advice="nothing has to be done: the desk makes it")
    if not session.can("IDLE"):
        says = f"{account.name} announces no new mail: it is found within {account.poll_seconds} seconds"
        yield Finding(level=Level.NOTE, check=CHECK, says=says)
    if not session.can("MOVE") and not session.can("UIDPLUS"):
        yield Finding(
            level=Level.WARNING,
            check=CHECK,
            says=f"{account.name} can neither move mails nor remove single ones: what is done stays, marked as deleted",
            advice=f"let the mailbox be emptied of such mails: {account.folder} grows, and takes ever longer to read",
        )


def _trouble(error: Exception, account: MailboxAccount) -> tuple[str, str]:
    """Return what went wrong and what to look at. What the server says of a log-in is not shown: it may repeat it."""
    place = f"{account.host}, port {account.port}"
    if isinstance(error, MailgateError):
        return str(error), "look at where the password or the token of this mailbox comes from"
    if isinstance(error, LoginError):
        return (
            "the name or the password is not accepted",
            "look at username and at where the password comes from; some providers want an app password or a token",
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{place}: {error.verify_message}", "the server's certificate must be valid for the name in host"
    if isinstance(error, ssl.SSLError):
        return f"{place}: no encrypted connection", 'port 993 goes with tls = "tls", port 143 with "starttls"'
    if isinstance(error, IMAPClientError):
        return f"there is no folder {account.folder} that can be read", "look at the setting folder of this mailbox"
    return (
        f"{place}: no connection ({type(error).__name__})",
        "look at host and port, and whether a firewall is between",
    )
