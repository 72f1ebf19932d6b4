"""Debian's Postfix on both sides of the desk: in front of it by LMTP and by SMTP, and behind it as the smarthost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.store.inbox import InboxLine
from tests.entrypoints.serving import DESK, ServedDesk, installed_desk, question, served_desk
from tests.servers import programs
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.postfix import Postfix, running_postfix
from tests.servers.programs import await_condition

pytestmark = pytest.mark.timeout(240)

FRONT = """\
relay_domains = example.org
relay_transport = {dialect}:{nexthop}
lmtp_destination_recipient_limit = 50
smtp_destination_recipient_limit = 50
"""


@pytest.fixture(scope="module", params=["lmtp", "smtp"])
def behind_postfix(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Postfix, ServedDesk]]:

    dialect = str(request.param)
    folder = tmp_path_factory.mktemp(dialect)
    port = programs.free_port()
    settings = f"[lmtp]\nenabled = true\nport = {port}\n" if dialect == "lmtp" else ""
    with installed_desk(folder / "desk", settings) as desk:
        if dialect == "smtp":
            desk.environment = {"MAILGATE_SMTP__PORT": str(port)}
        desk.start()
        nexthop = f"[127.0.0.1]:{port}" if dialect == "smtp" else f"inet:127.0.0.1:{port}"
        with running_postfix(FRONT.format(dialect=dialect, nexthop=nexthop)) as postfix:
            yield postfix, desk


def newest(desk: ServedDesk) -> InboxLine:
    return desk.inbox()[-1]


@pytest.mark.parametrize("count", [1, 2, 5, 50])
def test_a_mail_to_many_of_our_addresses_is_one_mail_with_all_of_them(
    behind_postfix: tuple[Postfix, ServedDesk], count: int
) -> None:
    postfix, desk = behind_postfix
    recipients = [f"support+{count}-{number}@example.org" for number in range(count)]
    before = len(desk.inbox())

    assert postfix.send("hugo@saint-remy.example.com", recipients, question(1000 + count)) == {}
    postfix.await_delivery()
    desk.await_settled()

    assert len(desk.inbox()) == before + 1
    assert sorted(newest(desk).rcpt_to) == sorted(recipients)
    assert newest(desk).ticket_id is not None


def test_a_refused_recipient_bounces_alone_and_the_others_are_served(
    behind_postfix: tuple[Postfix, ServedDesk],
) -> None:
    postfix, desk = behind_postfix
    before = len(desk.inbox())

    postfix.send("hugo@saint-remy.example.com", [DESK, "sales@example.org"], question(2000))
    postfix_said = "to=<sales@example.org>"
    await_condition(lambda: postfix_said in postfix.log(), "Postfix was told")

    (line,) = [line for line in postfix.log().splitlines() if postfix_said in line][:1]
    assert "status=bounced" in line
    assert "550 5.1.1" in line
    await_condition(lambda: len(desk.inbox()) == before + 1, "the other recipient is served")
    assert newest(desk).rcpt_to == (DESK,)


def test_a_mail_beyond_the_size_limit_is_refused_for_good(behind_postfix: tuple[Postfix, ServedDesk]) -> None:
    postfix, desk = behind_postfix
    before = len(desk.inbox())

    big = question(3000, body=("y" * 900 + "\r\n") * 42_000)
    postfix.send("hugo@saint-remy.example.com", [DESK], big)
    await_condition(lambda: "size limit" in postfix.log() or "552" in postfix.log(), "Postfix was told")

    assert "status=bounced" in postfix.log()
    assert len(desk.inbox()) == before


def test_while_the_desk_is_down_the_mail_waits_in_front_of_it(behind_postfix: tuple[Postfix, ServedDesk]) -> None:
    postfix, desk = behind_postfix
    port = desk.events("lmtp_listening", "smtp_listening")
    assert port
    before = len(desk.inbox())
    assert desk.terminate() == 0

    postfix.send("hugo@saint-remy.example.com", [DESK], question(4000))
    await_condition(lambda: "status=deferred" in postfix.log(), "Postfix keeps the mail")
    desk.start()
    postfix.flush()

    await_condition(lambda: len(desk.inbox()) == before + 1, "the mail arrives")
    postfix.await_delivery()
    assert len(desk.inbox()) == before + 1


# --- behind the desk --------------------------------------------------------------------------------------------------

BEHIND = """\
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = discard:
smtpd_recipient_restrictions =
 check_recipient_access inline:{{ {{ camille@saint-remy.example.com = 550 5.7.1 not here }} }}, permit
