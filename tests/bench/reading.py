"""Reading mails, without any server: `inspect` beside the parser that it stands on, over the same mails.

The mails are those of a corpus where one lies beside the project, else those of the bench.
"""

from __future__ import annotations

import email
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import mailparser

from mailgate.inbound.inspection import inspect
from tests.bench.mails import SMALL, question

CORPUS = Path(__file__).parents[3] / "shared/corpus"
MOST_OCTETS = 1_000_000
ROUNDS = 3


def rates(is_quick: bool) -> dict[str, float]:  # noqa: FBT001 - the only argument
    """Return mails read a second by both, medians of rounds that take turns."""
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it complains of every type that it does not know
    mails = _mails(50 if is_quick else 600)
    seconds: dict[str, list[float]] = {"mails read by mail-parser": [], "mails read by mailgate": []}
    for _ in range(1 if is_quick else ROUNDS):
        seconds["mails read by mail-parser"].append(_seconds(_with_mail_parser, mails))
        seconds["mails read by mailgate"].append(_seconds(_with_mailgate, mails))
    return {name: len(mails) / median(each) for name, each in seconds.items()}


def _mails(most: int) -> Sequence[bytes]:
    if not CORPUS.is_dir():
        return [question(number, SMALL)[1] for number in range(most)]
    paths = sorted(path for path in CORPUS.rglob("*.eml") if path.stat().st_size <= MOST_OCTETS)
    return [path.read_bytes() for path in paths[:: max(1, len(paths) // most)]]


def _seconds(read: Callable[[bytes], object], mails: Sequence[bytes]) -> float:
    begun = time.perf_counter()
    for octets in mails:
        read(octets)
    return time.perf_counter() - begun


def _with_mail_parser(octets: bytes) -> object:
    try:
        return mailparser.MailParser(email.message_from_bytes(octets)).mail
    except Exception:  # noqa: BLE001 - some mails are more than it bears; the time counts all the same
        return None


def _with_mailgate(octets: bytes) -> object:
    return inspect(octets, "mail")
