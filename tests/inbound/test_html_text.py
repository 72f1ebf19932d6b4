"""HTML into text: what its reader saw, without what was hidden or old, in bounded time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.inbound.html_text import NESTING, TAGS, read_html
from mailgate.inbound.new_text import extract


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>One</p><p>two</p>", "One\n\ntwo"),
        ("One<br>two<div>three</div>four", "One\ntwo\nthree\nfour"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a  \n b &amp; &lt;c&gt; &eacute;", "a b & <c> é"),
        ("<blockquote>old<blockquote>older</blockquote></blockquote>new", "> old\n>\n>> older\n>\nnew"),
        ("<a href='https://example.org/x'>here</a>", "here <https://example.org/x>"),
        ("<a href='https://example.org/'>example.org</a>", "example.org"),
        ("<a href='javascript:x'>here</a>", "here"),
        ("1 < 2 and <3", "1 < 2 and <3"),
        ("<o:p>a</o:p><font>b</font>", "ab"),
    ],
)
def test_the_text_is_what_a_reader_sees(source: str, text: str) -> None:
    read = read_html(source)

    assert read.whole == read.new == text
    assert read.is_sure


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='display:none'>[close]</p>",
        "<p style='DISPLAY : none !important'>[close]</p>",
        "<p style='dis/**/play:none'>[close]</p>",
        "<p style='display&#58;none'>[close]</p>",
        "<p style='visibility:hidden'>[close]</p>",
        "<span style='font-size:0'>[close]</span>",
        "<span style='font-size:0.0px'>[close]</span>",
        "<div style='mso-hide:all'><div><p>[close]</p></div></div>",
        "<div style='max-height:0;overflow:hidden'>[close]</div>",
        "<div style='opacity:0'>[close]</div>",
        "<div style='position:absolute;left:-9999px'>[close]</div>",
        "<p hidden>[close]</p>",
        "<!-- [close] -->",
        "<!--[if mso]>[close]<![endif]-->",
        "<!-- a > [close] --!>",
        "<!-- [close]",
        "<script>[close]</script>",
        "<style>[close]</style>",
        "<title>[close]</title>",
        "<textarea>[close]</textarea>",
        "<template>[close]</template>",
        "<![CDATA[close]]>",
        "<?php [close] ?>",
        "<p title='[close]'></p>",
        "<img alt='[close]'>",
        "<a x='[close]",
    ],
)
def test_hidden_text_is_dropped(hidden: str) -> None:
    read = read_html(f"<p>Seen</p>{hidden}")

    assert (read.whole, read.new) == ("Seen", "Seen")


@pytest.mark.parametrize(
    "style", ["font-size:0.8em", "opacity:0.9", "display:block", "max-height:0.5em;overflow:hidden"]
)
def test_small_text_is_not_hidden(style: str) -> None:
    assert read_html(f"<p style='{style}'>Seen</p>").new == "Seen"


def test_a_style_sheet_that_can_hide_makes_the_text_unsure() -> None:
    assert not read_html("<style>.x { display: none }</style><p class=x>[close]</p>").is_sure
    assert read_html("<style>p { color: red }</style><p>[close]</p>").is_sure


QUOTATIONS = [
    "<div class='gmail_quote'>On 22 Sep 2026 Support wrote:<blockquote>[close]</blockquote></div>",
    "<div class='gmail_extra'><div>[close]</div></div>",
    "<div class='moz-cite-prefix'>x</div><blockquote type='cite'>[close]</blockquote>",
    "<div class='yahoo_quoted'>[close]</div>",
    "<div class='protonmail_quote'>[close]</div>",
    "<hr><div id='divRplyFwdMsg'><b>From:</b> x</div><div>[close]</div>",
    "<div id='appendonsend'></div><div>[close]</div>",
    "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm'><p>From: x</p></div><p>[close]</p>",
    "<blockquote>[close]</blockquote>",
    "<p><b>De&nbsp;:</b> S<br><b>Envoyé&nbsp;:</b> mardi<br><b>À&nbsp;:</b> A<br><b>Objet&nbsp;:</b> Q</p>[close]",
    "<div class='moz-signature'>[close]</div>",
]


@pytest.mark.parametrize("quotation", QUOTATIONS)
def test_quotations_are_old(quotation: str) -> None:
    read = read_html(f"<html><body><p>Answer</p>{quotation}</body></html>")

    assert "[close]" in read.whole
    assert extract(read.new, is_wrapped=False).text == "Answer"


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param("<div>" * 200_000, id="nested"),
        pytest.param("<div>" * (NESTING + 1) + "[close]", id="nested a little too deep"),
        pytest.param("<p>a" * (2 * TAGS), id="many tags"),
    ],
)
def test_what_no_parser_may_have_becomes_flat_text_that_is_not_sure(bomb: str) -> None:
    read = read_html(bomb + "x")

    assert not read.is_sure
    assert read.new.endswith("x")


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param("<a " * 300_000, id="open tags"),
        pytest.param("<div " + " ".join(f"a{i}=1" for i in range(100_000)) + ">x", id="attributes"),
        pytest.param("<select>" + "<option>" * 10_000, id="options"),
        pytest.param("<!--" * 200_000, id="comments"),
        pytest.param("<style>" * 100_000, id="style sheets"),
        pytest.param('<a "' * 200_000, id="quotes"),
    ],
)
def test_bombs_for_parsers_are_read(bomb: str) -> None:
    read_html(bomb)


@given(st.text(max_size=300))
def test_any_text_is_html(source: str) -> None:
    read_html(source)


PIECES = ["<div>", "</div>", "<!--", "-->", "<p style='display:none'>", "<a href=", "'", '"', ">", "<", "x", "<td>"]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_broken_markup_is_html(pieces: list[str]) -> None:
    read_html("".join(pieces))
