"""The way in as the doctor sees it: what a mailbox of Dovecot says, and what to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mailgate.config import Config
from mailgate.entrypoints.doctor.finding import Finding, Level
from mailgate.entrypoints.doctor.way_in import check_way_in
from mailgate.entrypoints.imap import ImapTls, MailboxAccount
from mailgate.errors import ConfigurationError
from tests.entrypoints.imap.mailboxes import account, mail
from tests.servers.dovecot import Dovecot, running_dovecot
from tests.servers.programs import free_port


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot() as running:
        yield running


def looked_at(*accounts: MailboxAccount) -> list[Finding]:
    return list(check_way_in(Config(), accounts))


def told(found: list[Finding], level: Level) -> str:
    (finding,) = [finding for finding in found if finding.level is level]
    return f"{finding.says} → {finding.advice}"


def no_secret() -> str:
    raise ConfigurationError("mailbox.password_command: the command ended with status 1")


def test_a_mailbox_that_lets_us_in_is_well_and_nothing_in_it_changes(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("one"), mail("two"))

    for _ in range(2):
        found = looked_at(account(dovecot))
        assert "2 mails wait there" in told(found, Level.OK)
        assert "no folder Processed and no folder Rejected yet" in told(found, Level.NOTE)
    with dovecot.client() as client:
        assert client.search(["UNSEEN"]) == [1, 2]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (lambda _: {"secret": lambda: "wrong"}, "the name or the password is not accepted"),
        (lambda _: {"secret": no_secret}, "ended with status 1 → look at where the password"),
        (lambda _: {"folder": "Nowhere"}, "no folder Nowhere"),
        (lambda _: {"port": free_port()}, "no connection (ConnectionRefusedError)"),
        (lambda server: {"port": server.tls_port, "tls": ImapTls.TLS, "ca_file": None}, "certificate must be valid"),
        (lambda _: {"tls": ImapTls.TLS}, 'port 143 with "starttls"'),
    ],
    ids=["password", "command", "folder", "port", "certificate", "tls"],
)
def test_a_mailbox_that_cannot_be_read_is_a_problem_with_what_to_look_at(
    dovecot: Dovecot, changes: Callable[[Dovecot], dict[str, Any]], words: str
) -> None:
    found = looked_at(account(dovecot, **changes(dovecot)))

    assert words in told(found, Level.PROBLEM)
    assert "wrong" not in told(found, Level.PROBLEM)


def test_what_a_server_lacks_is_told() -> None:
    with running_dovecot(without=("IDLE", "MOVE", "UIDPLUS")) as server:
        found = looked_at(account(server))

    assert any("within 60 seconds" in finding.says for finding in found)
    assert "stays, marked as deleted" in told(found, Level.WARNING)


def test_without_any_door_no_mail_can_come() -> None:
    closed = Config.model_validate({"smtp": {"enabled": False}})

    assert "[[mailbox]]" in told(list(check_way_in(closed, ())), Level.PROBLEM)
    assert list(check_way_in(Config(), ())) == []
