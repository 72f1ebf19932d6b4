"""Which leaves of a message are its text, and which are attachments.

Attached mails are never looked into, so that what somebody forwards as a file says nothing in the sender's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.message import Message

from mailgate.domain.message import Attachment, NewText
from mailgate.inbound import limits, mime
from mailgate.inbound.charset import clean_line, clean_text
from mailgate.inbound.flowed import unflow
from mailgate.inbound.html_text import read_html
from mailgate.inbound.mime import Leaf
from mailgate.inbound.new_text import extract


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a message says: all of it, what is new in it, its attachments, and what was odd."""

    text: str
    new_text: NewText
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What one leaf says: all of it, and what is new in it."""

    whole: str
    new_text: NewText
    refused_charset: str


def read_body(tree: Message) -> Body:
    """Return the readable text of a message, its new part and its attachments.

    The new part is taken from the first readable leaf with content alone: what follows it may be a list's footer.
    """
    chosen = _readable(tree)
    readings = [reading for leaf in chosen if (reading := _reading(leaf)).whole]
    text = "\n\n".join(reading.whole for reading in readings)
    return Body(
        text=text[: limits.TEXT_CHARACTERS],
        new_text=readings[0].new_text if readings else NewText(),
        attachments=_attachments(tree, chosen),
        defects=(
            *(f"charset {reading.refused_charset} is not accepted" for reading in readings if reading.refused_charset),
            *([f"text cut at {limits.TEXT_CHARACTERS} characters"] if len(text) > limits.TEXT_CHARACTERS else []),
        ),
    )


def _readable(message: Message) -> list[Message]:
    """Return the leaves under a part that are shown as text, in order; depth is capped before."""
    parts = mime.children(message)
    if not parts:
        return [message] if _is_text(message) else []
    match mime.content_type(message):
        case "multipart/alternative":
            return _best_alternative([_readable(part) for part in parts])
        case "multipart/related" | "multipart/signed":
            return next((found for part in parts if (found := _readable(part))), [])
        case "multipart/digest":
            return []
        case _:
            return [leaf for part in parts for leaf in _readable(part)]


def _best_alternative(alternatives: Sequence[list[Message]]) -> list[Message]:
    """Return the first plain alternative with content, else the first of any kind with content."""

    def has_content(leaves: list[Message]) -> bool:
        return any(mime.octets(leaf).strip() for leaf in leaves)

    plain = [leaves for leaves in alternatives if leaves and mime.content_type(leaves[0]) != "text/html"]
    return next((leaves for leaves in (*plain, *alternatives) if has_content(leaves)), [])


def _is_text(message: Message) -> bool:
    is_readable = mime.content_type(message) in {"text/plain", "text/html"} or (
        message.get_content_maintype() == "multipart"  # without a part: its octets are all there is
    )
    return is_readable and mime.disposition(message) != "attachment" and not mime.has_filename(message)


def _reading(leaf: Message) -> _Reading:
    """Read a leaf; in a charset that is not accepted, or a broken multipart, its writer may have seen another text."""
    decoded, refused_charset = mime.text(leaf)
    source = clean_text(decoded[: limits.TEXT_CHARACTERS])
    if mime.content_type(leaf) == "text/html":
        html = read_html(source)
        whole, new, is_sure = html.whole, extract(html.new, is_wrapped=False), html.is_sure
    else:
        is_flowed = mime.parameter(leaf, "format").lower() == "flowed"
        whole = unflow(source, has_delsp=mime.parameter(leaf, "delsp").lower() == "yes") if is_flowed else source
        new, is_sure = extract(whole, is_wrapped=not is_flowed), not mime.is_multipart_by_name(leaf)
    new = replace(new, is_sure=is_sure and new.is_sure and not refused_charset)
    return _Reading(whole=whole.strip("\n") if whole.strip() else "", new_text=new, refused_charset=refused_charset)


def _attachments(tree: Message, chosen: Sequence[Message]) -> tuple[Attachment, ...]:
    shown = {id(leaf) for leaf in chosen}
    return tuple(
        _attachment(leaf) for leaf in mime.leaves(tree) if id(leaf.message) not in shown and not _is_other_form(leaf)
    )


def _is_other_form(leaf: Leaf) -> bool:
    """Tell whether a leaf is the same text in another form, or nothing at all."""
    if not _is_text(leaf.message) and not leaf.content_type.startswith("text/x-amp"):
        return False
    is_alternative = any(mime.content_type(parent) == "multipart/alternative" for parent in leaf.parents)
    return is_alternative or not mime.octets(leaf.message).strip()


def _attachment(leaf: Leaf) -> Attachment:
    return Attachment(
        part=leaf.part,
        filename=mime.filename(leaf),
        content_type=leaf.content_type,
        size_octets=len(mime.octets(leaf.message)),
        content_id=clean_line(str(leaf.message.get("content-id", "")))[:250].strip("<>"),
        is_inline=mime.disposition(leaf.message) == "inline",
    )
