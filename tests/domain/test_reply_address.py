"""Signed addresses: nobody but the desk can make one, and mail programs cannot spoil one."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mailgate.domain.reply_address import LARGEST_ID, AddressBook, Purpose, SignedAddress

KEY = b"a key for tests only, 32 octets."
OLD_KEY = b"an older key for the tests, 32 o"
TEMPLATES = ("support+{token}@example.org", "{token}@reply.example.org", "Support-{token}@Example.ORG")

BOOK = AddressBook("support@example.org", "support+{token}@example.org", (KEY,))

ids = st.integers(1, LARGEST_ID)
claims = st.builds(SignedAddress, purpose=st.sampled_from(Purpose), subject_id=ids, person_id=ids)
books = st.sampled_from(TEMPLATES).map(lambda template: AddressBook("support@example.org", template, (KEY,)))


def claim(purpose: Purpose = Purpose.REPLY, subject_id: int = 123, person_id: int = 45) -> SignedAddress:
    return SignedAddress(purpose=purpose, subject_id=subject_id, person_id=person_id)


def token_of(address: str) -> str:
    return address.removeprefix("support+").removesuffix("@example.org")


@given(book=books, said=claims)
def test_a_signed_address_says_what_was_signed(book: AddressBook, said: SignedAddress) -> None:
    assert book.read(book.sign(said)) == said


@given(book=books, said=claims)
@example(book=BOOK, said=SignedAddress(purpose=Purpose.REPLY, subject_id=LARGEST_ID, person_id=LARGEST_ID))
def test_a_signed_address_survives_every_mail_server(book: AddressBook, said: SignedAddress) -> None:
    address = book.sign(said)
    local, _, domain = address.partition("@")

    assert len(local) <= 64
    assert re.fullmatch(r"[a-z0-9+-]+", local)
    assert re.fullmatch(r"[a-z0-9.-]+", domain)
    assert book.read(address.upper()) == said
    assert book.read(address.swapcase()) == said


def test_the_longest_fixed_part_still_leaves_room_for_every_id() -> None:
    largest = claim(subject_id=LARGEST_ID, person_id=LARGEST_ID)
    address = AddressBook("desk@example.org", "x" * 28 + "+{token}@example.org", (KEY,)).sign(largest)

    assert len(address.partition("@")[0]) == 64


@given(said=claims, data=st.data())
def test_no_character_of_a_signed_address_can_be_changed(said: SignedAddress, data: st.DataObject) -> None:
    address = BOOK.sign(said)
    place = data.draw(st.integers(0, len(address) - 1))
    other = data.draw(st.sampled_from(string.printable))
    assume(other.lower() != address[place])

    assert BOOK.read(address[:place] + other + address[place + 1 :]) is None


@given(said=claims, data=st.data())
def test_a_truncated_or_lengthened_token_is_not_read(said: SignedAddress, data: st.DataObject) -> None:
    token = token_of(BOOK.sign(said))
    begin, end = sorted(data.draw(st.tuples(st.integers(0, len(token)), st.integers(0, len(token)))))
    assume((begin, end) != (0, len(token)))
    added = data.draw(st.text("abcxyz0189-+.", min_size=1, max_size=3))

    for wrong in (token[begin:end], token + added, added + token, token[:begin] + added + token[begin:]):
        assert BOOK.read(f"support+{wrong}@example.org") is None


@given(said=claims, other=claims)
def test_a_signature_is_good_for_one_purpose_subject_and_person(said: SignedAddress, other: SignedAddress) -> None:
    assume(said != other)
    signature = BOOK.sign(said).rpartition("-")[2]
    stem = BOOK.sign(other).rpartition("-")[0]

    assert BOOK.read(f"{stem}-{signature}") is None


@pytest.mark.parametrize(
    "other",
    [
        claim(Purpose.ACTION),
        claim(Purpose.RECEIPT),
        claim(subject_id=124),
        claim(person_id=46),
        claim(Purpose.REPLY, 45, 123),
    ],
    ids=["action", "receipt", "ticket", "person", "ticket and person exchanged"],
)
def test_nothing_can_be_exchanged_under_a_signature(other: SignedAddress) -> None:
    signature = BOOK.sign(claim()).rpartition("-")[2]

    assert BOOK.read(f"{BOOK.sign(other).rpartition('-')[0]}-{signature}") is None


def test_the_border_between_the_ids_is_signed() -> None:
    signature = BOOK.sign(claim(subject_id=12, person_id=3)).rpartition("-")[2]

    assert BOOK.read(f"support+rc-3-{signature}") is not None
    assert BOOK.read(f"support+r1-n-{signature}") is None  # 1 and 23: the same digits


@given(said=claims)
def test_an_address_signed_with_another_key_is_not_read(said: SignedAddress) -> None:
    foreign = AddressBook(BOOK.desk_address, BOOK.template, (OLD_KEY,)).sign(said)

    assert BOOK.read(foreign) is None


def test_older_keys_are_accepted_and_the_first_one_signs() -> None:
    before = AddressBook(BOOK.desk_address, BOOK.template, (OLD_KEY,))
    rotated = AddressBook(BOOK.desk_address, BOOK.template, (KEY, OLD_KEY))

    assert rotated.read(before.sign(claim())) == claim()
    assert rotated.sign(claim()) == BOOK.sign(claim())
    assert before.read(rotated.sign(claim())) is None


@given(address=st.text() | st.from_regex(r"support\+[arm][0-9a-z]{1,9}-[0-9a-z]{1,9}-[a-z2-7]{16}@example\.org"))
@example("")
@example("@")
@example("support+@example.org")
@example("@example.org")
def test_an_invented_address_is_not_read(address: str) -> None:
    assert BOOK.read(address) is None


def test_numbers_have_one_form_only() -> None:
    address = BOOK.sign(claim(subject_id=1, person_id=2))

    assert address.startswith("support+r1-2-")
    for other in ("r01-2-", "r1-02-", "r+1-2-", "r1-+2-", "r1_-2-", "r\u0661-2-", "r-1-2-"):
        assert BOOK.read(address.replace("r1-2-", other)) is None


def test_a_look_alike_letter_is_no_letter() -> None:
    book = AddressBook("desk@example.org", "desk+{token}@example.org", (KEY,))
    address = book.sign(claim())

    assert book.read(address.replace("desk", "des\u212a")) is None  # KELVIN SIGN, whose lower case is k
    assert not book.accepts("des\u212a@example.org")


def test_the_signed_address_of_another_domain_is_not_read() -> None:
    token = token_of(BOOK.sign(claim()))

    assert BOOK.read(f"support+{token}@example.net") is None
    assert BOOK.read(f"support+{token}@example.org@example.org") is None
    assert BOOK.read(f"support+{token}@example.org.example.net") is None
    assert BOOK.read(f"sales+{token}@example.org") is None


@pytest.mark.parametrize("place", [0, 8, 10, -1])
@pytest.mark.parametrize("added", [" ", "\n", "\r\n", "\0"])
def test_white_space_and_controls_spoil_a_signed_address(place: int, added: str) -> None:
    address = BOOK.sign(claim())
    place %= len(address) + 1

    assert BOOK.read(address[:place] + added + address[place:]) is None


@pytest.mark.parametrize(
    "address",
    [
        "support@example.org",
        "Support@EXAMPLE.org",
        "support+anything@example.org",
        "support+@example.org",
        "support+r1-1-aaaaaaaaaaaaaaaa@example.org",
        BOOK.sign(claim()),
        BOOK.sign(claim()).upper(),
    ],
)
def test_the_desk_accepts_its_address_and_every_token(address: str) -> None:
    assert BOOK.accepts(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "support",
        "@example.org",
        "supporters@example.org",
        "sales@example.org",
        "sales+support@example.org",
        "support@example.net",
        "support@mail.example.org",
        "support@example.org.example.net",
        "support+x@example.net",
        "support@evil@example.org",
    ],
)
def test_the_desk_does_not_accept_what_is_not_its_own(address: str) -> None:
    assert not BOOK.accepts(address)


def test_a_domain_of_its_own_for_replies_accepts_every_local_part() -> None:
    book = AddressBook("support@example.org", "{token}@reply.example.org", (KEY,))

    assert book.accepts("r1-1-spoilt@reply.example.org")
    assert book.accepts("support+phone@example.org")
    assert not book.accepts("@reply.example.org")
    assert not book.accepts("x@y@reply.example.org")
    assert not book.accepts("r1-1-spoilt@example.org")


def test_a_desk_that_is_itself_a_plus_address_is_not_its_whole_mailbox() -> None:
    book = AddressBook("team+desk@example.org", "team+desk+{token}@example.org", (KEY,))

    assert book.accepts("team+desk@example.org")
    assert book.accepts(book.sign(claim()))
    assert not book.accepts("team@example.org")
    assert not book.accepts("team+private@example.org")


@given(said=claims)
def test_the_desk_accepts_whatever_it_signs(said: SignedAddress) -> None:
    assert BOOK.accepts(BOOK.sign(said))


@pytest.mark.parametrize(
    ("subject_id", "person_id"), [(0, 1), (1, 0), (-1, 1), (LARGEST_ID + 1, 1), (1, LARGEST_ID + 1)]
)
def test_an_id_that_was_never_given_is_not_signed(subject_id: int, person_id: int) -> None:
    with pytest.raises(ValueError, match="id"):
        claim(subject_id=subject_id, person_id=person_id)


@pytest.mark.parametrize(
    "template",
    [
        "support@example.org",
        "support+{token}",
        "{token}{token}@example.org",
        "support+{token}@{token}.example.org",
        "support@{token}.example.org",
        "support{token}@example.org",  # would swallow supporters@
        "support+{token}x@example.org",
        "sup port+{token}@example.org",
        "société+{token}@example.org",
        "support+{token}@",
        "x" * 29 + "+{token}@example.org",
    ],
)
def test_a_template_that_cannot_work_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"template|precede"):
        AddressBook("support@example.org", template, (KEY,))


@pytest.mark.parametrize("keys", [(), (b"",), (b"15 octets, no.",), (KEY, b"short")])
def test_a_weak_key_is_refused(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="16 octets"):
        AddressBook("support@example.org", "support+{token}@example.org", keys)


@pytest.mark.parametrize("desk_address", ["", "support", "@example.org", "support@"])
def test_a_desk_without_an_address_is_refused(desk_address: str) -> None:
    with pytest.raises(ValueError, match="no mail address"):
        AddressBook(desk_address, "support+{token}@example.org", (KEY,))


def test_keys_are_never_shown() -> None:
    assert KEY.decode() not in repr(BOOK)
    assert "key" not in repr(BOOK)
