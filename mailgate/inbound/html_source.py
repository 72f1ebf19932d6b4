"""The source of an HTML mail rebuilt in one linear pass, out of a few known tags and attributes.

Parsers of HTML are quadratic in nesting, in the attributes of a tag and in some elements, and disagree about comments;
what comes from here has none of that. What hides text becomes the attribute `hidden`. Not here: the text itself
(`html_text.py`), and what CSS hides (`styles.py`).
"""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field

from mailgate.inbound.styles import Sight, colour_sight, style_sight

NESTING = 400
TAGS = 50_000

RULE = "rule"  # the attribute of a division that is the line which Outlook draws above an earlier mail

_MARKUP = re.compile(r"<(?=[a-zA-Z!?/])")
_NO_TAG = re.compile(r"<(?:[!?]|/(?![a-zA-Z]))")  # declarations, and ends of nothing
_ANY_TAG = re.compile(r"<[a-zA-Z!?/][^>]*+>?")  # of a source that is read no further
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
_ATTRIBUTES = frozenset({"class", "id", "type", "hidden", "href", "name"})
_VALUE_CHARACTERS = 2_000

_VOID = frozenset({"br", "hr", "img"})
PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote", "hr"},
)  # fmt: skip
BLOCKS = PARAGRAPHS | {
    "div", "li", "tr", "dt", "dd", "address", "article", "section", "header", "footer", "center", "body", "html",
    "form",
}  # fmt: skip
_KEPT = (BLOCKS - {"body", "html"}) | _VOID | {"td", "th", "a", "span", "tbody", "thead"}
_IMPLIED_END = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "tbody", "thead"})

_OUTLOOK_RULE = re.compile(
    r"border(?:-width)?:none;border-top:(?:solid|\S+solid)#?\w+|border-top:solid#(?:e1e1e1|b5c4df)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeSource:
    """A source that any parser may have, and its bare text for the case that it has too many tags or levels.

    `html` is empty in that case. `is_sure` is false where something hidden may be left in it.
    """

    html: str
    flat: str
    is_sure: bool


def safe_source(source: str) -> SafeSource:
    """Return the source without what parsers cannot bear and readers cannot see; unknown elements become spans."""
    rebuilt = _Rebuilt()
    rebuilt.read(source)
    html = "" if rebuilt.is_too_much else "".join(rebuilt.pieces)
    return SafeSource(html=html, flat="".join(rebuilt.texts), is_sure=rebuilt.is_sure and not rebuilt.is_too_much)


@dataclass(slots=True)
class _Rebuilt:
    pieces: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    is_sure: bool = True
    is_too_much: bool = False
    depth: int = 0
    tags: int = 0

    def read(self, source: str) -> None:
        at = 0
        while not self.is_too_much and (begin := _MARKUP.search(source, at)):
            self._text(source[at : begin.start()])
            at = self._markup(source, begin.start())
        self._text(_ANY_TAG.sub("\n", source[at:]))

    def _text(self, text: str) -> None:
        if text:
            plain = entities.unescape(text)
            self.texts.append(plain)
            self.pieces.append(entities.escape(plain, quote=False))

    def _markup(self, source: str, begin: int) -> int:
        """Take the markup that starts here and return where it ends; what never ends takes the rest with it."""
        if source.startswith("<!--", begin):
            end = _COMMENT_END.search(source, begin + 2)
            return end.end() if end else len(source)
        if _NO_TAG.match(source, begin):
            return source.find(">", begin) + 1 or len(source)
        tag = _TAG.match(source, begin)
        if tag is None:
            return len(source)
        name = tag[2].lower()
        self.texts.append("\n" if name in BLOCKS or name == "br" else "")
        if tag[1]:
            self._end(name)
            return tag.end()
        if name in _RAW:
            return self._raw(name, source, tag.end())
        self._begin(name, tag[3])
        return tag.end()

    def _raw(self, name: str, source: str, begin: int) -> int:
        """Leave out an element whose content is no text, and return where it ends."""
        end = _RAW[name].search(source, begin)
        if name == "style" and _is_doubtful_sheet(source[begin : end.start() if end else None]):
            self.is_sure = False  # a class may hide text, and style sheets are not evaluated here
        return end.end() if end else len(source)

    def _end(self, name: str) -> None:
        name = name if name in _KEPT else "span"
        self.depth = max(0, self.depth - (name not in _IMPLIED_END))
        self.pieces.append(f"</{name}>")

    def _begin(self, name: str, source: str) -> None:
        is_closed = source.endswith("/")
        self.tags += 1
        self.depth += not is_closed and name not in _VOID and name not in _IMPLIED_END
        self.is_too_much = self.tags > TAGS or self.depth > NESTING
        attributes, is_doubtful = _attributes(name, source) if source else ("", False)
        self.is_sure = self.is_sure and not is_doubtful and name not in _DOUBTFUL_ELEMENTS
        name = name if name in _KEPT else "span"
        self.pieces.append(f"<{name}{attributes}>")
        if is_closed and name == "span":  # such as <o:p/>
            self.pieces.append("</span>")


def _attributes(tag: str, source: str) -> tuple[str, bool]:
    """Return the attributes that are kept, as source, and whether one may hide text in a way not evaluated here."""
    kept: dict[str, str] = {}
    is_doubtful = False
    for found in _ATTRIBUTE.finditer(source):
        name, value = found[1].lower(), entities.unescape(found[2] or found[3] or found[4] or "")
        if name == "style":
            sight = style_sight(value)
            is_doubtful = is_doubtful or sight is Sight.DOUBTFUL or len(value) > _VALUE_CHARACTERS or "\\" in value
            kept |= {"hidden": ""} if sight is Sight.HIDDEN else {}
            kept |= {RULE: ""} if tag == "div" and _OUTLOOK_RULE.search(_plain_style(value)) else {}
        else:
            is_doubtful = is_doubtful or _is_doubtful(tag, name, value)
            if name in _ATTRIBUTES:
                kept.setdefault(name, entities.escape(value[:_VALUE_CHARACTERS]))
    return "".join(f' {name}="{value}"' for name, value in kept.items()), is_doubtful


def _is_doubtful(tag: str, name: str, value: str) -> bool:
    match name:
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
