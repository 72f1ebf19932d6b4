"""The object that `mailgate inspect` prints."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from mailgate.inbound.inspection import inspect
from tests.inbound.mails import mail, multipart


def test_a_mail_is_told_as_json() -> None:
    image = "Content-Type: image/png; name=a.png\n\nx"
    raw = multipart("Content-Type: text/plain\n\n[approve 4h]\n\nOn 22/09/2026 10:00, S wrote:\n> [close]", image)

    assert json.loads(json.dumps(inspect(raw, "a.eml"))) == {
        "file": "a.eml",
        "subject": "Question",
        "from": {"name": "Ana", "address": "ana@example.org"},
        "message_id": "<m1@example.org>",
        "text": "[approve 4h]\n\nOn 22/09/2026 10:00, S wrote:\n> [close]",
        "new_text": "[approve 4h]",
        "attachments": [{"filename": "a.png", "content_type": "image/png", "size": 1}],
        "kind": "human",
        "failed_recipients": [],
        "forwarded": None,
        "commands": [{"verb": "approve", "arguments": "4h"}],
        "is_sure": True,
        "defects": [],
    }


def test_no_command_is_told_of_an_automatic_or_doubtful_mail() -> None:
    assert inspect(mail("[close]", headers="Auto-Submitted: auto-replied\n"), "")["commands"] == []
    assert inspect(mail("It works.\n\nBest regards\nAna\n[close]"), "")["commands"] == []


@given(st.binary(max_size=300))
def test_any_file_is_told(raw: bytes) -> None:
    json.dumps(inspect(raw, "x"))
