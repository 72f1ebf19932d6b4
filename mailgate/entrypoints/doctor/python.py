"""The Python that mailgate runs on: which known errors of its mail modules are in it.

Each error is looked for by what this Python does, never by its version, since distributions repair old versions. All
of them are worked around; the finding says how.
"""

from __future__ import annotations

import email.message
import email.policy
import email.utils
import imaplib
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailgate.entrypoints.doctor.finding import Finding, Level

LONG_MESSAGE_ID = f"<{'x' * 90}@example.org>"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownError:
    """An error of the standard library: how it shows, and why mailgate is safe from it all the same."""

    name: str
    is_present: Callable[[], bool]
    defence: str


def _reads_addresses_laxly() -> bool:
    return not getattr(email.utils, "supports_strict_parsing", False)


def _writes_injected_header_fields() -> bool:
    return not getattr(email.policy.default, "verify_generated_headers", False)


def _encodes_long_message_ids() -> bool:
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["In-Reply-To"] = LONG_MESSAGE_ID
    return LONG_MESSAGE_ID not in message.as_string()


def _lets_control_characters_into_imap_commands() -> bool:
    return not hasattr(imaplib, "_control_chars")


KNOWN_ERRORS = (
    KnownError(
        name="one malformed address is read as another one (CVE-2023-27043)",
        is_present=_reads_addresses_laxly,
        defence="mail whose From is not plain never proves who wrote it",
    ),
    KnownError(
        name="line ends in header values are written out (CVE-2024-6923)",
        is_present=_writes_injected_header_fields,
        defence="mailgate writes its header fields itself",
    ),
    KnownError(
        name="long message identifiers are encoded, which breaks threads (cpython issue 79986)",
        is_present=_encodes_long_message_ids,
        defence="mailgate writes its header fields itself",
    ),
    KnownError(
        name="control characters pass into IMAP commands (CVE-2025-15366)",
        is_present=_lets_control_characters_into_imap_commands,
        defence="nothing that came by mail is ever part of a command",
    ),
)


def check_python(known_errors: tuple[KnownError, ...] = KNOWN_ERRORS) -> Iterator[Finding]:
    """Yield which of the known errors this Python has, with what keeps mailgate safe from each."""
    present = [error for error in known_errors if error.is_present()]
    version = platform.python_version()
    if not present:
        yield Finding(level=Level.OK, check="python", says=f"Python {version} has none of the known errors with mail")
        return
    listed = "; ".join(f"{error.name}: safe, since {error.defence}" for error in present)
    yield Finding(
        level=Level.NOTE,
        check="python",
        says=f"Python {version} has {len(present)} known errors in its modules for mail. {listed}",
        advice="nothing has to be done; the newest Python of its series may have them repaired",
    )
