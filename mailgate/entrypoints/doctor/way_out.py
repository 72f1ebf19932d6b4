"""The way out: whether the smarthost lets the desk in and would take its mail. Nothing is handed over."""

from __future__ import annotations

from collections.abc import AsyncIterator

from mailgate.config import Config
from mailgate.entrypoints.doctor.finding import Finding, Level
from mailgate.outbound.deliver import Transport
from mailgate.outbound.retry import Status
from mailgate.outbound.smarthost import SmtpTransport

CHECK = "smarthost"


async def check_way_out(config: Config, transport: Transport) -> AsyncIterator[Finding]:
    """Log in as for a delivery, name the desk as sender and as recipient, and leave."""
    outgoing = config.outgoing
    if not isinstance(transport, SmtpTransport):
        yield Finding(
            level=Level.WARNING,
            check=CHECK,
            says=f"none is set: mail is written into {outgoing.folder} and reaches nobody",
            advice="set outgoing.smarthost, port, username and a password",
        )
        return
    place = f"{outgoing.smarthost}, port {outgoing.port}"
    asked = await transport.ask(config.desk.return_path, config.desk.address)
    if asked.status is Status.SENT:
        yield Finding(level=Level.OK, check=CHECK, says=f"{place} would take mail from {config.desk.return_path}")
    else:
        yield Finding(
            level=Level.PROBLEM, check=CHECK, says=f"{place}: {asked.reply}", advice=_advice(asked.reply, config)
        )


#: What a smarthost or the network says → what to look at, the first that occurs.
ADVICE = (
    ("certificate", "the server's certificate must be valid for the name in outgoing.smarthost"),
    ("535", "the name or the password is not accepted: look at outgoing.username and where the password comes from"),
    ("authentication", "log in: set outgoing.username and a password, or look at the ones that are set"),
    ("starttls", 'the server offers no STARTTLS on this port: try port 465 with outgoing.tls = "tls"'),
    ("relay", "the server must let this machine or this user send from the desk's address"),
    ("sender", "the server must let this user send from the desk's address"),
    ("connection", "look at outgoing.smarthost and outgoing.port, and whether a firewall stands between"),
)


def _advice(reply: str, config: Config) -> str:
    known = next((advice for word, advice in ADVICE if word in reply.lower()), "")
    return known or f"ask whoever runs {config.outgoing.smarthost} what this reply means"
