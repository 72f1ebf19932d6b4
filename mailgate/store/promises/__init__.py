"""Every promise about the stored data, as a check that finds what breaks it: `mailgate fsck` goes through them.

The checks trust nothing that they check: they read rows as they lie there, not as the values of the domain. They run
on both databases, in one transaction that only reads, and keep few rows in memory. Nothing is repaired here.
"""

from mailgate.store.promises import books, mail, schema, tickets
from mailgate.store.promises.mail import attempts_within
from mailgate.store.promises.promise import Promise

PROMISES: tuple[Promise, ...] = (*schema.PROMISES, *mail.PROMISES, *tickets.PROMISES, *books.PROMISES)

__all__ = ["PROMISES", "Promise", "attempts_within"]
