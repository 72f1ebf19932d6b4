"""The SMTP and LMTP doors (RFC 5321, RFC 2033): take mail in, and answer 250 only when it is committed.

A door is thin: protocol in, use case out, errors → reply codes. Whose mail it takes and how it is stored, it is told by
two callables. What the peer did wrong is refused for good (5yz) and in the dialogue, so that nothing is ever bounced
later; what we did wrong is temporary (4yz) and shows nothing of the error, so that the sender keeps the mail.

A door must not read what a mail says, relay anything, offer AUTH, or look a name up.
"""

from mailgate.entrypoints.smtp.door import Dialect, SmtpDoor
from mailgate.entrypoints.smtp.limits import SmtpLimits
from mailgate.entrypoints.smtp.tls import ServerTls, TlsMode

__all__ = ["Dialect", "ServerTls", "SmtpDoor", "SmtpLimits", "TlsMode"]
