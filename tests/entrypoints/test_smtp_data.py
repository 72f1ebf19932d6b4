"""The octets after DATA: however they are cut into blocks, the same mail comes out, and what follows is left alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailgate.entrypoints.smtp.data import DataCollector, Flaw

LIMIT = 200
ROOM = 10_000


def collected(
    wire: bytes, cuts: list[int], *, limit: int = LIMIT, room: int = ROOM
) -> tuple[DataCollector, bytes | None]:
    """Feed the octets cut at these places; what follows the end comes back, None where there was no end."""
    collector = DataCollector(LIMIT, lambda octets: octets <= room)
    places = [0, *sorted(cut % (len(wire) + 1) for cut in cuts), len(wire)]
    blocks = [wire[start:stop] for start, stop in pairwise(places)]
    for position, block in enumerate(blocks):
        rest = collector.feed(block)
        if rest is not None:
            return collector, rest + b"".join(blocks[position + 1 :])
    return collector, None


def stuffed(mail: bytes) -> bytes:
    return (b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")[2:]


lines = st.lists(st.sampled_from([b"", b".", b"..", b"a", b".b", b"\xff", b"."]), max_size=6)
mails = lines.map(lambda found: b"".join(line + b"\r\n" for line in found))


cuttings = st.lists(st.integers(0, 120), max_size=6)
followings = st.sampled_from([b"", b"QUIT\r\n", b".\r\n", b"\r\n.\r\n"])
odd_wires = st.binary(max_size=120).map(lambda octets: octets.replace(b"a", b"\r\n").replace(b"b", b"."))


@given(mail=mails, rest=followings, cuts=cuttings)
@example(mail=b"", rest=b"", cuts=[])
@example(mail=b"", rest=b"x", cuts=[1, 2])
@example(mail=b"a\r\n", rest=b"QUIT", cuts=[1, 2, 3, 4, 5])
def test_a_mail_comes_out_as_it_went_in_however_it_is_cut(mail: bytes, rest: bytes, cuts: list[int]) -> None:
    collector, left = collected(stuffed(mail) + b".\r\n" + rest, cuts)

    assert (collector.content(), collector.flaw, left) == (mail, None, rest)


@given(wire=odd_wires, cuts=cuttings)
def test_the_cuts_change_neither_what_is_found_nor_what_is_refused(wire: bytes, cuts: list[int]) -> None:
    whole, rest_of_whole = collected(wire, [])
    cut, rest_of_cut = collected(wire, cuts)

    assert (cut.content(), cut.flaw, rest_of_cut) == (whole.content(), whole.flaw, rest_of_whole)


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r"])
@given(cuts=cuttings)
def test_a_bare_line_end_beside_a_lone_dot_is_found_across_blocks(end: bytes, cuts: list[int]) -> None:
    collector, _ = collected(b"first" + end + b"second\r\n.\r\n", cuts)

    assert (collector.content(), collector.flaw) == (b"", Flaw.BARE_LINE_END)


@pytest.mark.parametrize("start", [b".\n", b".\r"])
def test_a_lone_dot_at_the_very_start_counts_as_well(start: bytes) -> None:
    collector, _ = collected(start + b"x\r\n.\r\n", [])

    assert (collector.content(), collector.flaw) == (b"", Flaw.BARE_LINE_END)


@pytest.mark.parametrize(("octets", "flaw"), [(LIMIT, None), (LIMIT + 1, Flaw.TOO_BIG)])
def test_the_limit_is_kept_to_the_octet(octets: int, flaw: Flaw | None) -> None:
    collector, _ = collected(b"x" * (octets - 2) + b"\r\n.\r\n", [50, 120])

    assert (len(collector.content()), collector.flaw) == (0 if flaw else octets, flaw)


def test_beyond_the_limit_nothing_is_kept_and_the_end_is_still_found() -> None:
    collector, rest = collected(b"x" * 5000 + b"\r\n.\r\nQUIT\r\n", list(range(0, 5000, 100)))

    assert collector.octets <= LIMIT + 105
    assert (collector.content(), collector.flaw, rest) == (b"", Flaw.TOO_BIG, b"QUIT\r\n")


def test_without_room_nothing_is_kept_and_the_end_is_still_found() -> None:
    collector, rest = collected(b"x" * 100 + b"\r\n.\r\n", [50], room=40)

    assert (collector.octets, collector.content(), collector.flaw, rest) == (0, b"", Flaw.NO_ROOM, b"")


@pytest.mark.parametrize(("limit", "room"), [(LIMIT, ROOM), (ROOM, 150)])
def test_the_room_of_a_mail_that_is_not_kept_is_free_before_its_end(limit: int, room: int) -> None:
    taken: list[int] = []

    def reserve(octets: int) -> bool:
        if sum(taken) + octets > room:
            return False
        taken.append(octets)
        return True

    collector = DataCollector(limit, reserve)
    for _ in range(3):
        collector.feed(b"x" * 100)

    assert (sum(taken), collector.octets) == (0, 0)
    assert taken[0] == 100
