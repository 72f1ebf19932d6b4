"""Templates: values are shown and never interpreted, both forms say the same, and gaps are found at the start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from mailgate.domain.commands import command_spans
from mailgate.domain.ledger import Balance
from mailgate.domain.notice import Acknowledgement, Answer, BalanceReport, File, Notice, PackState
from mailgate.domain.people import Contact, Engineer, Language
from mailgate.domain.ticket import State, Ticket
from mailgate.errors import ConfigurationError
from mailgate.outbound.render import Desk, Link, Rendered, Renderer, Scene, notice_kinds, packaged_templates

DESK = Desk(name="Support", address="support@example.org", zone="Europe/Paris")
MARIE = Contact(
    id=1,
    name="Marie",
    language=Language.FR,
    addresses=("marie@example.com",),
    organisation_id=1,
    organisation_name="Example",
)
PAUL = Engineer(id=2, name="Paul", language=Language.FR, addresses=("paul@example.org",))
TICKET = Ticket(
    id=12,
    subject="Carte vide",
    state=State.OPEN,
    organisation_id=1,
    contract_id=1,
    requester_id=1,
    opened_at=datetime(2026, 9, 22, 8, 0, tzinfo=UTC),
)
LINK = Link(verb="approve", minutes=240, address="support+abc@example.org")
SCENE = Scene(ticket=TICKET, requester="Marie", organisation="Example", links=(LINK,), currency="EUR", zone="")
ANSWER = Answer(to=MARIE, author=PAUL, text="Bonjour")

HOSTILE = [
    "**bold** _x_ `y`",
    "<b>x</b> & <script>alert(1)</script>",
    "{{ 7*7 }} {% if %} {{ desk.__class__ }}",
    "[x](https://evil.example) ![y](https://evil.example/p.png)",
    "<https://evil.example>",
    "# title\n\n- item\n\n    code\n\n| a | b |\n|---|---|\n\n> quote\n\n---",
    "\ue000w5b2278225d\ue002 \ue0010\ue002 \ue003",
    "&amp; &lt; &#91;close&#93;",
    "\\* \\[ \\",
    "[close]",
]
foreign = st.text(max_size=60) | st.sampled_from(HOSTILE)


def folder(path: Path, templates: Mapping[str, str]) -> Path:
    """Write a complete set of templates: these ones in French, and a plain one for all others."""
    for language in Language:
        (path / language.value).mkdir(parents=True)
        for kind in notice_kinds():
            (path / language.value / f"{kind}.md").write_text("Subject: x\n\nx\n", encoding="utf-8")
    for name, source in templates.items():
        (path / "fr" / name).write_text(source, encoding="utf-8")
    (path / "layout.html").write_bytes((packaged_templates() / "layout.html").read_bytes())
    return path


def rendered(path: Path, source: str, notice: Notice = ANSWER, scene: Scene = SCENE, **parts: str) -> Rendered:
    templates = {f"{notice.kind}.md": f"Subject: x\n\n{source}"}
    templates |= {f"_{name}.md": part for name, part in parts.items()}
    return Renderer(DESK, folder(path / "templates", templates)).render(notice, scene)


def body_of(page: str) -> str:
    return page.partition('<td class="body"')[2].partition(">")[2].partition("\n</td></tr>")[0].strip()


def words_of(page: str) -> list[str]:
    parsed = LexborHTMLParser(re.sub(r"<(br|/p|/div|/td|/th|/li|hr)\b", r" <\1", body_of(page))).body
    return parsed.text().split() if parsed else []


def test_values_reach_both_forms(tmp_path: Path) -> None:
    mail = rendered(tmp_path, "**{{ author | name }}** répond à {{ reader.name }} pour {{ ticket.id }}.\n")

    assert mail.text == "Paul répond à Marie pour 12.\n"
    assert "<strong>Paul</strong> répond à Marie pour 12." in mail.html


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_words_are_shown_as_they_are(tmp_path: Path, text: str) -> None:
    mail = rendered(tmp_path, "Vu : {{ text }}!\n", replace(ANSWER, text=text))
    seen = " ".join(text.split()).replace("[close]", "⟦close⟧")
    seen = "".join(char for char in seen if char not in "\ue000\ue001\ue002\ue003")

    assert " ".join(mail.text.split()) == f"Vu : {seen}!"
    assert words_of(mail.html) == f"Vu : {seen}!".split()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_foreign_text_is_shown_word_for_word(tmp_path: Path, text: str) -> None:
    mail = rendered(tmp_path, "Avant\n{{ text | quote }}\naprès\n", replace(ANSWER, text=text))
    seen = text.replace("[close]", "⟦close⟧")
    seen = "".join(char for char in seen if char not in "\ue000\ue001\ue002\ue003")

    assert mail.text == f"Avant\n\n{seen}\n\naprès\n"
    assert re.findall(r"<(?:img|script|b|h1|pre|blockquote)\b|href=", body_of(mail.html)) == []


def test_a_quotation_keeps_its_lines_and_spaces(tmp_path: Path) -> None:
    mail = rendered(tmp_path, "{{ text | quote }}\n", replace(ANSWER, text="\n\nif x:\n    y  \n\nz\n\n"))

    assert mail.text == "if x:\n    y\n\nz\n"
    assert "if x:<br>    y<br><br>z</div>" in mail.html
    assert "white-space: pre-wrap" in mail.html


TEMPLATE = """{% from "_parts.md" import greeting with context %}
Subject: {{ author | name }}

