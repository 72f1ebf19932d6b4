"""TLS of the listener: STARTTLS and from the first octet, nothing carried over the handshake, nobody stuck in it."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mailgate.entrypoints.smtp import Dialect, ServerTls, TlsMode
from mailgate.errors import ConfigurationError
from tests.entrypoints.test_smtp import MAIL, OURS, PATIENCE_SECONDS, Desk, opened
from tests.servers.certificates import Certificate, make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def settings(certificate: Certificate, mode: TlsMode) -> ServerTls:
    return ServerTls(mode=mode, certificate_file=certificate.certificate_file, key_file=certificate.key_file)


def send_by_starttls(desk: Desk, certificate: Certificate, mail: bytes = MAIL) -> None:
    with smtplib.SMTP("127.0.0.1", desk.port, "mx.example.org", timeout=PATIENCE_SECONDS) as client:
        client.starttls(context=certificate.trusting())
        assert "starttls" not in client.esmtp_features
        client.ehlo()
        assert not client.has_extn("starttls")
        assert not client.has_extn("auth")
        client.sendmail("a@client.example.com", [OURS], mail)


async def test_a_mail_comes_by_starttls(certificate: Certificate) -> None:
    big = MAIL + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 20_000
    async with opened(tls=settings(certificate, TlsMode.STARTTLS)) as desk:
        await asyncio.to_thread(send_by_starttls, desk, certificate, big)

        assert [raw for raw, _ in desk.inbox.mails] == [big]


@pytest.mark.parametrize("dialect", list(Dialect))
async def test_a_mail_comes_by_tls_from_the_first_octet(certificate: Certificate, dialect: Dialect) -> None:
    def send(desk: Desk) -> None:
        if dialect is Dialect.LMTP:
            return
        context = certificate.trusting()
        with smtplib.SMTP_SSL("127.0.0.1", desk.port, context=context, timeout=PATIENCE_SECONDS) as client:
            assert not client.has_extn("starttls")
            client.sendmail("a@client.example.com", [OURS], MAIL)

    async with opened(dialect=dialect, tls=settings(certificate, TlsMode.TLS)) as desk:
        await asyncio.to_thread(send, desk)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", desk.port, ssl=certificate.trusting(), server_hostname="localhost"
        )
        assert (await reader.readline()).startswith(b"220")
        writer.close()
        await writer.wait_closed()


async def test_what_came_in_clear_text_before_the_handshake_is_forgotten(certificate: Certificate) -> None:
    async with opened(tls=settings(certificate, TlsMode.STARTTLS)) as desk:
        peer = await desk.greet()
        peer.writer.write(b"STARTTLS\r\nMAIL FROM:<evil@example.net>\r\n")
        assert (await peer.reply()).startswith("220 2.0.0")
        await peer.writer.start_tls(certificate.trusting(), server_hostname="localhost")

        assert (await peer.say("RCPT TO:<support@desk.example.org>")).startswith("503")
        assert (await peer.say("EHLO mx.example.org")).startswith("250")
        assert (await peer.send()).startswith("250")
        assert [envelope.mail_from for _, envelope in desk.inbox.mails] == ["a@client.example.com"]


async def test_after_the_handshake_the_client_greets_anew(certificate: Certificate) -> None:
    async with opened(tls=settings(certificate, TlsMode.STARTTLS)) as desk:
        peer = await desk.greet()
        await peer.say("MAIL FROM:<a@client.example.com>")
        assert (await peer.say("STARTTLS")).startswith("220")
        await peer.writer.start_tls(certificate.trusting(), server_hostname="localhost")

        assert (await peer.say("MAIL FROM:<a@client.example.com>")).startswith("503")
        assert "STARTTLS" not in await peer.say("EHLO mx.example.org")
        assert (await peer.say("STARTTLS")).startswith("503 5.5.1")


@pytest.mark.parametrize("nonsense", [b"NOOP\r\n", b"\x16\x03\x01\x00\x04\x01\x00\x00\x00", b""])
async def test_a_handshake_that_fails_ends_the_connection_alone(
    certificate: Certificate, nonsense: bytes, recwarn: pytest.WarningsRecorder
) -> None:
    async with opened(tls=settings(certificate, TlsMode.STARTTLS)) as desk:
        peer = await desk.greet()
        (connection,) = desk.door.connections
        assert (await peer.say("STARTTLS")).startswith("220")
        if nonsense:
            peer.writer.write(nonsense)
        else:
            peer.leave()
        await asyncio.wait_for(connection.closed, PATIENCE_SECONDS)

        await asyncio.to_thread(send_by_starttls, desk, certificate)
        assert len(desk.inbox.mails) == 1
    assert [str(warning.message) for warning in recwarn] == []


async def test_stopping_does_not_wait_for_a_handshake(certificate: Certificate) -> None:
    async with opened(tls=settings(certificate, TlsMode.STARTTLS)) as desk:
        peer = await desk.greet()
        assert (await peer.say("STARTTLS")).startswith("220")

        async with asyncio.timeout(PATIENCE_SECONDS):
            await desk.door.stop(grace_seconds=0.2)


async def test_old_versions_of_tls_are_refused(certificate: Certificate) -> None:
    assert settings(certificate, TlsMode.TLS).context().minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("spoilt", ["certificate_file", "key_file"])
def test_a_certificate_that_cannot_be_used_is_told_at_the_start(
    certificate: Certificate, spoilt: str, tmp_path: Path
) -> None:
    (tmp_path / "spoilt.pem").write_text("no certificate")
    files = {"certificate_file": certificate.certificate_file, "key_file": certificate.key_file}

    with pytest.raises(ConfigurationError, match=r"spoilt\.pem"):
        ServerTls(mode=TlsMode.TLS, **{**files, spoilt: tmp_path / "spoilt.pem"}).context()


def replace_by(certificate: Certificate, newer: Certificate) -> None:
    for old, new in ((certificate.certificate_file, newer.certificate_file), (certificate.key_file, newer.key_file)):
        new.replace(old)


@pytest.mark.parametrize("mode", [TlsMode.STARTTLS, TlsMode.TLS])
async def test_a_renewed_certificate_is_used_for_new_connections(tmp_path: Path, mode: TlsMode) -> None:
    certificate = make_certificate(tmp_path / "live")
    async with opened(tls=settings(certificate, mode)) as desk:
        assert await asyncio.to_thread(presented, desk, mode) == octets_of(certificate)

        replace_by(certificate, make_certificate(tmp_path / "new"))
        desk.door.renew_certificate()

        assert await asyncio.to_thread(presented, desk, mode) == octets_of(certificate)


async def test_half_a_renewal_leaves_the_former_certificate_in_use_until_the_key_is_there(tmp_path: Path) -> None:
    certificate, newer = make_certificate(tmp_path / "live"), make_certificate(tmp_path / "new")
    async with opened(tls=settings(certificate, TlsMode.TLS)) as desk:
        former = octets_of(certificate)
        newer.certificate_file.replace(certificate.certificate_file)
        with capture_logs() as logs:
            desk.door.renew_certificate()

        assert [line["event"] for line in logs] == ["certificate_not_renewed"]
        assert await asyncio.to_thread(presented, desk, TlsMode.TLS) == former

        newer.key_file.replace(certificate.key_file)
        desk.door.renew_certificate()

        assert await asyncio.to_thread(presented, desk, TlsMode.TLS) == octets_of(certificate)


def octets_of(certificate: Certificate) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.certificate_file.read_text("ascii"))


def presented(desk: Desk, mode: TlsMode) -> bytes:
    """Return the certificate that a new connection is shown."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    if mode is TlsMode.TLS:
        with smtplib.SMTP_SSL("127.0.0.1", desk.port, context=anybody, timeout=PATIENCE_SECONDS) as client:
            return shown_to(client)
    with smtplib.SMTP("127.0.0.1", desk.port, "mx.example.org", timeout=PATIENCE_SECONDS) as client:
        client.starttls(context=anybody)
        return shown_to(client)


def shown_to(client: smtplib.SMTP) -> bytes:
    assert isinstance(client.sock, ssl.SSLSocket)
    certificate = client.sock.getpeercert(binary_form=True)
    assert certificate is not None
    return certificate