"""

SMARTHOST = """\
[outgoing]
smarthost = "localhost"
port = {port}
tls = "starttls"
ca_file = "{ca_file}"
"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def smarthost(certificate: Certificate) -> Iterator[Postfix]:
    settings = BEHIND.format(certificate=certificate.certificate_file, key=certificate.key_file)
    with running_postfix(settings) as postfix:
        yield postfix


def behind(smarthost: Postfix, certificate: Certificate) -> str:
    return SMARTHOST.format(port=smarthost.port, ca_file=certificate.certificate_file)


def test_notices_leave_by_a_smarthost_whose_certificate_is_verified(
    smarthost: Postfix, certificate: Certificate, tmp_path: Path
) -> None:
    with served_desk(tmp_path, behind(smarthost, certificate)) as desk:
        desk.send(question(1))
        desk.await_settled()

        assert Counter(row.state.value for row in desk.outbox()) == {"sent": 2}
        named = [f"message-id={row.message_id}" for row in desk.outbox()]
        await_condition(lambda: all(name in smarthost.log() for name in named), "Postfix took them")


def test_a_certificate_that_nobody_vouches_for_defers_and_loses_nothing(smarthost: Postfix, tmp_path: Path) -> None:
    settings = f'[outgoing]\nsmarthost = "localhost"\nport = {smarthost.port}\n'
    with served_desk(tmp_path, settings) as desk:
        desk.send(question(1))
        desk.await_event("delivery")
        await_condition(lambda: all(row.attempts for row in desk.outbox()) and desk.outbox(), "it was tried")

        assert {row.state.value for row in desk.outbox()} == {"queued"}
        assert "certificate" in desk.outbox()[0].last_reply.lower()


def test_a_recipient_that_the_smarthost_refuses_is_given_up_and_the_engineers_hear_of_it(
    smarthost: Postfix, certificate: Certificate, tmp_path: Path
) -> None:
    with served_desk(tmp_path, behind(smarthost, certificate)) as desk:
        desk.send(question(1, sender="camille@saint-remy.example.com"), mail_from="camille@saint-remy.example.com")
        await_condition(lambda: any(row.state.value == "failed" for row in desk.outbox()), "it is given up")
        desk.await_settled()

        failed = [row for row in desk.outbox() if row.state.value == "failed"]
        assert [row.rcpt_to for row in failed] == ["camille@saint-remy.example.com"]
        assert "550 5.7.1" in failed[0].last_reply
        assert any(row.kind == "undelivered" or "deliver" in row.kind for row in desk.outbox())


def test_mail_waits_while_the_smarthost_is_down_and_leaves_once_when_it_is_back(
    smarthost: Postfix, certificate: Certificate, tmp_path: Path
) -> None:
    nobody = SMARTHOST.format(port=programs.free_port(), ca_file=certificate.certificate_file)
    with served_desk(tmp_path, nobody) as desk:
        desk.send(question(5000))
        await_condition(lambda: len([row for row in desk.outbox() if row.attempts]) == 2, "both were tried")
        assert {row.state.value for row in desk.outbox()} == {"queued"}
        assert desk.terminate() == 0

        desk.environment = {"MAILGATE_OUTGOING__PORT": str(smarthost.port)}
        with desk.app.database.transaction() as tx:
            tx.exec_driver_sql("UPDATE outbox SET next_attempt_at = queued_at")  # as if the pause were over
        desk.start()
        desk.await_settled()

        names = [f"message-id={row.message_id}" for row in desk.outbox()]
        await_condition(lambda: all(name in smarthost.log() for name in names), "Postfix took them")
        assert [smarthost.log().count(name) for name in names] == [1, 1]
