"""Debian's Postfix on a free port, in a folder of its own: as the server in front of the desk, or as its smarthost."""

from __future__ import annotations

import json
import re
import smtplib
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import programs

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = mx.example.org
mydomain = example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtp_bind_address = 127.0.0.1
disable_dns_lookups = yes
smtp_host_lookup = native
alias_maps =
alias_database =
local_recipient_maps =
recipient_delimiter = +
parent_domain_matches_subdomains =
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
in_flow_delay = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
bounce_notice_recipient = postmaster@example.net
message_size_limit = 52428800
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""

STARTS = 4

_ENTERED = re.compile(r"/cleanup\[\d+\]: (\w+): message-id=")
_REMOVED = re.compile(r"/qmgr\[\d+\]: (\w+): removed$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    """A running Postfix."""

    folder: Path
    port: int

    def send(self, mail_from: str, rcpt_to: Sequence[str], raw: bytes) -> Mapping[str, tuple[int, bytes]]:
        """Hand it a mail; return the recipients that it refused at once."""
        with smtplib.SMTP("127.0.0.1", self.port, "client.example.com", timeout=programs.PATIENCE_SECONDS) as client:
            return client.sendmail(mail_from, list(rcpt_to), raw)

    def queue(self) -> set[str]:
        """Return the ids of the mails that it still has.

        The listing misses a mail that moves between two queues meanwhile, the log one that it has not written yet.
        """
        command = ["postqueue", "-c", str(self.folder), "-j"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        said = self.log()
        logged = Counter(_ENTERED.findall(said)) - Counter(_REMOVED.findall(said))
        return {json.loads(line)["queue_id"] for line in listed.splitlines()} | set(logged)

    def log(self) -> str:
        """Return what it has logged."""
        path = self.folder / "mail.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def flush(self) -> None:
        """Have it try everything again now."""
        subprocess.run(["postqueue", "-c", self.folder, "-f"], check=True, capture_output=True)

    def await_delivery(self) -> None:
        """Return once it has nothing left to deliver."""
        programs.await_condition(lambda: not self.queue(), "everything is delivered")


@contextmanager
def running_postfix(settings: str) -> Iterator[Postfix]:
    """Run Postfix with these further settings of main.cf; one that does not log is ended, and another one started."""
    programs.need_root("Postfix")
    master = programs.program("master", "postfix")
    for _ in range(STARTS):
        with programs.open_folder("postfix") as folder:
            postfix = _configured(folder, settings)
            with programs.running([master, "-c", folder, "-d"], folder) as process:
                programs.await_condition(
                    lambda: programs.is_listening(postfix.port),  # noqa: B023 - called at once
                    "Postfix listens",
                    process=process,
                )
                if _logs(postfix):
                    yield postfix
                    return
    raise AssertionError("Postfix logs nothing")


def _logs(postfix: Postfix) -> bool:
    """Tell whether its logging daemon works: now and then that of a new instance does not."""
    try:
        programs.await_condition(lambda: "daemon started" in postfix.log(), "it logs", seconds=10)
    except AssertionError:
        return False
    return True


def _configured(folder: Path, settings: str) -> Postfix:
    for part in ("queue", "data"):
        (folder / part).mkdir()
    postfix = Postfix(folder=folder, port=programs.free_port())
    (folder / "main.cf").write_text(MAIN.format(folder=folder) + settings, encoding="ascii")
    (folder / "master.cf").write_text(MASTER.format(port=postfix.port), encoding="ascii")
    programs.run(["postfix", "-c", folder, "check"])
    programs.run(["chown", "postfix", folder / "data"])
    return postfix
