"""New text: what is not surely new is not executed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.commands import parse_commands
from mailgate.inbound.new_text import SCANNED_CHARACTERS, SCANNED_LINES, extract
from mailgate.inbound.quotation_marks import FOOTERS, FORWARDED, ORIGINAL_MESSAGE, WROTE

TODAY = date(2026, 9, 22)
OLD = "Please write [close] when done."

ATTRIBUTIONS = [
    "On Tue, Sep 22, 2026 at 10:00 AM Support <support@example.net> wrote:",
    "On 22/09/2026 10:00, Support wrote:",
    "Le mar. 22 sept. 2026 à 10:00, Support <support@example.net> a écrit :",
    "Le 22/09/2026 à 10:00, Support a écrit\xa0:",
    "El mar, 22 sept 2026 a las 10:00, Support (<support@example.net>) escribió:",
    "El 22/09/2026 a las 10:00, Support escribió:",
    "Am 22.09.2026 um 10:00 schrieb Support <support@example.net>:",
    "Support <support@example.net> schrieb am Di., 22. Sept. 2026, 10:00:",
    "Il giorno mar 22 set 2026 alle ore 10:00 Support <support@example.net> ha scritto:",
    "Em ter., 22 de set. de 2026 às 10:00, Support <support@example.net> escreveu:",
    "Op di 22 sep. 2026 om 10:00 schreef Support <support@example.net>:",
    "W dniu 22.09.2026 o 10:00, Support pisze:",
    "Den tis 22 sep. 2026 kl 10:00 skrev Support <support@example.net>:",
    "вт, 22 сент. 2026 г. в 10:00, Support <support@example.net>:",
    "2026-09-22 10:00 GMT+02:00 Support <support@example.net>:",
    "2026年9月22日(火) 10:00 Support <support@example.net>:",
    "Zzz 22.09.2026 10:00 Support <support@example.net> zzz:",  # a language that no table has
    "On Tue, Sep 22, 2026 at 10:00 AM\nSupport <support@example.net> wrote:",
    "Le mar. 22 sept. 2026 à 10:00,\nSupport de l'exemple\n<support@example.net> a\nécrit :",
    "On Tue, Sep 22, 2026 at 10:00 AM Support <support@example.net\n> wrote:",
    "On Tue, Sep 22, 2026 at 10:00 AM Support\n\n<\nmailto:support@example.net\n> wrote:",
]

HEADER_BLOCKS = [
    "From: Support <support@example.net>\nSent: Tuesday, 22 September 2026 10:00\nTo: Ana\nSubject: Question",
    "De : Support <support@example.net>\nEnvoyé : mardi 22 septembre 2026 10:00\nÀ : Ana\nObjet : Question",
    "*De\xa0:* Support\n*Envoyé\xa0:* mardi 22 septembre 2026 10:00\n*À\xa0:* Ana\n*Objet\xa0:* Question",
    "De: Support <s@example.net>\nEnviado el: martes, 22 de septiembre de 2026 10:00\nPara: Ana\nAsunto: Question",
    "Von: Support\nGesendet: Dienstag, 22. September 2026 10:00\nAn: Ana\nBetreff: Question",
    "________________________________\nFrom: Support <support@example.net>\nSent: Tuesday, 22 September 2026 10:00",
    "Date: Tue, 22 Sep 2026 10:00:00 +0200\nTo: Ana",
    "-----Original Message-----\nFrom: Support",
    "-------- Message d'origine --------",
    "-----Mensaje original-----",
    "-------- Ursprüngliche Nachricht --------Von: Support",
    "---------- Forwarded message ---------\nFrom: Support <support@example.net>",
    "---------- Message transféré ----------",
    "Begin forwarded message:",
    "##- Please type your reply above this line -##",
    "________________________________________",
    "-- ",
]


@pytest.mark.parametrize("border", [*ATTRIBUTIONS, *HEADER_BLOCKS])
def test_what_follows_a_border_is_old(border: str) -> None:
    new = extract(f"Voici la réponse.\n\n{border}\n\n{OLD}\n[close]\n", is_wrapped=True)

    assert new.text == "Voici la réponse."
    assert new.is_sure


@pytest.mark.parametrize("attribution", ATTRIBUTIONS[:-1])
def test_what_stands_between_and_below_marked_lines_is_new(attribution: str) -> None:
    written = f"Above.\n\n{attribution}\n> {OLD}\n> [close]\n\nBetween.\n\n> [close]\n>> [close]\n\nBelow.\n"
    new = extract(written, is_wrapped=True)

    own = [line for line in new.text.split("\n") if line and not line.startswith(">")]
    assert own == ["Above.", "Between.", "Below."]
    assert new.is_sure
    assert parse_commands(new.text, role=None, today=TODAY, is_wrapped=True).commands == ()


def test_one_quotation_above_an_answer_is_left_out_and_those_between_answers_are_kept() -> None:
    introduced = "Le 22/09/2026 à 10:00, Support a écrit :\n> Which town?\n"

    assert extract(f"{introduced}\nGap.", is_wrapped=True).text == "Gap."
    assert (
        extract(f"{introduced}Gap.\n> Since when?\nMonday.\n> Regards\n", is_wrapped=True).text
        == "> Which town?\nGap.\n> Since when?\nMonday."
    )


def test_what_a_writer_cites_by_hand_is_part_of_the_text() -> None:
    assert extract("Your page says:\n\n> Free for all\n\nIs it?", is_wrapped=True).text.split() == (
        ["Your", "page", "says:", ">", "Free", "for", "all", "Is", "it?"]
    )


@pytest.mark.parametrize(
    "introduction", ["On 22 Aug 2026, at 19:21, Eva <eva@example.org> wrote:", "Début du message transféré :"]
)
def test_a_quotation_that_introduces_itself_is_old(introduction: str) -> None:
    assert extract(f"Hello\n> {introduction}\n>\n> Old\nBelow", is_wrapped=True).text.split() == ["Hello", "Below"]


def test_the_end_of_a_long_quoted_line_that_a_program_wrapped_is_old() -> None:
    quoted = "> In many words that a program could not leave on one line of its own,"
    introduced = f"New.\n\nOn 22/09/2026 10:00, Support wrote:\n{quoted}\n"

    assert extract(f"{introduced}so that it wrapped them.\n> More", is_wrapped=True).text == "New."
    assert "[close]" in extract(f"{introduced}[close]\n> More", is_wrapped=True).text
    assert not extract(f"{introduced}[close]\n> More", is_wrapped=True).is_sure


@pytest.mark.parametrize("end", ["Cordialement,\n\nAna Prieto", "Best regards, Ana\nPrieto", "Saludos\nAna"])
def test_what_stands_below_a_close_and_a_name_is_a_signature_unless_it_speaks(end: str) -> None:
    letter = f"The index is gone.\n\n{end}"

    assert extract(f"{letter}\n\nTown of Example\n+33 1 00 00 00 00", is_wrapped=True).text == letter
    for words in ("PS: it is urgent", "By the way, the server is down again.", "Can you call me back today?"):
        assert extract(f"{letter}\n\n{words}", is_wrapped=True).text.endswith(words)
    assert not extract(f"{letter}\n\n[close]", is_wrapped=True).is_sure


def test_the_warning_of_a_server_above_a_mail_from_outside_is_no_text() -> None:
    banner = "[CAUTION: This email originated from outside of the organisation.]"

    assert extract(f"{banner}\n\nHello", is_wrapped=True).text == "Hello"
    assert extract(f"Hello\n\n{banner}", is_wrapped=True).text.endswith(banner)


def test_a_text_that_is_signed_in_place_is_read_without_its_armour() -> None:
    armour = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{}\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n=ab\n{}\n\n{}"
    )
    new = extract(armour.format("Hello\n\n[close]", "-----END PGP SIGNATURE-----", "Below"), is_wrapped=True)

    assert new.text.split() == ["Hello", "[close]", "Below"]
    assert new.is_sure


def test_an_attribution_with_nothing_above_it_leaves_what_follows_but_no_command() -> None:
    new = extract("On 22/09/2026 10:00, Support wrote:\n\nThe answer.\n[close]", is_wrapped=True)

    assert new.text == "The answer.\n[close]"
    assert not new.is_sure


@pytest.mark.parametrize("mark", [">", "> ", ">>", " > ", "| ", "> > "])
def test_marked_lines_are_old(mark: str) -> None:
    assert extract(f"New.\n\n{mark}[close]\n", is_wrapped=True).text == "New."


@pytest.mark.parametrize(
    "footer",
    ["Sent from my iPhone", "Envoyé de mon iPhone", "Enviado desde mi iPhone", "Von meinem iPhone gesendet",
     "Get Outlook for Android", "Télécharger Outlook pour Android", "Envoyé depuis mon mobile Orange"],
)  # fmt: skip
def test_the_footer_of_a_telephone_is_not_text(footer: str) -> None:
    assert extract(f"[close]\n\n{footer}\n", is_wrapped=True).text == "[close]"


def test_old_text_far_below_its_attribution_is_old() -> None:
    assert extract(f"New.\n\n{ATTRIBUTIONS[0]}{20 * chr(10)}{OLD}\n[close]", is_wrapped=True).text == "New."


@pytest.mark.parametrize("words", [*ORIGINAL_MESSAGE, *FORWARDED])
def test_every_row_between_dashes_is_a_border(words: str) -> None:
    assert extract(f"New.\n----- {words} -----\n[close]", is_wrapped=True).text == "New."


@pytest.mark.parametrize("verb", WROTE)
def test_every_verb_makes_an_attribution(verb: str) -> None:
    assert extract(f"New.\n\nXx 22.09.2026 10:00 Support {verb}:\n\n[close]", is_wrapped=True).text == "New."


@pytest.mark.parametrize("footer", FOOTERS)
def test_every_footer_is_dropped(footer: str) -> None:
    assert extract(f"New.\n\n{footer.title()}x\n", is_wrapped=True).text == "New."


@pytest.mark.parametrize(
    "doubt",
    [
        "Support wrote:",
        "From: support@example.net",
        "Reply of support@example.net:",
        "22.09.2026 10:00:",
        "---- Zzz zzz ----",
        "--------------------",
        "* * *",
        "Sent from my iPhone",
        "Cordialement,\nAna",
        "Zzz: Support\nYyy: support@example.net\nXxx: Question",
        "Best regards\nAna",
        "> a long line of a quotation that the program of the sender has wrapped at its edge",
    ],
)
def test_a_command_below_a_doubtful_border_is_not_sure(doubt: str) -> None:
    new = extract(f"Some words.\n\n{doubt}\n[close]\n", is_wrapped=True)

    assert "[close]" not in new.text or not new.is_sure


def test_a_command_above_a_doubtful_border_is_sure() -> None:
    new = extract("[close]\n\nCordialement,\nAna\n[cid:logo.png@01D]\n", is_wrapped=True)

    assert new.text.startswith("[close]")
    assert new.is_sure


@pytest.mark.parametrize(
    "written",
    [
        "I wrote to you on Monday.\n\n[close]",
        "Ana said: it works.\n\n[close]",
        "To: do\n\n[close]",
        "A list:\n- one\n- two\n\n[close]",
        "Sent from my desk, which is easier.\n\n[close]",
        "I saw this message original and complete.\n\n[close]",
        "From what I see it works.\n\n[close]",
        "a > b, and b | c\n\n[close]",
        "| id | name |\n| 1 | a |\n\n[close]",
        "Merci, c'est bien ainsi.\n\n[close]",
        "Thanks!\n\n[close]",
    ],
)
def test_ordinary_sentences_are_no_border(written: str) -> None:
    new = extract(written, is_wrapped=True)

    assert new.text == written
    assert new.is_sure


def test_code_between_fences_is_new() -> None:
    written = "See:\n\n```\n-- a comment\n# ----\nFrom: x\n```\n\nEnd."

    assert extract(written, is_wrapped=True).text == written


def test_a_fence_never_hides_a_border() -> None:
    written = "See:\n```\n\nOn 22/09/2026 10:00, Support wrote:\n\n```\nx\n```\n[close]"

    assert "[close]" not in extract(written, is_wrapped=True).text


def test_a_long_text_is_cut() -> None:
    new = extract("New.\n" + "x" * 100 + "\n" * SCANNED_CHARACTERS + "[close]", is_wrapped=True)

    assert "[close]" not in new.text


def test_more_lines_than_anybody_writes_are_cut() -> None:
    new = extract("a\n" * SCANNED_LINES + "[close]", is_wrapped=True)

    assert new.is_cut
    assert "[close]" not in new.text
    assert not extract("a\n" * (SCANNED_LINES - 2) + "b", is_wrapped=True).is_cut


@given(st.text(max_size=500), st.booleans())
def test_any_text_has_a_new_part(text: str, is_wrapped: bool) -> None:  # noqa: FBT001  # hypothesis passes it
    assert extract(text, is_wrapped=is_wrapped).is_wrapped is is_wrapped


PIECES = [*ATTRIBUTIONS, *HEADER_BLOCKS, "> ", "```", "Sent from my iPhone", "Cordialement,", "", "x", "[close]", "On "]


@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_every_line_of_the_new_part_was_written(pieces: list[str]) -> None:
    written = "\n".join(pieces)

    assert {line.strip() for line in extract(written, is_wrapped=True).text.split("\n")} <= {
        "", *(line.strip() for line in written.split("\n"))
    }  # fmt: skip


@given(
    st.lists(st.sampled_from(["New.", "", "> x", "Ana"]), max_size=8), st.sampled_from([*ATTRIBUTIONS, *HEADER_BLOCKS])
)
def test_no_command_below_a_border_is_surely_new(above: list[str], border: str) -> None:
    new = extract("\n".join([*above, "", border, "", "old words", "[close]", "old words"]), is_wrapped=True)

    assert "[close]" not in new.text or not new.is_sure


@pytest.mark.parametrize("opening", ["Attention au client.", "Regards the index:", "Cheers Hugo,", "Saludos Lucía"])
def test_what_only_begins_like_a_closing_or_opens_the_mail_casts_no_doubt(opening: str) -> None:
    assert extract(f"{opening}\n\n[close]", is_wrapped=True).is_sure


def test_a_typographic_apostrophe_closes_a_letter_as_a_straight_one_does() -> None:
    assert not extract("Bonjour\n\nMerci d’avance,\nHugo\n[close]", is_wrapped=True).is_sure


def test_a_text_beyond_what_is_scanned_is_said_to_be_cut() -> None:
    assert extract("mot " * 20_000, is_wrapped=True).is_cut
    assert not extract("mot", is_wrapped=True).is_cut


@pytest.mark.parametrize(
    "old",
    [
        "Le 23/11/2026 à 09:30, Luc <luc@client.example.org> a écrit :\n> Bonjour",
        "-----Message d'origine-----\nDe : Luc",
        "De : Luc <luc@client.example.org>\nEnvoyé : lundi 23 novembre 2026 09:30\nÀ : Eva\nObjet : Carte",
        "De : Luc<mailto:luc@client.example.org>\nEnvoyé le :lundi 23 novembre 2026 09:30\nÀ : Eva\nObjet :Carte",
    ],
)
def test_a_footer_right_above_what_is_quoted_is_no_text(old: str) -> None:
    assert (
        extract(f"La carte est blanche.\n\nEnvoyé de mon iPhone\n{old}", is_wrapped=True).text
        == "La carte est blanche."
    )
