"""Debian's Dovecot on free ports, in a folder of its own: a mailbox to read, with any set of capabilities."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from imapclient import IMAPClient

from tests.servers import programs
from tests.servers.certificates import Certificate, make_certificate

USER, PASSWORD = "support", "secret"

CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
default_login_user = dovenull
default_internal_user = dovecot
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
mail_fsync = never
mailbox_idle_check_interval = 1 secs
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
"""

CAPABILITIES = "IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE UIDPLUS MOVE CHILDREN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dovecot:
    """A running Dovecot with one user."""

    folder: Path
    port: int
    tls_port: int
    certificate: Certificate
    without: Sequence[str] = field(default=())

    @contextmanager
    def client(self, user: str = USER, folder: str = "INBOX") -> Iterator[IMAPClient]:
        """Log in as somebody else who reads the same mailbox, with a folder selected."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=programs.PATIENCE_SECONDS)
        try:
            client.login(user, PASSWORD)
            client.select_folder(folder)
            yield client
        finally:
            client.shutdown()

    def deliver(self, *mails: bytes, at: datetime | None = None, user: str = USER) -> None:
        """Put mails into the mailbox."""
        with self.client(user) as client:
            for mail in mails:
                client.append("INBOX", mail, (), at or datetime.now(UTC))

    def lie_there(self, mails: Sequence[bytes], user: str = USER) -> None:
        """Put mails into the mailbox's files, which is quick for thousands."""
        new = self.folder / "mail" / user / "new"
        for number, mail in enumerate(mails):
            path = new / f"{1_700_000_000 + number}.M{number}P1.host"
            path.write_bytes(mail)
            path.chmod(0o666)

    def subjects(self, folder: str = "INBOX", user: str = USER) -> list[str]:
        """Return the subjects of the mails in a folder, in their order; nothing where there is no such folder."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return []
            count = int(client.select_folder(folder)[b"EXISTS"])
            if not count:
                return []
            client.use_uid = False
            answer = client.fetch(list(range(1, count + 1)), ("BODY.PEEK[HEADER.FIELDS (SUBJECT)]",))
            found = (dict(data)[b"BODY[HEADER.FIELDS (SUBJECT)]"] for _, data in sorted(answer.items()))
            headers = [header for header in found if header is not None]  # None: it was moved away meanwhile
            return [header.decode().strip().removeprefix("Subject: ") for header in headers]

    def kick(self) -> None:
        """End all connections that are logged in, as an administrator does."""
        programs.run(["doveadm", "-c", self.folder / "dovecot.conf", "kick", USER])


@contextmanager
def running_dovecot(
    *, without: Sequence[str] = (), separator: str = "/", prefix: str = "", token_server: str = ""
) -> Iterator[Dovecot]:
    """Run Dovecot, without some capabilities if wanted."""
    programs.need_root("Dovecot's master")
    dovecot = programs.program("dovecot", "dovecot-imapd")
    with programs.open_folder("dovecot") as folder:
        made = _configured(folder, without, separator, prefix, token_server)
        with programs.running([dovecot, "-F", "-c", folder / "dovecot.conf"], folder) as process:
            programs.await_condition(lambda: _answers(made.port), "Dovecot answers", process=process)
            yield made


def _configured(folder: Path, without: Sequence[str], separator: str, prefix: str, token_server: str) -> Dovecot:
    certificate = make_certificate(folder / "tls")
    (folder / "mail").mkdir()
    (folder / "mail").chmod(0o777)
    (folder / "users").write_text("".join(f"{user}:{{PLAIN}}{PASSWORD}\n" for user in (USER, "other")))
    introspection = f"introspection_url = {token_server or 'http://127.0.0.1:9/'}\nintrospection_mode = post\n"
    (folder / "oauth2.conf").write_text(f"{introspection}username_attribute = user\n")
    port, tls_port = programs.free_port(), programs.free_port()
    text = CONFIGURATION.format(
        folder=folder,
        certificate=certificate.certificate_file,
        key=certificate.key_file,
        port=port,
        tls_port=tls_port,
        separator=separator,
        prefix=prefix,
    )
    kept = " ".join(word for word in CAPABILITIES.split() if word not in without)
    (folder / "dovecot.conf").write_text(f"{text}imap_capability = {kept}\n" if without else text)
    return Dovecot(folder=folder, port=port, tls_port=tls_port, certificate=certificate, without=tuple(without))


def _answers(port: int) -> bool:
    try:
        with imaplib.IMAP4("127.0.0.1", port, timeout=programs.PATIENCE_SECONDS) as client:
            return bool(re.match(rb"\* OK", client.welcome))
    except (OSError, imaplib.IMAP4.error):
        return False