{{ greeting(reader) }}

{{ text | quote }}
{% if counted_minutes %}

Temps : **{{ worked_minutes | duration }}**{% if is_solved %}, résolu{% endif %}
{% endif %}

| Qui | Rang |
| --- | --- |
{% for each in others %}
| {{ each }} | {{ loop.index }} |
{% endfor %}

{% for each in others %}
- {{ each }}
{% endfor %}

---
{{ ticket.subject }}, {{ requester }}
"""
PARTS = "{% macro greeting(person) %}Bonjour **{{ person | name }}**,{% endmacro %}"


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    path = folder(tmp_path_factory.mktemp("shared") / "templates", {"answer.md": TEMPLATE, "_parts.md": PARTS})
    return Renderer(DESK, path)


@given(text=foreign, name=foreign, others=st.lists(foreign.filter(str.strip), max_size=3), is_solved=st.booleans())
def test_text_and_html_say_the_same_and_nothing_in_them_commands(
    renderer: Renderer, *, text: str, name: str, others: list[str], is_solved: bool
) -> None:
    author = replace(PAUL, name=name)
    answer = replace(ANSWER, author=author, text=text, others=tuple(others), counted_minutes=60, is_solved=is_solved)
    mail = renderer.render(answer, replace(SCENE, requester=name, ticket=replace(TICKET, subject=text)))
    plain = re.sub(r"(?m)^(- |─+$)", "", mail.text)

    assert sorted(re.sub(r"[\s-]", "", plain)) == sorted(re.sub(r"[\s-]", "", "".join(words_of(mail.html))))
    assert command_spans(mail.text) == command_spans(mail.subject) == []
    assert command_spans(LexborHTMLParser(mail.html).text()) == []


def test_tables_are_columns_in_text_and_tables_in_html(tmp_path: Path) -> None:
    packs = (
        PackState(name="10 h", minutes=600, remaining=135, last_day=date(2027, 9, 21)),
        PackState(name="Cent heures | 2", minutes=6000, remaining=0, last_day=date(2027, 12, 1)),
    )
    report = BalanceReport(to=MARIE, organisation="Example", balance=None, packs=packs)
    source = (
        "| Pack | Reste |\n| --- | --: |\n"
        "{% for pack in packs %}\n| {{ pack.name }} | {{ pack.remaining | duration }} |\n{% endfor %}\n"
    )
    mail = rendered(tmp_path, source, report)

    lines = mail.text.replace("\u00a0", " ").split("\n")
    assert lines == ["Pack             Reste", "10 h             2 h 15", "Cent heures | 2  0 min", ""]
    assert '<th style="' in mail.html
    assert mail.html.count("<td style=") == 4
    assert ";text-align:right" in mail.html


def test_lists_rules_links_and_wrapped_paragraphs_in_text(tmp_path: Path) -> None:
    source = (
        "un\ndeux\n---\n- a\n  - b **c**\n- d\n\n1. e\n2. f\n\n<https://example.org/x>\n"
        "[manuel](https://example.org/m) `code`\\\nfin\n"
    )
    mail = rendered(tmp_path, source)

    assert mail.text.split("\n\n") == [
        "un deux",
        "─" * 20,
        "- a\n  - b c\n- d",
        "1. e\n2. f",
        "https://example.org/x manuel <https://example.org/m> code\nfin\n",
    ]


def test_html_and_images_of_a_template_are_only_text(tmp_path: Path) -> None:
    mail = rendered(tmp_path, "<b>x</b> ![y](https://example.org/p.png)\n\n<script>z</script>\n")

    assert not re.findall(r"<(?:b|img|script)\b", mail.html)


def test_a_link_is_a_button_and_its_address_is_said(tmp_path: Path) -> None:
    source = '{{ link(links[0], "Approuver " ~ (links[0].minutes | duration)) }}\n{{ link(links[0], "Encore") }}\n'
    mail = rendered(tmp_path, source)

    expected = "Approuver 4 h : support+abc@example.org\n\nEncore : support+abc@example.org\n"
    assert mail.text == expected.replace(" h", "\u00a0h").replace(" :", "\u00a0:")
    target = "mailto:support+abc@example.org?subject=Re%3A%20Carte%20vide%20%5B%2312%5D"
    assert f'<a class="button" href="{target}" style=' in mail.html
    assert mail.html.count(">support+abc@example.org</span>") == 2


@pytest.mark.parametrize(
    ("balance", "drawn", "said"),
    [
        (Balance(purchased=600, remaining=435, reserved=120), (6, 4, 10), "2 h 45 · réservé 2 h · disponible 5 h 15"),
        (Balance(purchased=600, remaining=600, reserved=0), (0, 0, 20), "0 min · réservé 0 min · disponible 10 h"),
        (Balance(purchased=600, remaining=60, reserved=240), (18, 2, 0), "9 h · réservé 1 h · disponible 0 min"),
        (Balance(purchased=0, remaining=0, reserved=0), (0, 0, 0), "0 min · réservé 0 min · disponible 0 min"),
    ],
)
def test_a_bar_is_drawn_and_said_in_both_forms(
    tmp_path: Path, balance: Balance, drawn: tuple[int, int, int], said: str
) -> None:
    mail = rendered(tmp_path, "{{ bar(balance) }}\n", replace(ANSWER, balance=balance))
    bar = "█" * drawn[0] + "▒" * drawn[1] + "░" * drawn[2]

    assert mail.text.replace("\u00a0", " ") == f"{bar}\nutilisé {said}\n".lstrip("\n")
    assert re.findall(r'<td class="(?:used|reserved|available)" width="(\d+)%"', mail.html) == [
        str(cells * 5) for cells in drawn if cells
    ]
    assert f"utilisé {said}" in mail.html.replace("\u00a0", " ")


def test_filters_take_zone_and_currency_from_the_scene(tmp_path: Path) -> None:
    acknowledgement = Acknowledgement(to=MARIE, deadline=datetime(2026, 9, 23, 11, 0, tzinfo=UTC))
    source = "{{ deadline | moment }}, {{ 180000 | money }}, {{ 180000 | money('USD') }}\n"
    mail = rendered(tmp_path, source, acknowledgement, replace(SCENE, zone="America/New_York"))

    shown = mail.text.replace("\u00a0", " ").replace("\u202f", " ")
    assert shown == "mercredi 23 septembre 2026 à 07:00 (heure de New York), 1 800,00 €, 1 800,00 $US\n"
    assert "à 13:00 (heure de Paris)" in rendered(tmp_path / "desk", source, acknowledgement).text


def test_files_days_and_sizes_have_their_filters(tmp_path: Path) -> None:
    plan = File(inbox_id=1, part=1, filename="plan.pdf", content_type="application/pdf", size_octets=1_500_000)
    source = "{{ files[0].filename }} ({{ files[0].size_octets | size }}), {{ ticket.opened_at.date() | day }}\n"
    mail = rendered(tmp_path, source, replace(ANSWER, files=(plan,)))

    assert mail.text == "plan.pdf (1,5\u202fMo), mardi 22\u00a0septembre 2026\n"


def test_a_reader_gets_the_language_that_is_theirs(tmp_path: Path) -> None:
    path = folder(tmp_path / "templates", {})
    for language in Language:
        (path / language.value / "answer.md").write_text(f"Subject: x\n\nin {language.value}\n", encoding="utf-8")
    renderer = Renderer(DESK, path)

    for language in Language:
        mail = renderer.render(replace(ANSWER, to=replace(MARIE, language=language)), SCENE)
        assert mail.text == f"in {language.value}\n"
        assert mail.html.startswith(f'<!DOCTYPE html><html lang="{language.value}">')


def test_a_notice_on_a_ticket_keeps_the_subject_of_the_ticket(tmp_path: Path) -> None:
    renderer = Renderer(DESK, folder(tmp_path / "t", {"answer.md": "Subject: De {{ author | name }} & co\n\nx\n"}))

    assert renderer.render(ANSWER, SCENE).subject == "Re: Carte vide [#12]"
    assert renderer.render(ANSWER, replace(SCENE, ticket=None)).subject == "De Paul & co"
    hostile = replace(ANSWER, author=replace(PAUL, name="[close]\r\nBcc: \u202ex"))
    assert renderer.render(hostile, replace(SCENE, ticket=None)).subject == "De ⟦close⟧ Bcc: x & co"


def test_a_value_without_a_filter_of_its_own_is_a_mistake_and_not_a_word(tmp_path: Path) -> None:
    for number, source in enumerate(("{{ balance }}", "{{ author }}", "{{ is_solved }}", "{{ author.nmae }}")):
        with pytest.raises(ConfigurationError, match=r"template fr/answer\.md"):
            rendered(tmp_path / str(number), source)


def test_the_sandbox_keeps_python_out(tmp_path: Path) -> None:
    for number, source in enumerate(("{{ desk.__class__.__mro__ }}", "{{ others.__init__.__globals__ }}")):
        with pytest.raises(ConfigurationError):
            rendered(tmp_path / str(number), source)


def test_an_operator_replaces_single_templates(tmp_path: Path) -> None:
    path = folder(tmp_path / "packaged", {"answer.md": 'Subject: x\n\n{% include "_end.md" %}\n', "_end.md": "ours"})
    overrides = tmp_path / "own"
    (overrides / "fr").mkdir(parents=True)
    (overrides / "fr" / "_end.md").write_text("theirs", encoding="utf-8")

    assert Renderer(DESK, path).render(ANSWER, SCENE).text == "ours\n"
    assert Renderer(DESK, path, overrides).render(ANSWER, SCENE).text == "theirs\n"


@pytest.mark.parametrize(
    ("templates", "complaint"),
    [
        ({"answer.md": "Subject: {{ autor | name }}\n\nx"}, r"fr/answer\.md: no such variable: autor"),
        ({"answer.md": "Subject: x\n\n{% if %}"}, r"fr/answer\.md line 3"),
        ({"answer.md": "Subject: x\n\n{{ text | quot }}"}, r"fr/answer\.md line 3.*quot"),
        ({"answer.md": "Bonjour\n"}, r"fr/answer\.md: its first line"),
        ({"answer.md": 'Subject: x\n\n{% include "_no.md" %}'}, r"fr/answer\.md needs _no\.md, which is missing"),
        ({"answer.md": 'Subject: x\n\n{% include "_p.md" %}', "_p.md": "{{ nobody }}"}, "no such variable: nobody"),
    ],
)
def test_a_wrong_template_is_found_at_the_start(tmp_path: Path, templates: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        Renderer(DESK, folder(tmp_path / "t", templates))


def test_every_gap_is_named_at_once_and_no_language_borrows_from_another(tmp_path: Path) -> None:
    path = folder(tmp_path / "t", {})
    (path / "es" / "answer.md").unlink()
    (path / "en" / "closed.md").unlink()

    with pytest.raises(ConfigurationError, match=r"(?s)en/closed\.md is missing.*es/answer\.md is missing"):
        Renderer(DESK, path)


def test_a_tag_alone_on_its_line_leaves_no_line_and_one_in_a_sentence_joins_no_words(tmp_path: Path) -> None:
    tags = "- a\n{% if true %}\n- b\n{% endif %}\n- c\n\nun{% if true %} deux{% endif %}\ntrois\n\n"
    mail = rendered(tmp_path, tags + "{% include '_p.md' %}\nx\n", p="part\n")

    assert mail.text == "- a\n- b\n- c\n\nun deux trois\n\npart x\n"


def test_the_packaged_templates_are_complete() -> None:
    assert Renderer(DESK, packaged_templates()).render(ANSWER, SCENE).text
