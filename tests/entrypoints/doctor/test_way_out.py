"""The way out as the doctor sees it: what the smarthost says, and what to look at."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from mailgate.config import Config
from mailgate.entrypoints.doctor.finding import Finding, Level
from mailgate.entrypoints.doctor.way_out import check_way_out
from mailgate.outbound.deliver import Transport
from mailgate.outbound.folder import FolderTransport
from mailgate.outbound.smarthost import SmtpTransport, Tls
from tests.outbound.test_deliver import Script, certificate, server, server_context, smarthost

__all__ = ["certificate"]


def installation(port: int) -> Config:
    return Config.model_validate(
        {
            "desk": {"address": "support@desk.example.org", "bounce_address": "bounces@desk.example.org"},
            "outgoing": {"smarthost": "127.0.0.1", "port": port, "tls": "none"},
        }
    )


async def asked(port: int, transport: Transport) -> Finding:
    (finding,) = [finding async for finding in check_way_out(installation(port), transport)]
    return finding


async def test_a_smarthost_that_would_take_our_mail_is_well_and_gets_none() -> None:
    script = Script()
    async with server(script) as port:
        finding = await asked(port, SmtpTransport(smarthost(port)))

    assert finding.level is Level.OK
    assert "bounces@desk.example.org" in finding.says
    assert script.received == []


@pytest.mark.parametrize(
    ("script", "advice"),
    [
        (Script(on_rcpt="554 5.7.1 Relay access denied"), "let this machine or this user send"),
        (Script(on_mail="553 5.7.1 Sender address rejected"), "let this user send from the desk's address"),
        (Script(on_rcpt="450 4.2.0 Greylisted"), "ask whoever runs 127.0.0.1"),
    ],
)
async def test_a_refusal_is_a_problem_with_its_words_and_what_to_look_at(script: Script, advice: str) -> None:
    async with server(script) as port:
        finding = await asked(port, SmtpTransport(smarthost(port)))

    assert finding.level is Level.PROBLEM
    assert (script.on_rcpt if "250" not in script.on_rcpt else script.on_mail) in finding.says
    assert advice in finding.advice


async def test_a_smarthost_that_does_not_answer_is_a_problem() -> None:
    async with server(Script()) as port:
        pass

    finding = await asked(port, SmtpTransport(smarthost(port)))

    assert finding.level is Level.PROBLEM
    assert "outgoing.smarthost" in finding.advice


async def test_a_certificate_that_nobody_vouches_for_is_told(certificate: tuple[Path, Path]) -> None:
    context: ssl.SSLContext = server_context(certificate)
    async with server(Script(), implicit_tls=context) as port:
        finding = await asked(port, SmtpTransport(smarthost(port, Tls.TLS)))

    assert finding.level is Level.PROBLEM
    assert "valid for the name in outgoing.smarthost" in finding.advice


async def test_a_folder_instead_of_a_smarthost_is_a_warning(tmp_path: Path) -> None:
    finding = await asked(25, FolderTransport(tmp_path))

    assert finding.level is Level.WARNING
    assert "reaches nobody" in finding.says
