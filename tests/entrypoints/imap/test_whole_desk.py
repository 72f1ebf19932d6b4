"""A desk that reads a mailbox: from a mail in it to the answer, with the reply found by its address."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.entrypoints.serving import CLIENT, served_desk
from tests.servers.dovecot import running_dovecot
from tests.servers.programs import await_condition

MAILBOX = """\
[[mailbox]]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "support"
password_file = "mailbox.password"
"""


def mail(subject: str, to: str, body: str) -> bytes:
    header = f"Return-Path: <{CLIENT}>\r\nFrom: Hugo <{CLIENT}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
    return f"{header}Message-ID: <{subject}@saint-remy.example.com>\r\n\r\n{body}\r\n".encode()


@pytest.mark.timeout(180)
def test_a_question_in_the_mailbox_becomes_a_ticket_and_the_reply_finds_it(tmp_path: Path) -> None:
    with running_dovecot() as dovecot:
        (tmp_path / "mailbox.password").write_text("secret\n")
        (tmp_path / "mailbox.password").chmod(0o600)
        settings = MAILBOX.format(port=dovecot.port)
        with served_desk(tmp_path, settings, {"MAILGATE_SMTP__ENABLED": "false"}) as desk:
            dovecot.deliver(mail("Index", "support@example.org", "The index is not used."))
            await_condition(desk.outgoing, "the desk acknowledges")
            desk.await_settled()
            acknowledgement = next(sent for sent in desk.outgoing() if CLIENT in sent.to)

            dovecot.deliver(mail("Answer", acknowledgement.reply_to, "It works now."))
            await_condition(lambda: len(desk.inbox()) == 2, "the reply arrives")
            desk.await_settled()

            assert [(line.state.value, line.ticket_id) for line in desk.inbox()] == [("done", 1), ("done", 1)]
            await_condition(lambda: sorted(dovecot.subjects("Processed")) == ["Answer", "Index"], "both are put away")
            assert desk.terminate() == 0
