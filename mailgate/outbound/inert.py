"""Nothing that mailgate sends can be read as a command: brackets that could be one are shown as ⟦close⟧.

Visible brackets, because an invisible character would spoil copied code. This runs over finished text and finished
HTML, whoever wrote them, so it holds for every template and every quoted mail: mail programs drop quotation marks, wrap
lines anew and turn HTML into text, and what then comes back must still be no command. What could be one, only
`domain/commands.py` knows.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

from mailgate.domain.commands import command_spans

_INNERMOST = re.compile(r"\[([^\[\]]*)\]")
_TAG = re.compile(r"<[^>]*>")
#: Elements whose ends do not part words when HTML becomes text.
_INLINE_TAG = re.compile(r"</?(?:a|b|code|em|i|s|span|strong|u)\b[^>]*>", re.IGNORECASE)


def defuse(text: str) -> str:
    """Return plain text in which no bracket parses, or nearly parses, as a command, however it is quoted."""
    return _respelled(text, lambda inside: inside)


def defuse_html(fragment: str) -> str:
    """Return an HTML fragment of which the same holds, whatever turns it into text.

    The fragment is our own: a tag of it ends at its first ">".
    """
    return _respelled(fragment, _as_text)


def _respelled(text: str, read: Callable[[str], str]) -> str:
    """Respell pairs of brackets from the inside out, until none of them could be a command."""
    found = True

    def respelled(pair: re.Match[str]) -> str:
        nonlocal found
        if not _could_command(read(pair[1])):
            return pair[0]
        found = True
        return f"⟦{pair[1]}⟧"

    while found:
        found = False
        text = _INNERMOST.sub(respelled, text)
    return text


def _could_command(inside: str) -> bool:
    """Ask as it stands, and without what is not seen: soft hyphens and the like get lost between mail programs."""
    seen = "".join(char for char in inside if unicodedata.category(char) != "Cf")
    return bool(command_spans(f"[{inside}]")) or (seen != inside and bool(command_spans(f"[{seen}]")))


def _as_text(fragment: str) -> str:
    return html.unescape(_TAG.sub(" ", _INLINE_TAG.sub("", fragment)))
