"""The IMAP door (RFC 9051 and its extensions): mailboxes that are read, each by a thread of its own.

A mail is stored, and committed, before it is moved to `Processed`; the folder in which it lies is all that is known of
it, so that no bookkeeping of ours can disagree with the server. What is too big is moved to `Rejected`. Whatever else
goes wrong leaves the mail where it is, ends the connection, and is tried again.

The door must not read what a mail says, beyond its envelope, and nothing that came by mail is ever part of a command.
"""

from mailgate.entrypoints.imap.account import ImapTls, MailboxAccount
from mailgate.entrypoints.imap.door import ImapDoor

__all__ = ["ImapDoor", "ImapTls", "MailboxAccount"]
