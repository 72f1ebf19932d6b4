"""Replies in French and Spanish as mail programs write them, above, below and between what they answer.

What is new is known because it is put in here: each program's style is laid around the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from mailgate.domain.commands import parse_commands
from mailgate.inbound.parse import parse
from tests.inbound.mails import RECEIVED_AT, mail

TODAY = RECEIVED_AT.date()


@dataclass(frozen=True)
class Words:
    """What is said in one language, and the words with which programs lay old text around it."""

    code: str
    answers: tuple[str, str]
    questions: tuple[str, str]
    notice: str
    wrote_at: str  # how Gmail introduces
    wrote_on: str  # how Thunderbird does
    apple: str
    labels: tuple[str, str, str, str]
    original: str
    footer: str
    outlook_footer: str
    close: str


FRENCH = Words(
    code="fr",
    answers=("L'index a disparu depuis la mise à jour de mardi.", "Oui, vous pouvez redémarrer le serveur ce soir."),
    questions=("Depuis quand la couche est-elle vide ?", "Peut-on redémarrer le serveur ?"),
    notice="Pour accepter, répondez [approuver 4h] ; pour clore, [clore].",
    wrote_at="Le mar. 22 sept. 2026 à 10:04, Support <support@example.net> a écrit :",
    wrote_on="Le 22/09/2026 à 10:04, Support a écrit :",
    apple="Le 22 sept. 2026 à 10:04, Support <support@example.net> a écrit :",
    labels=("De", "Envoyé", "À", "Objet"),
    original="-----Message d'origine-----",
    footer="Envoyé de mon iPhone",
    outlook_footer="Obtenir Outlook pour Android",
    close="Cordialement,\nAna Prieto",
)
SPANISH = Words(
    code="es",
    answers=("El índice desapareció con la actualización del martes.", "Sí, pueden reiniciar el servidor esta noche."),
    questions=("¿Desde cuándo está vacía la capa?", "¿Se puede reiniciar el servidor?"),
    notice="Para aceptar, responda [aprobar 4h]; para cerrar, [cerrar].",
    wrote_at="El mar, 22 sept 2026 a las 10:04, Support (<support@example.net>) escribió:",
    wrote_on="El 22/9/26 a las 10:04, Support escribió:",
    apple="El 22 sept 2026, a las 10:04, Support <support@example.net> escribió:",
    labels=("De", "Enviado el", "Para", "Asunto"),
    original="-----Mensaje original-----",
    footer="Enviado desde mi iPhone",
    outlook_footer="Obtener Outlook para iOS",
    close="Un saludo,\nAna Prieto",
)
LANGUAGES = (FRENCH, SPANISH)


def quoted(words: Words) -> str:
    old = f"{words.questions[0]}\n{words.questions[1]}\n\n{words.notice}"
    return "\n".join(f"> {line}".rstrip() for line in old.split("\n"))


def bare(words: Words) -> str:
    return f"{words.questions[0]}\n{words.questions[1]}\n\n{words.notice}"


def header(words: Words, *, bold: bool = False) -> str:
    values = ("Support <support@example.net>", "mardi 22 septembre 2026 10:04", "Ana Prieto", "Re: [#12] Index")
    mark = "*" if bold else ""
    return "\n".join(f"{mark}{label} :{mark} {value}" for label, value in zip(words.labels, values, strict=True))


def new(words: Words) -> str:
    return f"{words.answers[0]}\n{words.answers[1]}"


#: Above what is answered: the usual way.
ABOVE: Mapping[str, Callable[[Words], str]] = {
    "Gmail": lambda words: f"{new(words)}\n\n{words.wrote_at}\n\n{quoted(words)}\n",
    "Gmail, wrapped": lambda words: (
        f"{new(words)}\n\n{words.wrote_at.replace(' <', chr(10) + '<')}\n\n{quoted(words)}\n"
    ),
    "Gmail on a telephone": lambda words: f"{new(words)}\n\n{words.footer}\n\n{words.wrote_at}\n\n{quoted(words)}\n",
    "Thunderbird": lambda words: f"{new(words)}\n\n{words.wrote_on}\n{quoted(words)}\n",
    "Thunderbird with a signature": lambda words: (
        f"{new(words)}\n\n{words.wrote_on}\n{quoted(words)}\n-- \nAna Prieto\n"
    ),
    "a signature above": lambda words: f"{new(words)}\n\n-- \nAna Prieto\nTown\n\n{words.wrote_on}\n{quoted(words)}\n",
    "Apple Mail": lambda words: f"{new(words)}\n\n> {words.apple}\n> \n{quoted(words)}\n",
    "iOS": lambda words: f"{new(words)}\n\n{words.footer}\n\n> {words.apple}\n> \n> \ufeff\n{quoted(words)}\n",
    "Outlook": lambda words: f"{new(words)}\n\n{header(words)}\n\n{bare(words)}\n",
    "Outlook, bold": lambda words: f"{new(words)}\n\n{header(words, bold=True)}\n\n{bare(words)}\n",
    "Outlook, old": lambda words: f"{new(words)}\n\n{words.original}\n{header(words)}\n\n{bare(words)}\n",
    "Outlook, web": lambda words: f"{new(words)}\n\n{'_' * 32}\n{header(words)}\n\n{bare(words)}\n",
    "Outlook, mobile": lambda words: (
        f"{new(words)}\n\n{words.outlook_footer}<https://aka.ms/x>\n{'_' * 32}\n{header(words)}\n\n{bare(words)}\n"
    ),
    "Exchange, quoted": lambda words: (
        f"{new(words)}\n\n> {header(words).replace(chr(10), chr(10) + '> ')}\n> \n{quoted(words)}\n"
    ),
    "Yahoo": lambda words: f"{new(words)}\n\n    {words.wrote_at}\n\n {bare(words)}\n",
    "Zimbra": lambda words: f"{new(words)}\n\n----- {words.labels[0]}: support@example.net -----\n\n{bare(words)}\n",
    "Roundcube": lambda words: f"{new(words)}\n\n{words.wrote_on.replace(', ', ' ')}\n{quoted(words)}\n",
    "Proton": lambda words: f"{new(words)}\n\n{words.wrote_at}\n\n{quoted(words)}\n",
    "K-9 Mail": lambda words: f"{new(words)}\n\n{words.wrote_at.replace(' :', ':')}\n{quoted(words)}\n",
    "Samsung": lambda words: (
        f"{new(words)}\n\n-------- {words.original.strip('-')} --------\n{header(words)}\n\n{bare(words)}\n"
    ),
}

#: Below and between what is answered; what is kept besides the answers are the questions between them.
BELOW: Mapping[str, Callable[[Words], str]] = {
    "Thunderbird": lambda words: f"{words.wrote_on}\n{quoted(words)}\n\n{new(words)}\n",
    "Gmail": lambda words: f"{words.wrote_at}\n\n{quoted(words)}\n>\n\n{new(words)}\n",
    "Apple Mail": lambda words: f"> {words.apple}\n>\n{quoted(words)}\n\n{new(words)}\n",
    "between": lambda words: (
        f"{words.wrote_on}\n> {words.questions[0]}\n\n{words.answers[0]}\n\n"
        f"> {words.questions[1]}\n\n{words.answers[1]}\n\n> {words.notice}\n"
    ),
    "between, without empty lines": lambda words: (
        f"{words.wrote_on}\n> {words.questions[0]}\n{words.answers[0]}\n> {words.questions[1]}\n{words.answers[1]}\n"
        f">\n> {words.notice}\n"
    ),
    "above and below": lambda words: f"{words.answers[0]}\n\n{words.wrote_on}\n{quoted(words)}\n\n{words.answers[1]}\n",
}

CLOSED: Mapping[str, Callable[[Words], str]] = {
    "a name alone": lambda words: f"{new(words)}\n\n{words.close}\n\n{words.wrote_on}\n{quoted(words)}\n",
    "an address": lambda words: (
        f"{new(words)}\n\n{words.close}\n\nAyuntamiento\n+33 1 00 00 00 00\n\n{words.wrote_on}\n{quoted(words)}\n"
    ),
    "a warning above": lambda words: (
        f"[EXTERNAL SENDER]\n\n{new(words)}\n\n{words.close}\n\n{words.original}\n{bare(words)}\n"
    ),
}


def said(raw_text: str) -> tuple[list[str], bool]:
    """Return the lines that the writer wrote this time, without citations, and whether nothing in them commands."""
    raw = mail(raw_text, headers="Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n")
    found = parse(raw).new_text
    lines = [line for line in found.text.split("\n") if line.strip() and not line.startswith(">")]
    commands = parse_commands(found.text, role=None, today=TODAY, is_wrapped=found.is_wrapped).commands
    return lines, commands == ()


@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.code)
@pytest.mark.parametrize("style", ABOVE)
def test_what_stands_above_the_old_text_is_all_that_is_new(style: str, words: Words) -> None:
    assert said(ABOVE[style](words)) == (list(words.answers), True)


@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.code)
@pytest.mark.parametrize("style", BELOW)
def test_what_stands_below_and_between_the_old_text_is_new(style: str, words: Words) -> None:
    assert said(BELOW[style](words)) == (list(words.answers), True)


@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.code)
@pytest.mark.parametrize("style", CLOSED)
def test_the_close_is_kept_and_the_signature_below_it_is_not(style: str, words: Words) -> None:
    assert said(CLOSED[style](words)) == ([*words.answers, *words.close.split("\n")], True)


@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.code)
@pytest.mark.parametrize("style", ABOVE)
def test_a_command_above_the_old_text_counts_and_the_one_in_it_does_not(style: str, words: Words) -> None:
    command = {"fr": "[approuver 2h]", "es": "[aprobar 2h]"}[words.code]
    raw_text = ABOVE[style](words).replace(words.answers[0], f"{command}\n\n{words.answers[0]}", 1)
    raw = mail(raw_text, headers="Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n")
    found = parse(raw).new_text

    assert found.is_sure
    commands = parse_commands(found.text, role=None, today=TODAY, is_wrapped=found.is_wrapped).commands
    assert [each.written for each in commands] == [command.strip("[]")]


def test_there_are_more_than_sixty_of_these_replies() -> None:
    assert len(LANGUAGES) * (2 * len(ABOVE) + len(BELOW) + len(CLOSED)) > 60
