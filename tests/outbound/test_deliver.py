"""Delivery against a real SMTP server with scripted replies, and into a folder."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailgate.errors import ConfigurationError, TemporaryError
from mailgate.outbound.deliver import Delivery
from mailgate.outbound.folder import FolderTransport
from mailgate.outbound.retry import Status
from mailgate.outbound.smarthost import MAILS_OF_A_CONNECTION, Smarthost, SmtpTransport, Tls

PATIENCE_SECONDS = 60
MAIL = b"Message-ID: <1@example.org>\r\nSubject: x\r\n\r\n.one\r\n..\r\ntwo\r\n"


@dataclass
class Script:
    """An aiosmtpd handler that answers as it is told, and remembers what it was told."""

    on_mail: str = "250 ok"
    on_rcpt: str = "250 ok"
    on_data: str = "250 2.0.0 queued"
    cut_at_data: bool = False
    cut_at_quit: bool = False
    received: list[Envelope] = field(default_factory=list)
    sessions: list[SMTP] = field(default_factory=list)
    has_quit: asyncio.Event = field(default_factory=asyncio.Event)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_MAIL(self, *told: Any) -> str:  # noqa: N802 - aiosmtpd's name
        _, _, envelope, envelope.mail_from, _ = told
        return self.on_mail

    async def handle_RCPT(self, *told: Any) -> str:  # noqa: N802
        _, _, envelope, address, _ = told
        envelope.rcpt_tos.append(address)
        return self.on_rcpt

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.cut_at_data:
            cut(server)
        self.received.append(envelope)
        return self.on_data

    @property
    def connections(self) -> int:
        return len(self.sessions)

    def end_all(self, last_words: bytes) -> None:
        for session in self.sessions:
            if isinstance(session.transport, asyncio.Transport) and not session.transport.is_closing():
                session.transport.write(last_words)
                session.transport.close()

    async def handle_QUIT(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self.has_quit.set()
        if self.cut_at_quit:
            cut(server)
        return "221 bye"

    def authenticate(self, *told: Any) -> AuthResult:
        data = told[-1]
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)


def cut(server: SMTP) -> None:
    for transport in (server.transport, server._original_transport):  # the latter is beneath STARTTLS
        if isinstance(transport, asyncio.Transport) and not transport.is_closing():
            transport.abort()


@asynccontextmanager
async def server(script: Script, implicit_tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[int]:
    def protocol() -> SMTP:
        script.sessions.append(SMTP(script, hostname="mx.example.org", **options))
        return script.sessions[-1]

    loop = asyncio.get_running_loop()
    listener = await loop.create_server(protocol, "127.0.0.1", 0, ssl=implicit_tls)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for session in script.sessions:
            cut(session)


def smarthost(port: int, tls: Tls = Tls.NONE, **options: Any) -> Smarthost:
    return Smarthost(host="127.0.0.1", port=port, tls=tls, local_hostname="desk.example.org", timeout=5, **options)


async def send(port: int, tls: Tls = Tls.NONE, **options: Any) -> Delivery:
    return (await send_all(port, 1, tls, **options))[0]


async def send_all(port: int, number: int, tls: Tls = Tls.NONE, **options: Any) -> list[Delivery]:
    """Send so many mails one after the other by one transport."""
    transport = SmtpTransport(smarthost(port, tls, **options))
    try:
        return [await transport.send("desk@example.org", "marie@example.com", MAIL) for _ in range(number)]
    finally:
        await transport.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(key)]
    subprocess.run([*command, "-out", str(cert), *subject], check=True, capture_output=True)
    return cert, key


def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


async def test_what_the_smarthost_takes_is_sent_and_arrives_octet_by_octet() -> None:
    script = Script()
    async with server(script) as port:
        delivery = await send(port)

    assert delivery == Delivery(status=Status.SENT, reply="250 2.0.0 queued", is_answered=True)
    assert [(each.mail_from, each.rcpt_tos, each.content) for each in script.received] == [
        ("desk@example.org", ["marie@example.com"], MAIL)
    ]


async def test_an_empty_sender_is_the_null_reverse_path() -> None:
    script = Script()
    async with server(script) as port:
        transport = SmtpTransport(smarthost(port))
        delivery = await transport.send("", "marie@société.example", MAIL)
        await transport.close()

    assert delivery.status is Status.SENT
    assert script.received[0].mail_from == "<>"
    assert script.received[0].rcpt_tos == ["marie@xn--socit-esab.example"]


@pytest.mark.parametrize("step", ["on_mail", "on_rcpt", "on_data"])
@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("421 4.3.2 closing", Status.DEFERRED),
        ("450 4.2.0 greylisted", Status.DEFERRED),
        ("451 4.3.0 later", Status.DEFERRED),
        ("452 4.2.2 full", Status.DEFERRED),
        ("550 5.1.1 no such user", Status.FAILED),
        ("552 5.3.4 too big", Status.FAILED),
        ("554 5.7.1 refused", Status.FAILED),
    ],
)
async def test_a_reply_decides_at_every_step_and_is_kept(step: str, reply: str, status: Status) -> None:
    script = Script()
    setattr(script, step, reply)
    async with server(script) as port:
        assert await send(port) == Delivery(status=status, reply=reply, is_answered=True)


async def test_a_connection_cut_before_the_reply_defers() -> None:
    async with server(Script(cut_at_data=True)) as port:
        delivery = await send(port)

    assert delivery.status is Status.DEFERRED
    assert delivery.reply.startswith("the smarthost broke off")


async def test_a_connection_cut_after_the_reply_is_sent_all_the_same() -> None:
    script = Script(cut_at_quit=True)
    async with server(script) as port:
        delivery = await send(port)

    assert delivery.status is Status.SENT
    assert len(script.received) == 1


async def test_a_connection_takes_further_mails_and_no_more_than_a_server_likes() -> None:
    script = Script()
    async with server(script) as port:
        deliveries = await send_all(port, MAILS_OF_A_CONNECTION + 3)

    assert {delivery.status for delivery in deliveries} == {Status.SENT}
    assert len(script.received) == MAILS_OF_A_CONNECTION + 3
    assert script.connections == 2


@pytest.mark.parametrize("is_said", [True, False])
async def test_a_kept_connection_that_the_server_has_ended_costs_no_mail_a_delay(*, is_said: bool) -> None:
    script = Script()
    async with server(script) as port:
        transport = SmtpTransport(smarthost(port))
        for number in range(3):
            assert (await transport.send("desk@example.org", "marie@example.com", MAIL)).status is Status.SENT
            assert len(script.received) == number + 1
            script.end_all(b"421 4.4.2 idle for too long\r\n" if is_said else b"")
        await transport.close()

    assert script.connections == 3


async def test_mails_at_the_same_time_have_connections_of_their_own() -> None:
    script = Script()
    async with server(script) as port:
        transport = SmtpTransport(smarthost(port))
        for _ in range(2):
            sending = (transport.send("desk@example.org", f"{name}@example.com", MAIL) for name in "abc")
            assert {delivery.status for delivery in await asyncio.gather(*sending)} == {Status.SENT}
        await transport.close()

    assert len(script.received) == 6
    assert script.connections == 3


async def test_after_a_refused_mail_the_next_one_begins_anew() -> None:
    script = Script(on_rcpt="550 5.1.1 no such user")
    async with server(script) as port:
        transport = SmtpTransport(smarthost(port))
        assert (await transport.send("desk@example.org", "marie@example.com", MAIL)).status is Status.FAILED
        script.on_rcpt = "250 ok"
        assert (await transport.send("desk@example.org", "luc@example.com", MAIL)).status is Status.SENT
        await transport.close()

    assert [envelope.rcpt_tos for envelope in script.received] == [["luc@example.com"]]


async def test_a_connection_that_no_further_mail_comes_for_is_ended() -> None:
    script = Script()
    async with server(script) as port:
        transport = SmtpTransport(smarthost(port), kept_seconds=0.01)
        await transport.send("desk@example.org", "marie@example.com", MAIL)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await script.has_quit.wait()
        await transport.close()


async def test_no_connection_at_all_defers() -> None:
    async with server(Script()) as port:
        pass

    delivery = await send(port)

    assert delivery.status is Status.DEFERRED
    assert delivery.reply.startswith("no connection to the smarthost")


@asynccontextmanager
async def listener(greeting: bytes) -> AsyncIterator[int]:
    """A server that says one thing, or nothing, and then waits for the client to go."""
    is_over = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()
        await writer.wait_closed()
        is_over.set()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as started:
        yield started.sockets[0].getsockname()[1]
        await is_over.wait()


async def test_a_smarthost_that_says_nothing_defers_after_the_timeout() -> None:
    async with listener(b"") as port:
        transport = SmtpTransport(Smarthost(host="127.0.0.1", port=port, tls=Tls.NONE, timeout=1))
        delivery = await transport.send("a@example.org", "b@example.org", MAIL)

    assert delivery.status is Status.DEFERRED


async def test_a_refusal_of_the_connection_itself_says_nothing_about_the_mail() -> None:
    async with listener(b"554 5.3.2 not now\r\n") as port:
        delivery = await send(port)

    assert delivery.status is Status.DEFERRED
    assert "not now" in delivery.reply


async def test_an_address_that_cannot_be_written_fails_without_a_connection() -> None:
    transport = SmtpTransport(smarthost(1))

    for address in ("é@example.org", "a@example.org>\r\nRCPT TO:<b@example.org", ""):
        assert (await transport.send("a@example.org", address, MAIL)).status is Status.FAILED


@pytest.mark.parametrize(("password", "status"), [("right", Status.SENT), ("wrong", Status.DEFERRED)])
async def test_a_refused_login_is_the_operators_trouble_and_not_the_mails(password: str, status: Status) -> None:
    script = Script()
    options: dict[str, Any] = {"authenticator": script.authenticate, "auth_require_tls": False}
    async with server(script, **options) as port:
        delivery = await send(port, username="desk", password=lambda: password)

    assert delivery.status is status
    assert set(script.logins) == {(b"desk", password.encode())}
    assert password not in delivery.reply


async def test_a_password_that_cannot_be_had_now_defers() -> None:
    def unavailable() -> str:
        raise TemporaryError("the password command failed")

    async with server(Script()) as port:
        delivery = await send(port, username="desk", password=unavailable)

    assert delivery == Delivery(status=Status.DEFERRED, reply="the password command failed")


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
async def test_a_certificate_that_nobody_vouches_for_is_refused_before_any_login(
    tls: Tls, certificate: tuple[Path, Path]
) -> None:
    script = Script()
    options: dict[str, Any] = {"authenticator": script.authenticate, "auth_require_tls": tls is Tls.STARTTLS}
    if tls is Tls.STARTTLS:
        options |= {"tls_context": server_context(certificate), "require_starttls": True}
    else:
        options["implicit_tls"] = server_context(certificate)
    async with server(script, **options) as port:
        refused = await send(port, tls, username="desk", password=lambda: "right")
        assert script.logins == []
        trusted = await send(port, tls, username="desk", password=lambda: "right", ca_file=certificate[0])

    assert refused.status is Status.DEFERRED
    assert "certificate" in refused.reply.lower()
    assert trusted.status is Status.SENT
    assert len(script.received) == 1


async def test_without_starttls_nothing_is_sent_in_clear_text() -> None:
    script = Script()
    async with server(script, authenticator=script.authenticate, auth_require_tls=False) as port:
        delivery = await send(port, Tls.STARTTLS, username="desk", password=lambda: "right")

    assert delivery.status is Status.DEFERRED
    assert script.received == []
    assert script.logins == []


@pytest.mark.parametrize("host", ["mx.example.org", "192.0.2.1", "0.0.0.0", "localhost.example.org"])
def test_clear_text_is_for_loopback_alone(host: str) -> None:
    with pytest.raises(ConfigurationError, match="clear text"):
        Smarthost(host=host, port=25, tls=Tls.NONE)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_may_be_clear_text(host: str) -> None:
    assert Smarthost(host=host, port=25, tls=Tls.NONE).host == host


def test_a_certificate_file_that_is_not_there_is_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.pem"):
        SmtpTransport(smarthost(1, Tls.TLS, ca_file=tmp_path / "none.pem"))


def eml_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.eml"))


async def test_a_folder_gets_one_whole_file_for_each_mail_and_recipient(tmp_path: Path) -> None:
    transport = FolderTransport(tmp_path / "outgoing")
    for recipient in ("marie@example.com", "paul@example.org", "marie@example.com"):
        assert (await transport.send("desk@example.org", recipient, MAIL)).status is Status.SENT

    files = eml_files(tmp_path)
    assert [file.read_bytes() for file in files] == [MAIL, MAIL]
    assert [file.name.split(".com.")[0].split(".org.")[0] for file in files] == ["marie@example", "paul@example"]
    assert len(list((tmp_path / "outgoing").glob("*"))) == 2


async def test_another_mail_to_the_same_person_is_another_file(tmp_path: Path) -> None:
    transport = FolderTransport(tmp_path)
    for content in (MAIL, MAIL.replace(b"<1@", b"<2@"), b"Subject: no id\r\n\r\n", b"Subject: none\r\n\r\n"):
        await transport.send("", "marie@example.com", content)

    assert len(eml_files(tmp_path)) == 4


@pytest.mark.parametrize("recipient", ["../../x@example.org", "/etc/passwd", ".hidden@example.org", "\x00", "é" * 300])
async def test_no_recipient_leads_out_of_the_folder(tmp_path: Path, recipient: str) -> None:
    await FolderTransport(tmp_path / "a" / "b").send("", recipient, MAIL)

    assert [file.parent for file in eml_files(tmp_path)] == [tmp_path / "a" / "b"]


async def test_a_folder_that_cannot_be_written_defers(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    delivery = await FolderTransport(tmp_path / "file").send("", "marie@example.com", MAIL)

    assert delivery.status is Status.DEFERRED
