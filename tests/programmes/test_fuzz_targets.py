"""The readers of strangers' octets keep their word for inputs that nobody would think of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.programmes.fuzz.mutation import mutations
from tests.programmes.fuzz.seeds import SEEDS, WORDS
from tests.programmes.fuzz.targets import TARGETS

INPUTS = 300  # of each target; `make fuzz` goes on from here


def test_every_target_has_first_inputs() -> None:
    assert SEEDS.keys() == TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_bears_what_is_nearly_right(name: str) -> None:
    for octets in (*SEEDS[name], *mutations(SEEDS[name], WORDS, INPUTS, seed=20)):
        TARGETS[name](octets)


@pytest.mark.parametrize("name", TARGETS)
@given(octets=st.binary(max_size=500))
def test_a_reader_bears_any_octets(name: str, octets: bytes) -> None:
    TARGETS[name](octets)
