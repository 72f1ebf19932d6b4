"""Each row of the table of mail programs does what it is there for."""

from __future__ import annotations

import pytest

from mailgate.inbound.clients import CLIENTS
from mailgate.inbound.html_text import read_html

ATTRIBUTES = ("class", "id", "name")

QUOTATIONS = [(client.name, mark) for client in CLIENTS for mark in client.quotations]
STARTS = [(client.name, mark) for client in CLIENTS for mark in client.starts]
SIGNATURES = [(client.name, mark) for client in CLIENTS for mark in client.signatures]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize(("client", "mark"), QUOTATIONS)
def test_what_a_program_encloses_is_old_and_what_follows_is_not(client: str, mark: str, attribute: str) -> None:
    read = read_html(f"<p>New of {client}</p><div {attribute}='other {mark.upper()}'><p>old</p></div><p>below</p>")

    assert read.new == f"New of {client}\n\nbelow"
    assert "old" in read.whole


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize(("client", "mark"), STARTS)
def test_after_the_mark_of_a_program_all_is_old(client: str, mark: str, attribute: str) -> None:
    read = read_html(f"<div><p>New of {client}</p><hr {attribute}={mark}><p>From: a</p></div><p>old</p>")

    assert read.new == f"New of {client}"
    assert read.whole.endswith("old")


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize(("client", "mark"), SIGNATURES)
def test_the_signature_of_a_program_is_no_new_text(client: str, mark: str, attribute: str) -> None:
    read = read_html(f"<p>New of {client}</p><div {attribute}={mark}>Eva<br>Example Ltd</div>")

    assert read.new == f"New of {client}"


def test_a_cited_block_is_old_whatever_wrote_it() -> None:
    assert read_html("<p>New</p><blockquote type='cite'>old</blockquote>below").new == "New\n\nbelow"


@pytest.mark.parametrize("word", ["quote", "signature"])
def test_a_word_that_anybody_may_use_marks_nothing(word: str) -> None:
    read = read_html(f"<p>We ask for</p><div class={word}><p>100 bolts</p></div>")

    assert read.new == read.whole == "We ask for\n\n100 bolts"
