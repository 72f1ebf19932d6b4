"""Places at which a test may have the desk killed, as a power cut would: `make torture` names one by a variable.

The variable is read once, when the process starts, and is none of the settings: every variable that begins as those do
and is no setting is refused. Without it, passing such a place costs one comparison. Nothing is cleaned up at a kill:
neither this process nor the one that leads its session gets to do anything more. Not here: any other fault.
"""

from __future__ import annotations

import os
import signal
from enum import StrEnum

#: `PLACE:PASSAGES`, such as `parsed:3`: die when that place is passed for the third time.
VARIABLE = "TORTURE_MAILGATE_KILL_AT"


class Place(StrEnum):
    """Where a kill hurts most, in the order of a mail's way."""

    MAIL_WRITTEN = "mail-written"  # received, not yet committed
    MAIL_STORED = "mail-stored"  # committed, its sender has no 250 yet
    MAILBOX_STORED = "mailbox-stored"  # committed, and still in the folder of new mail
    MAILBOX_MOVED = "mailbox-moved"  # moved to the folder of what was taken in
    ATTEMPT_COUNTED = "attempt-counted"  # its processing begins
    PARSED = "parsed"  # read, no transaction is open
    EFFECTS_WRITTEN = "effects-written"  # all effects are in the transaction, not yet committed
    EFFECTS_STORED = "effects-stored"  # committed, nobody knows yet
    NOTICES_CLAIMED = "notices-claimed"  # claimed, no connection is made yet
    NOTICE_TAKEN = "notice-taken"  # the smarthost said 250, and we have not written it down
    DELIVERY_WRITTEN = "delivery-written"  # written down, not yet committed


class _Death:
    """Waits for its place to be passed so many times."""

    def __init__(self, wish: str) -> None:
        place, _, passages = wish.partition(":")
        self._place = Place(place)
        self._passages_left = int(passages)

    def passes(self, place: Place) -> None:
        if place is not self._place:
            return
        self._passages_left -= 1
        if self._passages_left == 0:
            for process in (os.getsid(0), os.getpid()):  # the daemon, and the process of its that came here
                os.kill(process, signal.SIGKILL)


def _death() -> _Death | None:
    wish = os.environ.get(VARIABLE)
    return None if wish is None else _Death(wish)


_DEATH = _death()


def passing(place: Place) -> None:
    """Say that this place is reached; returns, but for a desk that is being tortured."""
    if _DEATH is not None:
        _DEATH.passes(place)
