"""format=flowed: soft breaks joined, quotations and the signature kept apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.inbound.flowed import unflow


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("one \ntwo\nthree", "one two\nthree"),
        ("> one \n> two\n>> three", "> one two\n>> three"),
        ("> one \ntwo", "> one \ntwo"),  # the depth changes: a paragraph ends
        (" > stuffed", "> stuffed"),
        (" From here", "From here"),
        ("end \n-- \nAna", "end \n-- \nAna"),
    ],
)
def test_soft_breaks_are_joined(written: str, text: str) -> None:
    assert unflow(written, has_delsp=False) == text


def test_delsp_deletes_the_space_before_a_soft_break() -> None:
    assert unflow("会 \n议", has_delsp=True) == "会议"


@given(st.text(alphabet="> -a\n", max_size=200), st.booleans())
def test_any_text_can_be_unflowed(text: str, has_delsp: bool) -> None:  # noqa: FBT001  # hypothesis passes it
    assert unflow(text, has_delsp=has_delsp).replace(" ", "").count("a") == text.count("a")
