"""One connection to a mailbox, from log-in to its end; after any error its state is unknown, and it is given up.

Not here: when to connect again, and what is done with a mail.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from mailgate.entrypoints.imap.account import ImapTls, MailboxAccount

WINDOW = 200  # mails that are looked at in one go
BATCH_OCTETS = 8 * 1024 * 1024  # of mails that are fetched in one go, unless a single one is bigger
CONNECT_SECONDS = 15
DELETED = b"\\Deleted"
CRITERIA = ("UID", "RFC822.SIZE", "INTERNALDATE", "FLAGS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A mail in the folder that is not fetched yet."""

    uid: int
    octets: int
    received_at: datetime  # INTERNALDATE, in UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A mail with its octets."""

    waiting: Waiting
    raw: bytes


class Session:
    """A connection on which somebody is logged in."""

    def __init__(self, client: IMAPClient, account: MailboxAccount) -> None:
        self.client = client
        self._account = account
        self._folders: dict[str, str] = {}

    @classmethod
    @contextlib.contextmanager
    def opened(cls, account: MailboxAccount) -> Iterator[Session]:
        """Connect and log in; closed afterwards without a word, since the server may not listen any more.

        Raises LoginError, OSError and IMAPClientError as they come.
        """
        client = _connected(account)
        try:
            if account.tls is ImapTls.STARTTLS:
                client.starttls(account.context())
            _log_in(client, account)
            yield cls(client, account)
        finally:
            with contextlib.suppress(Exception):
                client.shutdown()

    def interrupt(self) -> None:
        """End the connection from another thread, which may be waiting for the server."""
        with contextlib.suppress(OSError):
            self.client.socket().shutdown(socket.SHUT_RDWR)

    def prepare(self) -> None:
        """Create the two folders into which mails are moved, where they are missing."""
        for folder in self.missing_folders():
            self.client.create_folder(self._folders[folder])

    def missing_folders(self) -> list[str]:
        """Return which of these folders are not there yet."""
        wanted = (self._account.processed, self._account.rejected)
        self._folders = {folder: self._real_name(folder) for folder in wanted}
        return [folder for folder in wanted if not self.client.folder_exists(self._folders[folder])]

    def can(self, capability: str) -> bool:
        """Tell whether the server has an extension."""
        return self.client.has_capability(capability)

    def count(self) -> int:
        """Return how many mails lie in the folder, which is changed in nothing."""
        return int(self.client.select_folder(self._account.folder, readonly=True)[b"EXISTS"])

    def _real_name(self, folder: str) -> str:
        """Return the folder's name as this server writes it: with its own separator, below its prefix (RFC 2342)."""
        if not self.can("NAMESPACE"):
            return folder
        personal = self.client.namespace()[0] or (("", "/"),)
        prefix, separator = (_text(part) for part in personal[0])
        name = folder.replace("/", separator) if separator else folder
        return name if name.startswith(prefix) else f"{prefix}{name}"

    def look(self) -> list[Waiting]:
        """Return mails that wait in the folder, oldest first, at most `WINDOW`; nothing where none does.

        The list is by position: positions cannot be too many for one answer, and mails that are done leave the folder.
        What somebody has marked as deleted is left alone.
        """
        count = int(self.client.select_folder(self._account.folder)[b"EXISTS"])
        for first in range(1, count + 1, WINDOW):
            positions = range(first, min(first + WINDOW, count + 1))
            if found := self._at(positions):
                return found
        return []

    def _at(self, positions: Sequence[int]) -> list[Waiting]:
        self.client.use_uid = False
        try:
            answer = self.client.fetch(list(positions), CRITERIA)
        finally:
            self.client.use_uid = True
        complete = [data for _, data in sorted(answer.items()) if _is_complete(data)]
        return [_waiting(data) for data in complete if DELETED not in data[b"FLAGS"]]

    def fetch(self, wanted: Sequence[Waiting]) -> Iterator[list[Fetched]]:
        """Yield the mails with their octets, batch by batch; one that has vanished meanwhile is left out."""
        for batch in _batches(wanted):
            answer = self.client.fetch([waiting.uid for waiting in batch], ("BODY.PEEK[]",))
            bodies = {waiting: answer.get(waiting.uid, {}).get(b"BODY[]") for waiting in batch}
            yield [Fetched(waiting=waiting, raw=raw) for waiting, raw in bodies.items() if isinstance(raw, bytes)]

    def put_away(self, uids: Sequence[int], folder: str) -> None:
        """Move mails out of the folder; those that have vanished meanwhile are no error.

        Where MOVE (RFC 6851) is missing they are copied and marked as deleted, and only they are removed (RFC 4315);
        where that is not possible either, the mark remains: to remove everything that is marked would remove what
        other people have marked.
        """
        if not uids:
            return
        if self.can("MOVE"):
            self.client.move(list(uids), self._folders[folder])
            return
        self.client.copy(list(uids), self._folders[folder])
        self.client.add_flags(list(uids), (DELETED,), silent=True)
        if self.can("UIDPLUS"):
            self.client.uid_expunge(list(uids))


def _connected(account: MailboxAccount) -> IMAPClient:
    client = IMAPClient(
        account.host,
        account.port,
        ssl=account.tls is ImapTls.TLS,
        ssl_context=account.context() if account.tls is ImapTls.TLS else None,
        timeout=SocketTimeout(connect=CONNECT_SECONDS, read=account.timeout_seconds),
    )
    client.normalise_times = False  # INTERNALDATE would lose its zone
    client.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return client


def _log_in(client: IMAPClient, account: MailboxAccount) -> None:
    secret = account.secret()
    if account.has_token:
        client.oauth2_login(account.username, secret)
    elif secret.isascii() and account.username.isascii():
        client.login(account.username, secret)
    else:
        client.plain_login(account.username, secret)  # LOGIN of the library takes ASCII alone


def _is_complete(data: Mapping[bytes, Any]) -> bool:
    """Tell whether an answer is to our question: a change of flags that others made comes in between as well."""
    return all(key.encode("ascii") in data for key in CRITERIA)


def _waiting(data: Mapping[bytes, Any]) -> Waiting:
    internal: datetime = data[b"INTERNALDATE"]
    received_at = internal.astimezone(UTC) if internal.tzinfo else internal.replace(tzinfo=UTC)
    return Waiting(uid=int(data[b"UID"]), octets=int(data[b"RFC822.SIZE"]), received_at=received_at)


def _batches(wanted: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    batch: list[Waiting] = []
    for waiting in wanted:
        if batch and sum(each.octets for each in batch) + waiting.octets > BATCH_OCTETS:
            yield batch
            batch = []
        batch.append(waiting)
    if batch:
        yield batch


def _text(value: object) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
