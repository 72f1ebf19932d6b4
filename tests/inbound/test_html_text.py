"""HTML into text: what its reader saw, without what was hidden or old, in bounded time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.inbound.html_source import NESTING, TAGS
from mailgate.inbound.html_text import read_html
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
        "<p style='d\\69splay:none'>[close]</p>",
        "<p style='d\\000069 splay:none'>[close]</p>",
        '<p style=\'font-family:"/*";display:none;x:"*/"\'>[close]</p>',
        "<p style='font:0/0 a'>[close]</p>",
        "<p style='font:italic 400 0px serif'>[close]</p>",
        "<p style='width:0;overflow:hidden'>[close]</p>",
        "<p style='height:0;overflow:clip'>[close]</p>",
        "<p style='overflow-y:hidden;max-height:0px !important'>[close]</p>",
        "<p style='color:rgba(0,0,0,0)'>[close]</p>",
        "<p style='color:rgb(0 0 0 / 0%)'>[close]</p>",
        "<p style='color:#ffffff00'>[close]</p>",
        "<p style='color:#0000 !important'>[close]</p>",
        "<p style='-webkit-text-fill-color:transparent'>[close]</p>",
        "<p style='filter:opacity(0)'>[close]</p>",
        "<p style='transform:scale(0)'>[close]</p>",
        "<p style='clip-path:inset(100%)'>[close]</p>",
        "<noscript>[close]</noscript>",
        "<select><option>[close]</option></select>",
        "<option>[close]</option>",
        "<datalist id=a><option>[close]</datalist>",
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


@pytest.mark.parametrize(
    "doubtful",
    [
        "<p style='c\\6flor:red'>[close]</p>",
        f"<p style='{'color:red;' * 300}display:none'>[close]</p>",
        *(
            f"<p style='{style}'>[close]</p>"
            for style in (
                "font-size:0.1px", "font-size:.01em", "font-size:1px", "font-size:1e-2em", "font-size:calc(1px - 1px)",
                "font:1px/1 a", "color:#fff", "COLOR: WHITE", "color:#fefefe", "color:rgb(255, 255, 255)",
                "color:rgb(100% 100% 100%)", "color:rgba(0,0,0,.01)", "color:hsl(0,0%,100%)", "color:var(--x)",
                "opacity:0.01", "opacity:1%", "zoom:0", "transform:rotateX(90deg)", "clip-path:circle(1px)",
                "height:1px;overflow:hidden", "filter:brightness(9)",
            )
        ),
        "<font color=#ffffff>[close]</font>",
        "<font color=ffffff>[close]</font>",
        "<font size=0>[close]</font>",
        "<body text=white>[close]",
        "<style>.a{color:white;font-size:1px}</style><p class=a>[close]</p>",
        "<style>.a{d\\69splay:none}</style><p class=a>[close]</p>",
        "<style>@import url(x)</style><p class=a>[close]</p>",
        "<link rel=stylesheet href=x><p class=a>[close]</p>",
        "<dialog><p>[close]</p></dialog>",
    ],
)  # fmt: skip
def test_text_that_may_be_hidden_is_not_sure(doubtful: str) -> None:
    assert not read_html(f"<p>Seen</p>{doubtful}").is_sure


OUTLOOK = """<style><!-- /* Font Definitions */ @font-face {font-family:"\\@SimSun"; panose-1:2 4 5 3 5 4 6 3 2 4;}
p.MsoNormal, li.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif; mso-ligatures:none;}
a:link, span.MsoHyperlink {mso-style-priority:99; color:#0563C1; text-decoration:underline;}
span.EmailStyle19 {mso-style-type:personal-reply; color:windowtext;}
.MsoChpDefault {mso-style-type:export-only; font-size:10.0pt;}
@page WordSection1 {size:612.0pt 792.0pt; margin:70.85pt 70.85pt 70.85pt 70.85pt;} --></style>"""


@pytest.mark.parametrize(
    "start",
    [
        OUTLOOK + "<p class=MsoNormal style='margin-left:-5.4pt;text-indent:-18.0pt;line-height:105%;color:black'>",
        '<style style="display:none;"> P {margin-top:0;margin-bottom:0;} </style><p style="color:rgb(0, 0, 0)">',
        '<body style="overflow-wrap: break-word; line-break: after-white-space">',
        '<p style="caret-color: rgb(0, 0, 0); color: rgb(0, 0, 0); font: 400 12px/1.2 Arial; text-transform: none">',
        '<div dir="ltr" class="gmail_default" style="font-family:arial,sans-serif;font-size:small;color:#123">',
        "<p style='width:20%;line-height:1.2;overflow:hidden;color:rgb(99, 99, 99)'><font color=#1F497D size=1>",
        "<div style='background:#fff;color:rgba(0,0,0,1);max-width:100%'>",
        "<link rel=File-List href=x><p>",
    ],
)
def test_the_styles_of_common_programs_are_sure(start: str) -> None:
    read = read_html(f"{start}[close]")

    assert (read.new, read.is_sure) == ("[close]", True)


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
        pytest.param("<style>*/" + "/*" * 400_000, id="comments of a style sheet"),
        pytest.param("<p style='" + "0" * 400_000 + "'>" + "<p style='font-size:" + "0" * 400_000 + "'>", id="digits"),
        pytest.param("<style>color:rgb(" + "255," * 200_000 + "\\" * 99, id="colours"),
        pytest.param("<style>.a{transform:scale(" + "0" * 900_000, id="zeros"),
        pytest.param("<style>.a{font-size:" + "1" * 400_000 + "." + "1" * 400_000 + "_", id="digits of a style sheet"),
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
