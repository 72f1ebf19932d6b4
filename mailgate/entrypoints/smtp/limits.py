"""What peers may use of us. A message beyond `max_octets` is refused for good; all else is for now."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpLimits:
    """The limits of one listener.

    `trusted` networks hold the servers in front of us: the limits per host and on commands spare them, and no
    connection of theirs ends for that of another peer.
    """

    max_octets: int = 36 * 1024 * 1024  # of a message on the wire: 25 MB of attachments in base64
    max_octets_at_once: int = 512 * 1024 * 1024  # of all messages that are being received or stored
    max_connections: int = 50  # when they are all there, the slowest stranger has to go
    max_per_host: int = 10
    max_recipients: int = 100  # of one message
    max_commands: int = 100  # since the last mail that was stored; `max_recipients` more for RCPT
    max_bad_commands: int = 20  # since the last mail that was stored; refused recipients count
    timeout_seconds: int = 600  # from one command to the next, the message itself included
    trusted: tuple[IPv4Network | IPv6Network, ...] = field(default=LOOPBACK)

    def trusts(self, host: str) -> bool:
        """Tell whether that peer is one of our own servers."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self.trusted)
