"""HTML of a mail into text, in bounded time and without what its reader could not see.

selectolax makes a tree of a source that was made safe before; one walk over it writes all that a reader sees, and what
of it stands outside the containers of earlier mails. Nothing here fetches, renders or trusts anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailgate.inbound.clients import QUOTATION_STARTS, QUOTATIONS, SIGNATURES
from mailgate.inbound.html_source import BLOCKS, PARAGRAPHS, RULE, safe_source

SOURCE_CHARACTERS = 1 << 20


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
    safe = safe_source(source[:SOURCE_CHARACTERS])
    root = LexborHTMLParser(safe.html).body if safe.html else None
    if root is None:
        flat = _squeezed(safe.flat)
        return HtmlText(whole=flat, new=flat, is_sure=not flat)
    whole, new = _written(root)
    return HtmlText(whole=whole, new=new, is_sure=safe.is_sure and len(source) <= SOURCE_CHARACTERS)


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


def _written(root: LexborNode) -> tuple[str, str]:
    """Return the text of a tree: all of it, and what is new in it."""
    whole, new = _Writer(), _Writer()
    stack: list[tuple[LexborNode, tuple[_Writer, ...], bool]] = [(root, (whole, new), False)]
    is_ended = False  # by a mark after which everything is old
    while stack:
        node, writers, is_left = stack.pop()
        if is_left:
            _leave(node, writers[:1] if is_ended else writers)
        elif node.is_text_node:
            _write(node.text_content or "", writers[:1] if is_ended else writers)
        elif "hidden" not in (attributes := node.attributes):
            marks = _marks(attributes)
            is_ended = is_ended or RULE in attributes or not marks.isdisjoint(QUOTATION_STARTS)
            if is_ended or _is_old(node, attributes, marks):
                writers = writers[:1]
            _enter(node, writers)
            stack.append((node, writers, True))
            stack.extend((child, writers, False) for child in reversed(list(node.iter(include_text=True))))
    return whole.result(), new.result()


def _write(text: str, writers: Sequence[_Writer]) -> None:
    for writer in writers:
        writer.text(text)


def _enter(node: LexborNode, writers: Sequence[_Writer]) -> None:
    tag = node.tag or ""
    for writer in writers:
        if tag == "br":
            writer.end_line()
        elif tag in BLOCKS:
            writer.end_block(is_paragraph=tag in PARAGRAPHS)
        elif tag in {"td", "th"}:
            writer.text(" ")
        writer.depth += tag == "blockquote"
        writer.preformatted += tag == "pre"


def _leave(node: LexborNode, writers: Sequence[_Writer]) -> None:
    tag = node.tag or ""
    for writer in writers:
        if tag in BLOCKS:
            writer.end_block(is_paragraph=False)
        writer.depth -= tag == "blockquote"
        writer.preformatted -= tag == "pre"
        if tag in PARAGRAPHS:
            writer.end_block(is_paragraph=True)
    if tag == "a" and (target := _shown_target(node)):
        _write(f" <{target}>", writers)


def _shown_target(node: LexborNode) -> str:
    """Return where a link leads, unless its label says so."""
    target = node.attributes.get("href") or ""
    label = node.text().strip() if target.startswith(("http://", "https://")) else ""
    return target if label and label.rstrip("/") not in target.rstrip("/") else ""


def _marks(attributes: Mapping[str, str | None]) -> set[str]:
    return {word.lower() for name in ("class", "id", "name") for word in (attributes.get(name) or "").split()}


def _is_old(node: LexborNode, attributes: Mapping[str, str | None], marks: set[str]) -> bool:
    """Tell whether an element holds an earlier mail or a signature."""
    if node.tag == "blockquote" and (attributes.get("type") or "").lower() == "cite":
        return True
    return not marks.isdisjoint(QUOTATIONS) or not marks.isdisjoint(SIGNATURES)
