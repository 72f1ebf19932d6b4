"""Markdown → one text and one HTML skeleton that say the same, made from the same tokens.

The source is a template's, with marks for all values (`pieces.py`); so what is read here is written by the desk alone.
Paragraphs, bold, lists, tables, rules, links. No HTML, no images, no reference links, no indented code (templates
indent as they like), no underlined headings (a rule under a paragraph is a rule).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mailgate.outbound.pieces import BLOCK, CELL, END

RULE = "─" * 20

#: A block mark on a line of its own is a paragraph of its own, whatever stands in the next lines.
_OWN_LINE = re.compile(f"^({BLOCK}[0-9]+{END})[ \\t]*$", re.MULTILINE)
_BLOCK_MARKS = re.compile(f"(?:{BLOCK}[0-9]+{END}\\s*)+")


@dataclass(frozen=True, slots=True)
class Skeletons:
    """The two forms of one source, marks still in them, table cells in text still to be aligned."""

    text: str
    html: str


class Reader:
    """Reads Markdown; `styles` gives the style attribute of an HTML element, with its leading space."""

    def __init__(self, styles: Callable[[str], str]) -> None:
        self._styles = styles
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._markdown.disable(["html_block", "html_inline", "image", "reference", "code", "lheading"])

    def read(self, source: str) -> Skeletons:
        """Return text and HTML."""
        tokens = self._markdown.parse(_OWN_LINE.sub(r"\n\1\n", source))
        _unwrap_blocks(tokens)
        text = _TextWriter().write(tokens)
        self._add_styles(tokens)
        return Skeletons(text, self._markdown.renderer.render(tokens, self._markdown.options, {}))

    def _add_styles(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            self._add_styles(token.children or ())
            if token.nesting < 0 or not token.tag:
                continue
            alignment = str(token.attrGet("style") or "")  # of a table cell, as `:--:` says
            style = self._styles(token.tag).removeprefix(' style="').removesuffix('"').rstrip(";")
            if style or alignment:
                token.attrSet("style", f"{style};{alignment}".strip(";"))
            if token.tag == "th":
                token.attrSet("scope", "col")


def _unwrap_blocks(tokens: Sequence[Token]) -> None:
    """A paragraph that consists of block marks is no paragraph: the blocks bring their own elements."""
    for position, token in enumerate(tokens):
        if token.type == "paragraph_open" and _BLOCK_MARKS.fullmatch(tokens[position + 1].content):
            token.hidden = tokens[position + 2].hidden = True


@dataclass(slots=True)
class _TextWriter:
    """Writes tokens as plain text: blocks apart by an empty line, list items by a bullet, emphasis by nothing."""

    blocks: list[str] = field(default_factory=list)
    is_block_begun: bool = False  # the next line of a list or table belongs to the last block
    counters: list[int | None] = field(default_factory=list)  # one a list; None for bullets
    is_item_begun: bool = False
    row: list[str] | None = None

    def write(self, tokens: Sequence[Token]) -> str:
        for token in tokens:
            self._take(token)
        return "\n\n".join(self.blocks)

    def _take(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self.is_block_begun &= bool(self.counters)
                self.counters.append(int(token.attrGet("start") or 1) if token.tag == "ol" else None)
            case "bullet_list_close" | "ordered_list_close":
                self.counters.pop()
            case "list_item_open":
                self.is_item_begun = True
            case "table_open":
                self.is_block_begun = False
            case "tr_open":
                self.row = []
            case "tr_close":
                self._add_line(CELL.join(self.row or ()))
                self.row = None
            case "hr":
                self.blocks.append(RULE)
            case "fence":
                self.blocks.append(token.content.rstrip("\n"))
            case "inline":
                self._add(_inline_text(token.children or ()))

    def _add(self, shown: str) -> None:
        if self.row is not None:
            self.row.append(shown)
        elif self.counters:
            self._add_line(self._indent() + shown)
        else:
            self.blocks.append(shown)

    def _indent(self) -> str:
        indent = "  " * (len(self.counters) - 1)
        counter = self.counters[-1]
        bullet = "- " if counter is None else f"{counter}. "
        if not self.is_item_begun:
            return indent + " " * len(bullet)
        self.is_item_begun = False
        if counter is not None:
            self.counters[-1] = counter + 1
        return indent + bullet

    def _add_line(self, line: str) -> None:
        if self.is_block_begun:
            self.blocks[-1] += f"\n{line}"
        else:
            self.blocks.append(line)
        self.is_block_begun = True


def _inline_text(tokens: Sequence[Token]) -> str:
    shown, links = "", []
    for token in tokens:
        match token.type:
            case "text" | "code_inline" | "text_special":
                shown += token.content
            case "softbreak":
                shown += " "
            case "hardbreak":
                shown += "\n"
            case "link_open":
                links.append((len(shown), str(token.attrGet("href"))))
            case "link_close":
                start, target = links.pop()
                target = target.removeprefix("mailto:")
                shown += "" if shown[start:] == target else f" <{target}>"
    return shown


def align(text: str) -> str:
    """Return the text with the cells of its tables in columns, two spaces apart."""
    if CELL not in text:
        return text
    return "\n\n".join(_aligned(block) if CELL in block else block for block in text.split("\n\n"))


def _aligned(block: str) -> str:
    rows = [line.split(CELL) for line in block.split("\n")]
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
