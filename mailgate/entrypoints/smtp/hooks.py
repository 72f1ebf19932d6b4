"""What aiosmtpd calls in the dialogue: each hook returns the reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from aiosmtpd.smtp import Envelope as SmtpEnvelope
from aiosmtpd.smtp import Session

from mailgate.domain.message import Envelope
from mailgate.entrypoints.smtp import replies
from mailgate.services.receiving import StorageFullError, kind_and_place

if TYPE_CHECKING:
    from mailgate.entrypoints.smtp.connection import Connection
    from mailgate.entrypoints.smtp.door import SmtpDoor

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

NULL_REVERSE_PATH = "<>"
ADDRESS_LIMIT = 320  # characters; the RFC asks for 256


class Hooks:
    """The hooks of one door, shared by its connections."""

    def __init__(self, door: SmtpDoor, *, accepts: Callable[[str], bool], now: Callable[[], datetime]) -> None:
        self._door = door
        self._accepts = accepts
        self._now = now

    async def handle_EHLO(  # noqa: N802 - aiosmtpd finds the hook by the name of its verb
        self, _server: Connection, session: Session, _envelope: SmtpEnvelope, hostname: str, offers: list[str]
    ) -> list[str]:
        """Offer what the library offers, without AUTH: over TLS it does, though nobody can log in."""
        session.host_name = hostname
        return [offer for offer in offers if not offer.startswith("250-AUTH")]

    async def handle_MAIL(  # noqa: N802 - as above
        self, _server: Connection, _session: Session, envelope: SmtpEnvelope, address: str, options: list[str]
    ) -> str:
        """Take the sender."""
        if not _is_sound(address):
            return replies.MALFORMED_ADDRESS
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return replies.OK_MAIL

    async def handle_RCPT(  # noqa: N802 - as above
        self, server: Connection, _session: Session, envelope: SmtpEnvelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient that is ours."""
        if not _is_sound(address):
            return replies.MALFORMED_ADDRESS
        try:
            is_ours = address != NULL_REVERSE_PATH and self._accepts(address)
        except Exception as error:  # noqa: BLE001 - the edge where whatever was not foreseen becomes temporary
            _log.error("recipient_not_judged", host=server.host, error=kind_and_place(error))
            return replies.TEMPORARY_FAULT
        if not is_ours:
            return replies.UNKNOWN_RECIPIENT
        if address.lower() not in {known.lower() for known in envelope.rcpt_tos}:
            if len(envelope.rcpt_tos) >= self._door.limits.max_recipients:
                return replies.TOO_MANY_RECIPIENTS
            envelope.rcpt_tos.append(address)
        server.accepted_recipients += 1
        return replies.OK_RCPT

    async def handle_DATA(  # noqa: N802 - as above
        self, server: Connection, _session: Session, envelope: SmtpEnvelope
    ) -> str:
        """Answer 250 once the mail is stored; anything unforeseen is temporary."""
        raw = envelope.original_content or b""
        server.is_storing = True
        try:
            stored = await self._door.store(raw, self._envelope(envelope))
        except StorageFullError:
            return replies.STORAGE_FULL
        except Exception as error:  # noqa: BLE001 - the edge where whatever was not foreseen becomes temporary
            _log.error("mail_not_stored", host=server.host, error=kind_and_place(error))
            return replies.TEMPORARY_FAULT
        finally:
            server.is_storing = False
        server.count_anew()
        _log.info("mail_received", inbox=stored.id, is_new=stored.is_new, octets=len(raw), host=server.host)
        return replies.queued_as(stored.id)

    def _envelope(self, envelope: SmtpEnvelope) -> Envelope:
        mail_from = envelope.mail_from or ""
        return Envelope(
            mail_from="" if mail_from == NULL_REVERSE_PATH else mail_from,
            rcpt_to=tuple(envelope.rcpt_tos),
            received_at=self._now(),
        )

    async def handle_VRFY(  # noqa: N802 - as above
        self, _server: Connection, _session: Session, _envelope: SmtpEnvelope, _address: str
    ) -> str:
        """Give nothing away."""
        return replies.NOT_VERIFIED


def _is_sound(address: str) -> bool:
    """Tell whether an address can be kept and shown: printable, and not absurdly long."""
    return address.isprintable() and len(address) <= ADDRESS_LIMIT
