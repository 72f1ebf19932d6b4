"""A «thank you» is recognised, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailgate.domain.courtesy import PHRASES, is_courtesy

CAMILLE = "Camille Martin"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "Merci beaucoup, bonne journée, Camille",
        "Merci !",
        "Bonjour,\n\nUn grand merci pour votre aide rapide.\n\nBien cordialement,\nCamille Martin",
        "Super, merci ! 👍",
        "C'est parfait, merci beaucoup pour tout.\nBon week-end",
        "Hi,\n\nThank you very much for your quick reply!\n\nKind regards,\nCamille",
        "Thanks a lot :)",
        "Perfect, thanks.\nHave a nice weekend",
        "¡Muchas gracias!\n\nCamille",
        "Hola,\nMuchas gracias por su ayuda.\nUn cordial saludo,\nCamille",
        "Perfecto, gracias. ¡Buen fin de semana!".replace("¡", ""),
        "Merci, thanks, gracias",
        "MERCI BEAUCOUP",
        "merci beaucoup, bonne journee",
    ],
)
def test_greetings_thanks_and_closings_in_any_language_are_courtesy(text: str) -> None:
    assert is_courtesy(text, name=CAMILLE)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, but it still fails",
        "Merci, mais le problème persiste",
        "Gracias, pero no funciona",
        "Merci ?",
        "Merci de rouvrir",
        "Merci d'avance",
        "Thanks in advance",
        "Merci, et pour la couche 3",
        "Merci 2",
        "Not solved, thanks",
        "No gracias",
        "Merci :(",
        "Merci, Anne",
        "pas merci",
        "[close]",
        "https://example.org",
        "It works, thanks",
        "merci " * 200,
    ],
)
def test_anything_else_is_something_to_read(text: str) -> None:
    assert not is_courtesy(text, name=CAMILLE)


def test_the_name_is_the_writers_own_not_anybodys() -> None:
    assert is_courtesy("Merci, Élodie", name="Elodie Petit")
    assert not is_courtesy("Merci, Camille", name="Elodie Petit")


@example(["thank you -/all/both", "all the best"])
@given(st.lists(st.sampled_from([phrase for phrases in PHRASES.values() for phrase in phrases]), max_size=4))
def test_every_phrase_of_the_tables_is_courtesy(phrases: list[str]) -> None:
    said = [" ".join(slot.split("/")[0] for slot in phrase.split()).replace("-", "") for phrase in phrases]

    assert is_courtesy(", ".join(said), name="")


@given(st.text(), st.text())
def test_any_text_is_judged(text: str, name: str) -> None:
    assert is_courtesy(text, name=name) in (True, False)


@given(st.lists(st.sampled_from(["merci", "thanks", "gracias", "fails", "Camille"]), min_size=1, max_size=6))
def test_one_unknown_word_is_enough(words: list[str]) -> None:
    if "fails" in words:
        assert not is_courtesy(" ".join(words), name=CAMILLE)
