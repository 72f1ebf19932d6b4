"""Mails that were forwarded inside others: who wrote them, about what, and what they say, however programs show it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.message import ForwardedMail
from mailgate.inbound.forwarded import forwarded_mail
from mailgate.inbound.parse import parse
from mailgate.inbound.quotation_marks import FORWARDED, HEADER_LABELS
from tests.inbound.mails import mail

INNER = ForwardedMail(sender="luc@client.example.org", subject="Carte blanche", text="La carte est blanche.\n\nLuc")
BODY = "La carte est blanche.\n\nLuc"

#: Client, how it shows a forwarded mail.
CLIENTS = {
    "Gmail": "---------- Forwarded message ---------\nDe : Luc Petit <luc@client.example.org>\n"
    "Date: lun. 23 nov. 2026 à 09:30\nSubject: Carte blanche\nTo: <eva@support.example.org>\n\n\n",
    "Outlook": "________________________________\nDe : Luc Petit <luc@client.example.org>\n"
    "Envoyé : lundi 23 novembre 2026 09:30\n"
    "À : eva@support.example.org <eva@support.example.org>\nObjet : Carte blanche\n\n",
    "Outlook for Mac": "From: Luc Petit <luc@client.example.org>\nDate: Monday, 23 November 2026 at 09:30\n"
    "To: eva@support.example.org <eva@support.example.org>\nSubject: Carte blanche\n",
    "Thunderbird": "-------- Message transféré --------\nSujet : \tCarte blanche\n"
    "Date : \tMon, 23 Nov 2026 09:30:00 +0100\n"
    "De : \tLuc Petit <luc@client.example.org>\nPour : \teva@support.example.org\n\n",
    "Apple Mail": "Début du message réexpédié :\n\nDe: Luc Petit <luc@client.example.org>\nObjet: Carte blanche\n"
    "Date: 23 novembre 2026 à 09:30:00 UTC+1\nÀ: eva@support.example.org\n\n",
    "Yahoo": "  ----- Message transmis ----- De : Luc Petit <luc@client.example.org>À : eva@support.example.org "
    "<eva@support.example.org>Envoyé : lundi 23 novembre 2026, 09:30:00 UTC+1Objet : Carte blanche\n",
    "HubSpot": "---------- Mensaje reenviado ---------\nDe: Luc Petit <luc@client.example.org>\n"
    "Fecha: lunes, 23 de noviembre\n"
    "Asunto: Carte blanche\nA: eva@support.example.org\n\n",
    "Roundcube": "-------- Message original --------\nObjet: Carte blanche\nDate: 2026-11-23 09:30\n"
    "De: Luc Petit <luc@client.example.org>\nÀ: eva@support.example.org\n\n",
    "a header with its values below": "From:\nLuc Petit <luc@client.example.org>\n"
    "Sent:\nMonday\nSubject:\nCarte blanche\n\n",
    "bold labels": "*From:* Luc Petit <luc@client.example.org>\n*Sent:* Monday\n*To:* Eva\n"
    "*Subject:* Carte blanche\n\n",
}


@pytest.mark.parametrize("shown", CLIENTS.values(), ids=CLIENTS)
def test_each_program_has_its_way_of_showing_a_forwarded_mail(shown: str) -> None:
    assert forwarded_mail(f"Pour toi, Eva.\n\n{shown}{BODY}", "TR: Carte blanche") == INNER


def test_apple_and_others_mark_the_lines_of_the_inner_mail() -> None:
    shown = CLIENTS["Apple Mail"] + BODY
    marked = "\n".join(f"> {line}".rstrip() for line in shown.split("\n"))

    assert forwarded_mail(f"Voir plus bas.\n\n{marked}", "Fwd: Carte blanche") == INNER


def test_one_program_writes_an_attribution_and_indents() -> None:
    indented = "\n".join(f"    {line}" if line else "" for line in BODY.split("\n"))
    text = f'Voir plus bas.\n\nLe 23/11/2026 09:30, "Luc Petit" <luc@client.example.org> a écrit :\n\n{indented}\n'

    assert forwarded_mail(text, "TR : Carte blanche") == INNER


@pytest.mark.parametrize("words", FORWARDED)
def test_each_heading_of_the_table_introduces_a_forwarded_mail(words: str) -> None:
    header = "From: Luc <luc@client.example.org>\nDate: Monday\nTo: Eva\n\nHello"
    for heading in (f"-------- {words.capitalize()} --------", f"{words.capitalize()}:"):
        found = forwarded_mail(f"{heading}\n{header}", "Re: something")
        assert found is not None, heading
        assert (found.sender, found.text) == ("luc@client.example.org", "Hello")


LANGUAGES = [
    ("from", "date", "to", "subject"),
    ("de", "envoyé", "à", "objet"),
    ("de", "enviado", "para", "asunto"),
    ("von", "gesendet", "an", "betreff"),
    ("da", "inviato", "a", "oggetto"),
    ("de", "data", "para", "assunto"),
    ("van", "verzonden", "aan", "onderwerp"),
    ("från", "skickat", "till", "ämne"),
    ("fra", "sendt", "til", "emne"),
    ("lähettäjä", "lähetetty", "vastaanottaja", "aihe"),
    ("od", "wysłano", "do", "temat"),
    ("od", "odesláno", "komu", "předmět"),
    ("feladó", "elküldve", "címzett", "tárgy"),
    ("de la", "trimis", "către", "subiect"),
    ("kimden", "gönderme", "kime", "konu"),
    ("от", "отправлено", "кому", "тема"),
    ("від", "надіслано", "кому", "тема"),
    ("από", "ημερομηνία", "προς", "θέμα"),
    ("发件人", "发送时间", "收件人", "主题"),
    ("差出人", "送信日時", "宛先", "件名"),
    ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
]


@pytest.mark.parametrize("labels", LANGUAGES, ids="/".join)
def test_a_header_is_read_in_each_language(labels: tuple[str, ...]) -> None:
    assert all(label.casefold() in HEADER_LABELS for label in labels)
    values = ("Luc Petit <luc@client.example.org>", "2026-11-23 09:30", "Eva", "Carte blanche")
    header = "\n".join(f"{label.capitalize()}: {value}" for label, value in zip(labels, values, strict=True))

    assert forwarded_mail(f"{header}\n\n{BODY}", "Fwd: Carte blanche") == INNER


def test_the_header_of_the_mail_that_is_answered_is_not_that_of_a_forwarded_one() -> None:
    shown = CLIENTS["Outlook"] + BODY

    assert forwarded_mail(f"Merci.\n\n{shown}", "RE: Carte blanche") is None
    assert forwarded_mail(f"Merci.\n\n{shown}", "RE: TR: Carte blanche") is None
    assert forwarded_mail(f"Merci.\n\n{shown}", "RE: Autre chose") == INNER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "On 23 Nov 2026, Luc <luc@client.example.org> wrote:\n> Hello",
        "From: here to there\nthe map is white",
        "Forwarded message",
        "I forward this to you.\nFrom: me",
        "To: do\nSubject: open",
    ],
)
def test_what_is_no_forwarded_mail_is_none(text: str) -> None:
    assert forwarded_mail(text, "") is None


def test_the_sender_of_the_mail_is_who_forwarded_it_and_nothing_in_the_inner_mail_commands() -> None:
    raw = mail(f"{CLIENTS['Gmail']}[approve 4h]\n".encode(), headers="Content-Type: text/plain; charset=utf-8\n")
    message = parse(raw)

    assert message.sender is not None
    assert message.sender.address == "ana@example.org"
    assert message.forwarded is not None
    assert message.forwarded.sender == "luc@client.example.org"
    assert "approve" in message.forwarded.text
    assert "approve" not in message.new_text.text


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_has_an_answer(text: str, subject: str) -> None:
    forwarded_mail(text, subject)


@pytest.mark.parametrize(
    "line", ["From: a@example.org\n", "a@b.c wrote:\n", "-" * 80 + "\n", "From:\n", "> " * 40 + "\n", "x@" * 30 + "\n"]
)
def test_a_long_text_takes_linear_time(line: str) -> None:
    text = line * (1_000_000 // len(line))
    begun = time.process_time()
    forwarded_mail(text, "")

    assert time.process_time() - begun < 5


def test_words_without_any_label_behind_a_heading_are_no_header() -> None:
    assert forwarded_mail("-- Forwarded message -- and nothing that a header has\n\nText", "x") is None
