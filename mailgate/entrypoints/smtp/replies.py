"""What the doors say: every reply with its enhanced code (RFC 3463), and our words for those of the library."""

from __future__ import annotations

OK_MAIL = "250 2.1.0 Ok"
OK_RCPT = "250 2.1.5 Ok"
NOT_VERIFIED = "252 2.1.5 Not verified; send the mail and see"
READY_FOR_TLS = "220 2.0.0 Ready to start TLS"

SHUTTING_DOWN = "421 4.3.2 Shutting down, try again later"
TOO_MANY_CONNECTIONS = "421 4.3.2 Too many connections, try again later"
FAULT_CLOSING = "421 4.3.0 Temporary internal error, closing"
TIMED_OUT = "421 4.4.2 Timeout, closing"
TOO_MANY_COMMANDS = "421 4.7.0 Too many commands, closing"
TOO_MANY_ERRORS = "421 4.7.0 Too many errors, closing"
TEMPORARY_FAULT = "451 4.3.0 Temporary internal error, try again later"
STORAGE_FULL = "452 4.3.1 Insufficient storage, try again later"
TOO_MUCH_AT_ONCE = "452 4.3.1 Too much mail at once, try again later"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients"

LINE_TOO_LONG = "500 5.5.2 Line too long"
BARE_LINE_END = "550 5.6.0 A bare line end stands beside a line of one dot; only CRLF ends a line"
UNKNOWN_RECIPIENT = "550 5.1.1 Unknown recipient"
TOO_BIG = "552 5.3.4 Message size exceeds the limit"
MALFORMED_ADDRESS = "553 5.1.3 Malformed address"

#: What the library says by itself, by how it begins → our words: an enhanced code, and nothing echoed.
REWORDED = (
    ("552 Error:", TOO_BIG),
    ("553 5.1.3", MALFORMED_ADDRESS),
    ("500 Line too long", LINE_TOO_LONG),
    ("500 Command line too long", "500 5.5.2 Command line too long"),
    ("500 Error: command", "500 5.5.1 Command not recognized"),
    ("500 Error:", "500 5.5.2 Syntax error"),
    ("502 5.5.1 Too many", TOO_MANY_ERRORS),
    ("502 ", "502 5.5.1 Command not implemented"),
)

UNCOUNTED = ("220", "354", "250-")  # replies that do not complete a command


def queued_as(number: int) -> str:
    """Return the reply to a mail that is stored under that number."""
    return f"250 2.0.0 Ok: queued as {number}"


def reworded(reply: str) -> str:
    """Return a reply in our words."""
    if reply.startswith(("250", "354")):
        return reply
    return next((ours for theirs, ours in REWORDED if reply.startswith(theirs)), reply)
