"""What mailgate reads in one message file, as an object for JSON: the door `mailgate inspect`, for tests and support.

It needs no configuration and decides nothing: no address is its own, and commands are listed whoever sent them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from mailgate.domain.commands import parse_commands
from mailgate.domain.message import Envelope, IncomingMessage, Kind
from mailgate.inbound.classify import OwnMarks, classify
from mailgate.inbound.parse import parse

_PATH = re.compile(r"<?([^<>\s]*)>?")


def inspect(raw: bytes, name: str) -> dict[str, object]:
    """Return what a message says; `name` is handed back as `file`.

    Only commands that count by their place are listed, and none where the new text is not sure or no person wrote.
    """
    message = parse(raw)
    kind = classify(message, _envelope(message), OwnMarks(addresses=frozenset(), loop_mark="")).kind
    sender = message.sender
    return {
        "file": name,
        "subject": message.subject,
        "from": {"name": sender.name if sender else "", "address": sender.address if sender else ""},
        "message_id": message.message_id,
        "text": message.text,
        "new_text": message.new_text.text,
        "attachments": [
            {"filename": part.filename, "content_type": part.content_type, "size": part.size_octets}
            for part in message.attachments
        ],
        "kind": kind.value,
        "failed_recipients": [
            {"address": failed.address, "status": failed.status, "permanent": failed.is_permanent}
            for failed in message.failed_recipients
        ],
        "forwarded": _forwarded(message),
        "commands": _commands(message) if kind is Kind.HUMAN else [],
        "is_sure": message.new_text.is_sure,
        "defects": list(message.defects),
    }


def _forwarded(message: IncomingMessage) -> dict[str, str] | None:
    inner = message.forwarded
    return None if inner is None else {"from": inner.sender, "subject": inner.subject, "text": inner.text}


def _commands(message: IncomingMessage) -> list[dict[str, str]]:
    new = message.new_text
    if not new.is_sure:
        return []
    today = (message.date or datetime(9999, 1, 1, tzinfo=UTC)).date()
    found = parse_commands(new.text, role=None, is_wrapped=new.is_wrapped, today=today).commands
    return [{"verb": command.verb.name, "arguments": command.written.partition(" ")[2]} for command in found]


def _envelope(message: IncomingMessage) -> Envelope:
    """Return the envelope that the trace fields tell of; without them, the sender's."""
    path = message.value("return-path") or (f"<{message.sender.address}>" if message.sender else "<unknown>")
    mail_from = _PATH.match(path.strip())
    return Envelope(
        mail_from=mail_from[1] if mail_from else path, rcpt_to=(), received_at=message.date or datetime.now(UTC)
    )
