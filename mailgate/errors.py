"""The errors that cross a module's border, and what each means for the mail at hand.

    MailgateError
    ├── TemporaryError          try again later; the mail is kept (SMTP 4yz, exit status 75)
    │   └── UnavailableError    whatever the mail is: something that is needed for all of them is not there
    └── PermanentError          trying again cannot help
        └── ConfigurationError  the operator must change a setting

Every error carries a public text, which a peer or a user may see; the private cause stays in `__cause__` and in the
log. What is not one of these is unforeseen, and the unforeseen is temporary. This module must not import anything.
"""

from __future__ import annotations


class MailgateError(Exception):
    """Base of all errors that mailgate raises on purpose; `public` is safe to show to anybody."""

    def __init__(self, public: str) -> None:
        super().__init__(public)
        self.public = public


class TemporaryError(MailgateError):
    """It failed now and may succeed later; whoever holds the mail keeps it."""


class UnavailableError(TemporaryError):
    """Something that is needed for every mail is not there now: the database, a process. No mail is to blame."""


class PermanentError(MailgateError):
    """It will fail again in the same way."""


class ConfigurationError(PermanentError):
    """The installation is set up wrongly; the text says which setting and what to write instead."""
