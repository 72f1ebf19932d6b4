"""HTML of a mail into text, in bounded time and without what its reader could not see.

The source is first rebuilt, in one linear pass, out of a few known tags and attributes: parsers of HTML are quadratic
in nesting, in the attributes of a tag and in some elements, and disagree about comments. Only then selectolax makes a
tree of it. Nothing here fetches, renders or trusts anything.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailgate.inbound.styles import Sight, colour_sight, style_sight

SOURCE_CHARACTERS = 1 << 20
NESTING = 400
TAGS = 50_000

_TAG = re.compile(
    r"<(/?)([a-zA-Z][^\s/>]*+)"
    r"((?:[\s/]++|[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])[^\s>]*+))?+|=)*+)>"
)
_ATTRIBUTE = re.compile(r"([^\s/>=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>]*+)))?+")
_COMMENT_END = re.compile(r"--!?>")
_RAW = {
    name: re.compile(rf"</{name}\b[^>]*>", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "template", "object",
                 "noscript", "select", "option", "datalist")
}  # fmt: skip
# Programs show what stands in these or do not, and they nest.
_DOUBTFUL_ELEMENTS = frozenset({"audio", "video", "canvas", "svg", "dialog", "details", "applet", "meter", "progress"})
_ATTRIBUTES = frozenset({"class", "id", "style", "type", "hidden", "href", "name"})
_VALUE_CHARACTERS = 2_000

_VOID = frozenset({"br", "hr", "img"})
_PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote", "hr"},
)  # fmt: skip
_BLOCKS = _PARAGRAPHS | {
    "div", "li", "tr", "dt", "dd", "address", "article", "section", "header", "footer", "center", "body", "html",
    "form",
}  # fmt: skip
_KEPT = (_BLOCKS - {"body", "html"}) | _VOID | {"td", "th", "a", "span", "tbody", "thead"}
_IMPLIED_END = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "tbody", "thead"})

# Containers of earlier mails, by class or id; what stands inside is old.
_QUOTATIONS = frozenset({
    "gmail_quote", "gmail_quote_container", "gmail_extra", "gmail_attr", "moz-cite-prefix", "moz-forward-container",
    "moz-email-headers-table", "yahoo_quoted", "yahooquoted", "protonmail_quote", "tutanota_quote", "zmail_extra",
    "quotelvl1", "quotelvl2", "isreplycontent", "wisestampquote",
})  # fmt: skip
# Marks after which everything to the end is old: programs that do not enclose what they quote.
_QUOTATION_STARTS = frozenset({
    "divrplyfwdmsg", "x_divrplyfwdmsg", "appendonsend", "x_appendonsend", "outlookmessageheader", "stopspelling",
    "mail-editor-reference-message-container", "olk_src_body_section", "replysplit",
})  # fmt: skip
_OUTLOOK_RULE = re.compile(
    r"border(?:-width)?:none;border-top:(?:solid|\S+solid)#?\w+|border-top:solid#(?:e1e1e1|b5c4df)"
)
_SIGNATURES = frozenset({
    "gmail_signature", "moz-signature", "protonmail_signature_block", "ms-outlook-mobile-signature",
    "ymail_android_signature",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlText:
    """The text of an HTML body: all that its reader sees, and what stands outside the containers of earlier mails.

    Block quotations are marked by `>`. `is_sure` is false where something hidden or old may be left in `new`.
    """

    whole: str
    new: str
    is_sure: bool


def read_html(source: str) -> HtmlText:
    """Return the text of an HTML body; one with too many tags or levels becomes a flat text that is not sure."""
    rebuilt = _Rebuilt()
    rebuilt.read(source[:SOURCE_CHARACTERS])
    root = None if rebuilt.is_too_much else LexborHTMLParser("".join(rebuilt.pieces)).body
    if root is None:
        flat = _squeezed("".join(rebuilt.texts))
        return HtmlText(whole=flat, new=flat, is_sure=not flat)
    is_sure = rebuilt.is_sure and len(source) <= SOURCE_CHARACTERS
    return HtmlText(whole=_written(root, is_only_new=False), new=_written(root, is_only_new=True), is_sure=is_sure)


@dataclass(slots=True)
class _Rebuilt:
    """The source again, with known tags and attributes only; everything unknown becomes a span."""

    pieces: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    is_sure: bool = True
    is_too_much: bool = False
    depth: int = 0

    def read(self, source: str) -> None:
        at = 0
        while (begin := source.find("<", at)) >= 0:
            self._text(source[at:begin])
            at = self._markup(source, begin)
        self._text(source[at:])

    def _text(self, text: str) -> None:
        if text:
            self.texts.append(entities.unescape(text))
            self.pieces.append(entities.escape(entities.unescape(text), quote=False))

    def _markup(self, source: str, begin: int) -> int:
        """Take the markup that starts here and return where it ends; what never ends takes the rest with it."""
        following = source[begin + 1 : begin + 4]
        if following.startswith("!--"):
            end = _COMMENT_END.search(source, begin + 2)
            return end.end() if end else len(source)
        if following[:1] in ("!", "?") or (following[:1] == "/" and not following[1:2].isalpha()):
            return source.find(">", begin) + 1 or len(source)
        if not following.lstrip("/")[:1].isascii() or not following.lstrip("/")[:1].isalpha():
            self._text("<")
            return begin + 1
        tag = _TAG.match(source, begin)
        if tag is None:
            return len(source)
        return self._tag(source, tag)

    def _tag(self, source: str, tag: re.Match[str]) -> int:
        name, is_end = tag[2].lower(), bool(tag[1])
        if name in _RAW and not is_end:
            end = _RAW[name].search(source, tag.end())
            if name == "style" and _is_doubtful_sheet(source[tag.end() : end.start() if end else None]):
                self.is_sure = False  # a class may hide text, and style sheets are not evaluated here
            return end.end() if end else len(source)
        self.texts.append("\n" if name in _BLOCKS or name == "br" else "")
        attributes = [] if is_end else list(_attributes(tag[3]))
        self.is_sure = self.is_sure and not _is_doubtful(name, attributes)
        name = name if name in _KEPT else "span"
        if is_end:
            self.depth = max(0, self.depth - (name not in _IMPLIED_END))
            self.pieces.append(f"</{name}>")
            return tag.end()
        self.depth += name not in _VOID and name not in _IMPLIED_END and not tag[3].endswith("/")
        self.is_too_much = self.is_too_much or self.depth > NESTING or len(self.pieces) > 2 * TAGS
        self.pieces.append(f"<{name}{''.join(_kept(attributes))}>")
        if tag[3].endswith("/") and name == "span":  # such as <o:p/>
            self.pieces.append("</span>")
        return tag.end()


def _attributes(source: str) -> Iterator[tuple[str, str]]:
    for found in _ATTRIBUTE.finditer(source):
        yield found[1].lower(), entities.unescape(found[2] or found[3] or found[4] or "")


def _kept(attributes: list[tuple[str, str]]) -> Iterator[str]:
    seen: set[str] = set()
    for name, value in attributes:
        if name in _ATTRIBUTES and name not in seen:
            seen.add(name)
            yield f' {name}="{entities.escape(value[:_VALUE_CHARACTERS])}"'


def _is_doubtful(tag: str, attributes: list[tuple[str, str]]) -> bool:
    """Tell whether a tag may hide text in a way that is not evaluated here."""
    return tag in _DOUBTFUL_ELEMENTS or any(_is_doubtful_attribute(tag, name, value) for name, value in attributes)


def _is_doubtful_attribute(tag: str, name: str, value: str) -> bool:
    match name:
        case "style":
            return len(value) > _VALUE_CHARACTERS or "\\" in value or style_sight(value) is Sight.DOUBTFUL
        case "class" | "id":
            return len(value) > _VALUE_CHARACTERS
        case "color" | "text":
            return colour_sight(value) is not Sight.SEEN
        case "size":
            return tag in {"font", "basefont"} and value.strip().lstrip("+").startswith("0")
        case "rel":
            return tag == "link" and "stylesheet" in value.lower()
        case _:
            return False


def _is_doubtful_sheet(sheet: str) -> bool:
    return "@import" in sheet.lower() or style_sight(sheet) is not Sight.SEEN


def _plain_style(style: str) -> str:
    """Return a style without space, comments and letter case."""
    without_comments = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL) if "*/" in style else style
    return re.sub(r"\s+", "", without_comments).lower()


class _Writer:
    """Lines of text, with the depth of quotation before each."""

    def __init__(self) -> None:
        self.depth = 0
        self.preformatted = 0
        self._lines: list[tuple[int, str]] = []
        self._line: list[str] = []

    def text(self, text: str) -> None:
        first, *others = text.split("\n") if self.preformatted else [_SPACES.sub(" ", text)]
        self._line.append(first)
        for line in others:
            self.end_line()
            self._line.append(line)

    def end_line(self) -> None:
        """End the line at hand, even an empty one."""
        line = "".join(self._line).rstrip()
        self._lines.append((self.depth, line if self.preformatted else _SPACES.sub(" ", line).strip()))
        self._line = []

    def end_block(self, *, is_paragraph: bool) -> None:
        """End the line at hand if there is any; a paragraph leaves an empty line behind."""
        if "".join(self._line).strip():
            self.end_line()
        self._line = []
        if is_paragraph and self._lines and self._lines[-1][1]:
            self._lines.append((self.depth, ""))

    def result(self) -> str:
        self.end_block(is_paragraph=False)
        return _squeezed("\n".join(f"{'>' * min(depth, 9)} {line}" if depth else line for depth, line in self._lines))


_SPACES = re.compile(r"[ \t\r\n\f]+")
_MANY_LINES = re.compile(r"\n{3,}")


def _squeezed(text: str) -> str:
    return _MANY_LINES.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip("\n")


def _written(root: LexborNode, *, is_only_new: bool) -> str:
    writer = _Writer()
    stack: list[tuple[LexborNode, bool]] = [(root, False)]
    while stack:
        node, is_left = stack.pop()
        if node.is_text_node:
            writer.text(node.text_content or "")
            continue
        if is_left:
            _leave(node, writer)
            continue
        if is_only_new and _starts_quotation(node):
            break
        if _is_hidden(node) or (is_only_new and _is_quotation(node)):
            continue
        _enter(node, writer)
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
    return writer.result()


def _enter(node: LexborNode, writer: _Writer) -> None:
    tag = node.tag or ""
    if tag == "br":
        writer.end_line()
    elif tag in _BLOCKS:
        writer.end_block(is_paragraph=tag in _PARAGRAPHS)
    elif tag in {"td", "th"}:
        writer.text(" ")
    writer.depth += tag == "blockquote"
    writer.preformatted += tag == "pre"


def _leave(node: LexborNode, writer: _Writer) -> None:
    tag = node.tag or ""
    if tag in _BLOCKS:
        writer.end_block(is_paragraph=False)
    writer.depth -= tag == "blockquote"
    writer.preformatted -= tag == "pre"
    if tag in _PARAGRAPHS:
        writer.end_block(is_paragraph=True)
    if tag == "a":
        _write_target(node, writer)


def _write_target(node: LexborNode, writer: _Writer) -> None:
    target = node.attributes.get("href") or ""
    label = node.text().strip()
    if target.startswith(("http://", "https://")) and label and label.rstrip("/") not in target.rstrip("/"):
        writer.text(f" <{target}>")


def _marks(node: LexborNode) -> set[str]:
    attributes = node.attributes
    return {word.lower() for name in ("class", "id", "name") for word in (attributes.get(name) or "").split()}


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or style_sight(attributes.get("style") or "") is Sight.HIDDEN


def _is_quotation(node: LexborNode) -> bool:
    if node.tag == "blockquote" and (node.attributes.get("type") or "").lower() == "cite":
        return True
    return not _marks(node).isdisjoint(_QUOTATIONS | _SIGNATURES)


def _starts_quotation(node: LexborNode) -> bool:
    if not _marks(node).isdisjoint(_QUOTATION_STARTS):
        return True
    return node.tag == "div" and bool(_OUTLOOK_RULE.search(_plain_style(node.attributes.get("style") or "")))
