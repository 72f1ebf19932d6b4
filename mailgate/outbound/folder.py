"""A folder as the way out: every mail an `.eml` file, for trying mailgate out.

Not here: what a way out is (`deliver.py`).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path

from mailgate.outbound.deliver import Delivery, deferred
from mailgate.outbound.retry import Status


class FolderTransport:
    """Writes every mail as an `.eml` file into one folder: for trying mailgate out, and until a smarthost is set.

    A file's name says the recipient, and comes from recipient and Message-ID alone: the same mail sent again replaces
    itself. A file is there whole or not at all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, mail_from: str, rcpt_to: str, content: bytes) -> Delivery:  # noqa: ARG002 - a Transport's
        """Return sent once the file is on the disk; a full disk defers."""
        try:
            path = await asyncio.to_thread(self._write, _file_name(rcpt_to, content), content)
        except OSError as error:
            return deferred("the folder for outgoing mail cannot be written", error)
        return Delivery(status=Status.SENT, reply=f"written to {path.name}")

    async def close(self) -> None:
        """Nothing is kept."""

    def _write(self, name: str, content: bytes) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        part = path.with_name(f".{name}.part")  # of this mail alone, so that a later attempt replaces what a kill left
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(self._folder)
        return path


def _file_name(rcpt_to: str, content: bytes) -> str:
    header = content.partition(b"\r\n\r\n")[0]
    found = re.search(rb"^Message-ID:\s*(\S+)", header, re.IGNORECASE | re.MULTILINE)
    identity = found[1] if found else content
    digest = hashlib.sha256(rcpt_to.encode("utf-8", "replace") + b"\0" + identity).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9.@]+", "-", rcpt_to).strip("-.")[:60]
    return f"{readable}.{digest}.eml"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
